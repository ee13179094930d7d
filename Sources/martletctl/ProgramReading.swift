// What a program that was launched writes to a pipe, read until the program has ended.
// Invariant: neither its silence nor its babble holds us up, nor does a process that it leaves
// behind with the pipe in its hands.

import Glibc
import LinuxKernel

extension ChildProcess {
    private enum Token {
        static let pipe: UInt64 = 0
        static let exit: UInt64 = 1
    }

    /// Reads what it says and reaps it; one that is late or says too much is killed.
    ///
    /// - Parameters:
    ///   - reader: The end of a pipe whose other end is the child's alone.
    ///   - limit: Of bytes.
    ///   - deadline: By ``MonotonicClock``.
    ///   - name: For errors.
    /// - Throws: ETIMEDOUT, EFBIG, and what became of the exec.
    func readToEnd(
        _ reader: SharedDescriptor, limit: Int, until deadline: Int64, _ name: String
    ) throws(SystemError) -> (bytes: [UInt8], exit: ProcessExit) {
        do throws(SystemError) {
            let bytes = try readWhileRunning(reader, limit, deadline, "read what \(name) says")
            if case .failed(_, let error) = try readVerdict() { throw error }
            guard let exit = try reap() else {
                throw SystemError(code: ECHILD, operation: "learn how \(name) ended")
            }
            return (bytes, exit)
        } catch {
            _ = try? signal(SIGKILL)
            try waitForExit()
            _ = try reap()
            throw error
        }
    }

    private func readWhileRunning(
        _ reader: SharedDescriptor, _ limit: Int, _ deadline: Int64, _ operation: String
    ) throws(SystemError) -> [UInt8] {
        let epoll = try Epoll(capacity: 2)
        try epoll.add(reader.descriptor, .readable, token: Token.pipe)
        try epoll.add(pidfd.descriptor, .readable, token: Token.exit)
        var bytes: [UInt8] = []
        var isOpen = true
        while true {
            // Asked before the pipe is emptied: whatever it had to say is in there by then.
            let hasEnded = try peekExit() != nil
            if isOpen, try !reader.readAll(into: &bytes, limit, operation) {
                isOpen = false
                try epoll.remove(reader.descriptor)
            }
            if hasEnded { return bytes }
            let left = deadline - MonotonicClock.now()
            guard left > 0 else { throw SystemError(code: ETIMEDOUT, operation: operation) }
            _ = try epoll.wait(nanoseconds: left) { _ in }
        }
    }
}

extension SharedDescriptor {
    /// Reads what is there.
    ///
    /// - Returns: Whether more may come.
    fileprivate func readAll(
        into bytes: inout [UInt8], _ limit: Int, _ operation: String
    ) throws(SystemError) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let result = chunk.withUnsafeMutableBytes { buffer in
                Result { () throws(SystemError) in try descriptor.read(into: buffer) }
            }
            switch try result.get() {
            case .closed: return false
            case .wouldBlock: return true
            case .bytes(let count): bytes += chunk[..<count]
            }
            guard bytes.count <= limit else {
                throw SystemError(code: EFBIG, operation: operation)
            }
        }
    }
}
