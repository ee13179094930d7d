// Bytes through a descriptor without waiting.
// Invariant: a slow or dead peer is an answer here, never an error and never a SIGPIPE.

import CLinux
import Glibc

/// How far a read or a write came.
package enum Transfer: Equatable, Sendable {
    /// At least one, except for an empty write or an empty datagram.
    case bytes(Int)
    /// Nothing now; epoll says when again.
    case wouldBlock
    /// The peer is gone: end of file when reading, EPIPE or ECONNRESET.
    case closed
}

extension FileDescriptor {
    /// Waits unless the descriptor is non-blocking.
    ///
    /// The corresponding C function is `read(2)`.
    package borrowing func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Transfer {
        let raw = rawValue
        let result = systemCall { Glibc.read(raw, buffer.baseAddress, buffer.count) }
        return try Self.receipt(result, into: buffer, "read from a descriptor")
    }

    /// Waits unless the descriptor is non-blocking. To a pipe without a reader it raises SIGPIPE,
    /// see ``ProcessSignals/ignoreFailedWrites()``.
    ///
    /// The corresponding C function is `write(2)`.
    package borrowing func write(_ buffer: UnsafeRawBufferPointer) throws(SystemError) -> Transfer {
        let raw = rawValue
        let result = systemCall { Glibc.write(raw, buffer.baseAddress, buffer.count) }
        return try Self.transfer(result, "write to a descriptor")
    }

    /// Receives from a connected socket, never waiting.
    ///
    /// The corresponding C function is `recv(2)` with `MSG_DONTWAIT`.
    package borrowing func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Transfer {
        let raw = rawValue
        let result = systemCall {
            Glibc.recv(raw, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        }
        return try Self.receipt(result, into: buffer, "receive from a socket")
    }

    /// Looks at what waits in a connected socket, and leaves it there.
    ///
    /// The corresponding C function is `recv(2)` with `MSG_DONTWAIT` and `MSG_PEEK`.
    package borrowing func peek(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Transfer {
        let raw = rawValue
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_PEEK)
        let result = systemCall { Glibc.recv(raw, buffer.baseAddress, buffer.count, flags) }
        return try Self.receipt(result, into: buffer, "look into a socket")
    }

    /// Sends to a connected socket, never waiting.
    ///
    /// The corresponding C function is `send(2)` with `MSG_DONTWAIT` and `MSG_NOSIGNAL`.
    package borrowing func send(_ buffer: UnsafeRawBufferPointer) throws(SystemError) -> Transfer {
        let raw = rawValue
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        let result = systemCall { Glibc.send(raw, buffer.baseAddress, buffer.count, flags) }
        return try Self.transfer(result, "send to a socket")
    }

    static func transfer(
        _ result: SystemCallResult<Int>, _ operation: @autoclosure () -> String
    ) throws(SystemError) -> Transfer {
        switch result {
        case .value(let count): return .bytes(count)
        case .failure(EAGAIN): return .wouldBlock
        case .failure(EPIPE), .failure(ECONNRESET): return .closed
        case .failure(let code): throw SystemError(code: code, operation: operation())
        }
    }

    /// What came; nothing is the end.
    static func receipt(
        _ result: SystemCallResult<Int>, into buffer: UnsafeMutableRawBufferPointer,
        _ operation: @autoclosure () -> String
    ) throws(SystemError) -> Transfer {
        let transfer = try transfer(result, operation())
        return transfer == .bytes(0) && !buffer.isEmpty ? .closed : transfer
    }
}
