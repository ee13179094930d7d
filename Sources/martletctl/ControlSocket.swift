// Where a pool's master listens: below /run for pools of the system, in the user's own directories
// for those that a user runs in the foreground.

import Glibc
import LinuxKernel

struct ControlSocket: Equatable {
    let path: String
    /// The directory is one that a stranger could have made.
    let isInUserDirectory: Bool

    private static let systemDirectory = "/run/martlet"

    private static var userDirectories: [String] {
        let session = OwnProcess.variable("XDG_RUNTIME_DIR") ?? ""
        return (session.isEmpty ? [] : ["\(session)/martlet"])
            + ["/tmp/martlet-\(OwnProcess.user)"]
    }

    private static func inDirectory(_ directory: String, pool: String) -> ControlSocket {
        ControlSocket(
            path: "\(directory)/\(pool)/control",
            isInUserDirectory: directory != systemDirectory)
    }

    /// Where the pool's socket may be, the likeliest first.
    static func candidates(pool: String) -> [ControlSocket] {
        ([systemDirectory] + userDirectories).map { inDirectory($0, pool: pool) }
    }

    /// The same, for whoever has nothing else to go by.
    static func running() throws(Failure) -> [String] {
        do throws(SystemError) {
            return try pools()
        } catch {
            throw Failure(.system, error.description)
        }
    }

    /// Every pool that has a directory, whether it runs or not.
    static func pools() throws(SystemError) -> [String] {
        var names: Set<String> = []
        for directory in [systemDirectory] + userDirectories {
            for name in try FileSystem.listDirectory(directory) ?? [] {
                let socket = inDirectory(directory, pool: name)
                // Those whose directory we may not enter are of interest, too.
                let isHere: Bool
                do throws(SystemError) {
                    isHere = try FileSystem.status(ofLink: socket.path) != nil
                } catch {
                    isHere = error.code == EACCES
                }
                if isHere { names.insert(name) }
            }
        }
        return names.sorted()
    }
}
