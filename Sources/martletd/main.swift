// martletd(8): the master of a pool. A thin door: it reads its arguments, starts the loop and turns
// every end into one sentence and an exit status.

import Glibc
import LinuxKernel
import PoolCore
import PoolMaster
import PoolWire
import Systemd

private func arrange(_ invocation: Invocation) throws(StartRefused) -> Arrangement? {
    switch invocation {
    case .service(let pool): return try .service(pool: pool, .pool(pool))
    case .file(let file, let watching):
        let tree = try watching.tree()
        var arrangement = try Arrangement.foreground(.file(file))
        arrangement.watched = tree
        return arrangement
    case .command(let pool):
        let tree = try pool.watching.tree()
        var arrangement = try Arrangement.foreground(pool.configuration, listen: pool.addresses)
        arrangement.watched = tree
        return arrangement
    case .stateCheck(let configuration):
        try checkState(configuration)
        return nil
    case .usage:
        try write(Invocation.help)
        return nil
    case .version:
        try write("martlet \(Product.version)\n")
        return nil
    }
}

/// Whether this program could go on where the master has come to whose state is the standard input.
private func checkState(_ configuration: Configuration) throws(StartRefused) {
    let file = try StartRefused.wrapping { () throws(SystemError) in
        SharedDescriptor(try StandardStream.input.duplicate())
    }
    do throws(StartRefused) {
        try StateInspection.check(file, configuration)
    } catch {
        // To whoever has asked, who makes a sentence of it.
        try write("\(error)\n")
        throw error
    }
}

private func write(_ text: String) throws(StartRefused) {
    guard StandardStream.output.write(text.utf8) else {
        throw StartRefused(.output, "could not write all of the output")
    }
}

extension Watching {
    /// `nil` if nothing is to be watched.
    fileprivate func tree() throws(StartRefused) -> WatchedTree? {
        directories.isEmpty ? nil : try WatchedTree(directories, ignoring: ignored)
    }
}

private func run() -> Int32 {
    do throws(StartRefused) {
        let invocation = try Invocation(arguments: CommandLine.arguments)
        guard let arrangement = try arrange(invocation) else { return 0 }
        let master = try Master(arrangement)
        return try StartRefused.wrapping { () throws(SystemError) in
            try master.run().exitStatus
        }
    } catch {
        report(error)
        return error.cause.rawValue
    }
}

/// To whoever looks: systemctl status, the journal, or a terminal.
private func report(_ refused: StartRefused) {
    let firstLine = refused.description.split(separator: "\n").first.map(String.init) ?? ""
    _ = try? ServiceManager.notify(.status(firstLine))
    // sd-daemon(3): an error, for the journal's eyes.
    let prefix = Journal.isConnectedToStandardError ? "<3>" : "martletd: "
    for line in refused.description.split(separator: "\n") {
        StandardStream.error.write("\(prefix)\(line)\n".utf8)
    }
}

exit(run())
