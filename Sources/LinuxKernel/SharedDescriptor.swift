// A descriptor with several owners; it closes when the last of them lets go.

import CLinux
import Glibc

/// Holds a ``FileDescriptor`` where a value that cannot be copied cannot live: in arrays, in
/// dictionaries, and in several launch requests at once.
package final class SharedDescriptor: Sendable {
    package let descriptor: FileDescriptor

    package init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    package var rawValue: Int32 { descriptor.rawValue }
}

/// One of the three descriptors every process starts with. This process never closes them.
package enum StandardStream: Int32, Sendable {
    case input = 0
    case output = 1
    case error = 2

    /// An owned duplicate, to hand to a child or to write to.
    package func duplicate() throws(SystemError) -> FileDescriptor {
        try FileDescriptor.duplicate(unowned: rawValue)
    }

    package var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Writes all bytes, waiting where the stream makes it wait.
    ///
    /// - Returns: Whether all were written: false for a closed pipe or a full disk, of which a
    ///   daemon has nobody left to tell.
    @discardableResult
    package func write(_ bytes: some Sequence<UInt8>) -> Bool {
        let bytes = Array(bytes)
        let raw = rawValue
        var written = 0
        while written < bytes.count {
            let result = bytes[written...].withUnsafeBytes { rest in
                systemCall { Glibc.write(raw, rest.baseAddress, rest.count) }
            }
            switch result {
            case .value(let count): written += count
            case .failure(EAGAIN):
                // A terminal or a pipe that somebody else made non-blocking.
                var entry = pollfd(fd: raw, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, -1)
            case .failure: return false
            }
        }
        return true
    }
}
