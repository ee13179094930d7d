// martlet-generator NORMAL EARLY LATE: hands the sections [Unit], [Socket] and [Service] of all pools
// on to systemd, see systemd.generator(7) and martlet.conf(5).
// Invariant: what is wrong with a pool's file is said and never fails a boot.

import ConfigurationFiles
import Glibc
import LinuxKernel
import PoolConfiguration

/// The exit statuses of sysexits(3) that this program has.
enum ExitCode {
    static let usage: Int32 = 64
    static let system: Int32 = 71
}

func generate(into directory: String, log: GeneratorLog) -> Int32 {
    let dropIns = UnitDropIns.generate(from: SystemFiles())
    for message in dropIns.messages { log.error(message.sentence, pool: message.pool) }
    var result: Int32 = 0
    for file in dropIns.files {
        do throws(SystemError) {
            try FileSystem.makeDirectories("\(directory)/\(file.directory)")
            try FileSystem.writeFile("\(directory)/\(file.path)", Array(file.text.utf8))
        } catch {
            log.error(error.description)
            result = ExitCode.system
        }
    }
    return result
}

func run(_ arguments: [String]) -> Int32 {
    let log = GeneratorLog()
    guard arguments.count == 4 else {
        log.error(
            "expects the three directories that systemd gives a generator: "
                + "martlet-generator NORMAL EARLY LATE")
        return ExitCode.usage
    }
    return generate(into: arguments[1], log: log)
}

exit(run(CommandLine.arguments))
