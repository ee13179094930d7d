// The directory under /run where a pool's control socket and notify sockets live.
// Invariant: one master at a time lives in it, and what it leaves is taken away by it or by systemd.

import LinuxKernel

/// `/run/martlet/NAME`, or what stands for it.
package struct RunDirectory: Sendable {
    package let path: String
    /// Whether it is ours to make and to remove; systemd's `RuntimeDirectory=` is not.
    private let isOurs: Bool

    package var controlPath: String { "\(path)/control" }

    /// - Parameter post: A slot's number, or `agent`.
    package func notifyPath(post: String, incarnation: UInt64) -> String {
        "\(path)/notify.\(post).\(incarnation)"
    }

    /// The directory that `RuntimeDirectory=` has made.
    package static func ofService() -> RunDirectory? {
        guard let list = OwnProcess.variable("RUNTIME_DIRECTORY"),
            let first = list.split(separator: ":").first
        else { return nil }
        return RunDirectory(path: String(first), isOurs: false)
    }

    /// A directory of our own, where martletctl(1) looks for it: below /run for root, below
    /// `$XDG_RUNTIME_DIR` or /tmp for others.
    package static func make(pool: String) throws(SystemError) -> RunDirectory {
        let parent =
            if OwnProcess.user == 0 {
                "/run/martlet"
            } else if let session = OwnProcess.variable("XDG_RUNTIME_DIR"), !session.isEmpty {
                "\(session)/martlet"
            } else {
                "/tmp/martlet-\(OwnProcess.user)"
            }
        try FileSystem.makeDirectories(parent, mode: 0o755)
        let path = "\(parent)/\(pool)"
        // Below /run as systemd makes it: whoever may look at pools may look at this one.
        try FileSystem.makeDirectory(path, mode: OwnProcess.user == 0 ? 0o711 : 0o700)
        guard let status = try FileSystem.status(ofLink: path), status.kind == .directory,
            status.owner == OwnProcess.user
        else {
            throw SystemError(code: 1, operation: "use \(path), which belongs to somebody else")
        }
        return RunDirectory(path: path, isOurs: true)
    }

    /// Removes what a master that was killed has left: the sockets of its workers.
    ///
    /// - Parameter spared: Paths of those that are still in use.
    package func sweep(sparing spared: Set<String> = []) {
        let names = (try? FileSystem.listDirectory(path)) ?? nil
        for name in names ?? []
        where name.hasPrefix("notify.") && !spared.contains("\(path)/\(name)") {
            _ = try? FileSystem.unlink("\(path)/\(name)")
        }
    }

    package func remove() {
        _ = try? FileSystem.unlink(controlPath)
        sweep()
        if isOurs { _ = try? FileSystem.removeDirectory(path) }
    }
}
