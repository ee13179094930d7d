// A process that becomes another program, or its own anew.

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
    /// The corresponding system call is `execve(2)`.
    package static func become(_ path: String, _ arguments: [String]) -> SystemError {
        execute(path, arguments, handover: nil)
    }

    /// The same, with descriptors for the new program, which finds them by ``Handover/take()``.
    /// Signals that are blocked stay blocked, and wait.
    ///
    /// - Parameter kept: Each descriptor once; any text is a name.
    /// - Returns: Only if the program could not be executed: why. All is then as it was before.
    ///
    /// The corresponding system call is `execve(2)`.
    package static func become(
        _ path: String, _ arguments: [String], keeping kept: [Handover.Item]
    ) -> SystemError {
        guard let text = Handover.text(kept) else {
            return SystemError(code: EINVAL, operation: "hand over one descriptor twice")
        }
        var cleared: [SharedDescriptor] = []
        defer {
            for shared in cleared { try? shared.descriptor.setCloseOnExec() }
        }
        for (_, shared) in kept {
            do throws(SystemError) {
                guard try shared.descriptor.isCloseOnExec() else { continue }
                try shared.descriptor.setCloseOnExec(false)
                cleared.append(shared)
            } catch {
                return error
            }
        }
        return execute(path, arguments, handover: text)
    }

    private static func execute(
        _ path: String, _ arguments: [String], handover: String?
    ) -> SystemError {
        let operation = "execute \(path)"
        guard (arguments + [path]).allSatisfy({ !$0.utf8.contains(0) }) else {
            return SystemError(code: EINVAL, operation: operation)
        }
        let strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        let own = handover.flatMap { strdup("\(Handover.variable)=\($0)") }
        defer {
            for string in strings { free(string) }
            free(own)
        }
        let environment = environmentPointers(with: own)
        switch systemCall(path, { execve($0, strings, environment) }) {
        case .failure(let code): return SystemError(code: code, operation: operation)
        case .value: return SystemError(code: 0, operation: operation)
        }
    }

    /// The environment byte for byte, as it may be in any encoding, but for the handover of whoever
    /// executed us.
    private static func environmentPointers(
        with handover: UnsafeMutablePointer<CChar>?
    ) -> [UnsafeMutablePointer<CChar>?] {
        var pointers: [UnsafeMutablePointer<CChar>?] = []
        let prefix = "\(Handover.variable)="
        var entry = martlet_environment()
        while let pointer = entry?.pointee {
            if strncmp(pointer, prefix, prefix.utf8.count) != 0 { pointers.append(pointer) }
            entry? += 1
        }
        if let handover { pointers.append(handover) }
        return pointers + [nil]
    }
}
