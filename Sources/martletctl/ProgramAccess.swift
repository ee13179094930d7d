// Whether the program of a pool is there, and whether the pool's user may execute it.

import LinuxKernel

/// What stands where a program is said to be.
enum ProgramAccess: Equatable {
    case executable(path: String)
    /// A bare name that is in none of the directories.
    case notFound(name: String)
    case missing(path: String)
    /// A directory, a socket, or anything else that is no program.
    case notAProgram(path: String)
    case notExecutable(path: String)
    /// A directory on the way, or the file itself, is closed to the user.
    case closed(path: String, at: String, user: String)

    /// `nil` if all is well; otherwise what is wrong, so worded that it can follow a colon.
    var trouble: String? {
        switch self {
        case .executable: nil
        case .notFound(let name):
            "there is no program \(name.withoutLineBreaks) in "
                + Executable.defaultSearchPath.joined(separator: ":")
        case .missing(let path): "there is no file \(path.withoutLineBreaks)"
        case .notAProgram(let path): "\(path.withoutLineBreaks) is no program, nor any file"
        case .notExecutable(let path): "\(path.withoutLineBreaks) is not executable"
        case .closed(let path, let place, let user):
            "user \(user) may not execute \(path.withoutLineBreaks)"
                + (place == path ? "" : ": \(place.withoutLineBreaks) is closed to it")
        }
    }

    /// What mends it; a command or advice.
    var remedy: String? {
        switch self {
        case .executable, .notAProgram: nil
        case .notFound, .missing: "install it, or give its absolute path in ExecStart="
        case .notExecutable(let path): "chmod +x \(path.withoutLineBreaks)"
        case .closed(let path, let place, _):
            place == path
                ? "chmod o+x \(path.withoutLineBreaks)" : "chmod o+x \(place.withoutLineBreaks)"
        }
    }

    /// - Parameter user: Who is to execute it; `nil` if that is not known.
    static func look(
        at program: String, as user: UserAccount?
    ) throws(SystemError) -> ProgramAccess {
        guard let path = try Executable.find(program) else { return .notFound(name: program) }
        guard let status = try FileSystem.status(of: path) else { return .missing(path: path) }
        guard status.kind == .regular else { return .notAProgram(path: path) }
        guard status.mode & 0o111 != 0 else { return .notExecutable(path: path) }
        guard let user else { return .executable(path: path) }
        var directory = ""
        for part in path.split(separator: "/").dropLast() {
            directory += "/\(part)"
            if let status = try FileSystem.status(of: directory), !user.mayExecute(status) {
                return .closed(path: path, at: directory, user: user.name)
            }
        }
        return user.mayExecute(status)
            ? .executable(path: path) : .closed(path: path, at: path, user: user.name)
    }
}
