// The files that an import makes, and what is to be done with them.
// Invariant: if one of them is there already, or can't be written, none is left.

import EcosystemImport
import Glibc
import LinuxKernel
import PoolConfiguration

struct ImportedFiles {
    private let pools: [ImportedPool]
    /// Where pools have their files, and units their drop-ins.
    private let directory: String
    private let units: String
    /// Whether somebody has to copy them to where they belong.
    private let isElsewhere: Bool

    private static var standard: String { ConfigurationDirectories.standard.paths[0] }
    private static let standardUnits = "/etc/systemd/system"

    /// - Parameter path: A directory for all of them; `nil` is where they belong.
    init(_ pools: [ImportedPool], below path: String? = nil) {
        self.pools = pools
        directory = path ?? Self.standard
        units = path ?? Self.standardUnits
        isElsewhere = path != nil
    }

    private struct File {
        let directory: String
        let name: String
        let text: String

        var path: String { "\(directory)/\(name)" }
    }

    private var files: [File] {
        pools.flatMap { pool in
            [File(directory: directory, name: "\(pool.pool).conf", text: pool.text)]
                + pool.dropIns.map {
                    File(directory: "\(units)/\($0.unit).d", name: $0.name, text: $0.text)
                }
        }
    }

    func show(on console: inout Console) {
        for (index, file) in files.enumerated() {
            console.write("\(index == 0 ? "" : "\n")# \(file.path)\n\(file.text)".utf8)
        }
    }

    func write(on console: inout Console) throws(Failure) {
        let files = files
        var written: [String] = []
        do throws(SystemError) {
            for file in files where try FileSystem.status(ofLink: file.path) != nil {
                throw SystemError(code: EEXIST, operation: "create \(file.path)")
            }
            for file in files {
                try FileSystem.makeDirectories(file.directory)
                try FileSystem.createFile(file.path, file.text.utf8)
                written.append(file.path)
            }
        } catch {
            // They are ours, and half of an import would be in the way of the next try.
            for path in written { _ = try? FileSystem.unlink(path) }
            throw Self.failure(error)
        }
        for path in written { console.say("wrote \(path.withoutLineBreaks)") }
        tellNext(on: &console)
    }

    private static func failure(_ error: SystemError) -> Failure {
        switch error.code {
        case EEXIST:
            Failure(.exists, "martletctl: \(error); what is there stays as it is, see --output")
        case EACCES, EPERM, EROFS:
            Failure(.noPermission, "martletctl: \(error); try sudo, or print it with --stdout")
        default: Failure(.system, "martletctl: \(error)")
        }
    }

    private func tellNext(on console: inout Console) {
        if isElsewhere {
            let path = directory.withoutLineBreaks
            console.say(
                "next: look at them, copy \(path)/*.conf to \(Self.standard) and \(path)/*.d to "
                    + "\(Self.standardUnits), then:")
        } else {
            console.say("next, once you have looked at them:")
        }
        console.say("  systemctl daemon-reload")
        let enabled = pools.filter(\.isEnabled).flatMap(\.units).joined(separator: " ")
        let started = pools.filter { !$0.isEnabled }.flatMap(\.units).joined(separator: " ")
        if !enabled.isEmpty { console.say("  systemctl enable --now \(enabled)") }
        if !started.isEmpty { console.say("  systemctl start \(started)") }
    }
}
