// A process that becomes another program.

import CLinux
import Glibc

extension OwnProcess {
    /// Executes a program in place of this one, with its environment, its standard streams and its
    /// terminal; nothing stands between it and whoever called us.
    ///
    /// - Parameters:
    ///   - path: Absolute, see ``Executable/find(_:searchPath:)``.
    ///   - arguments: With the program's own name as the first.
    /// - Returns: Only if the program could not be executed: why.
    ///
    /// The corresponding C function is `execv(3)`.
    package static func become(_ path: String, _ arguments: [String]) -> SystemError {
        let operation = "execute \(path)"
        guard (arguments + [path]).allSatisfy({ !$0.utf8.contains(0) }) else {
            return SystemError(code: EINVAL, operation: operation)
        }
        let strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer {
            for string in strings { free(string) }
        }
        switch systemCall(path, { execv($0, strings) }) {
        case .failure(let code): return SystemError(code: code, operation: operation)
        case .value: return SystemError(code: 0, operation: operation)
        }
    }
}
