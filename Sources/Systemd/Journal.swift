// Entries with fields of our own, and streams for what workers write.
// Invariant: sending never waits. A stopped or missing journald costs messages, never a turn of the
// loop.

import CSystemd
import LinuxKernel

/// One field of an entry.
package struct JournalField: Equatable, Sendable {
    /// Capital letters, digits and underscores, none of these two first, at most 64.
    package let name: String
    /// Any text; lines may be several.
    package let value: String

    package init(_ name: String, _ value: String) {
        assert(Self.isValid(name), "journald ignores a field of the name \(name)")
        self.name = name
        self.value = value
    }

    static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first else { return false }
        let isLetter = { (byte: UInt8) in (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        return isLetter(first)
            && bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }
}

/// journald's native protocol, spoken here and not by sd_journal_sendv(3): that one sends without
/// MSG_DONTWAIT, so a journald that is stopped, or slower than a storm of crashes, would hold up
/// its caller.
package final class Journal {
    /// What became of an entry.
    package enum Delivery: Equatable, Sendable {
        case sent
        /// journald does not keep up, or refuses; the entry is lost.
        case dropped
        /// There is no journald.
        case absent
    }

    private let socket: FileDescriptor
    private let address: SocketAddress

    /// Needs no journald yet: each entry looks for it anew, so its restart loses nothing.
    ///
    /// - Parameter path: Of journald's socket.
    package init(path: String = "/run/systemd/journal/socket") throws(SystemError) {
        socket = try DatagramSocket.unbound()
        address = .path(path)
        // Room for a burst, as libsystemd asks for; the kernel gives what net.core.wmem_max allows.
        try socket.setSendBuffer(bytes: 8 << 20)
    }

    package func send(_ fields: [JournalField]) -> Delivery {
        let entry = Self.entry(fields)
        do throws(SystemError) {
            switch try send(entry, descriptors: []) {
            case .sent: return .sent
            case .wouldBlock: return .dropped
            case .absent: return .absent
            case .tooLong: break
            }
            // What no datagram holds goes into a sealed file that journald may map in safety.
            let file = try MemoryFile.sealed(name: "journal-entry", entry)
            switch try send([], descriptors: [SharedDescriptor(file)]) {
            case .sent: return .sent
            case .wouldBlock, .tooLong: return .dropped
            case .absent: return .absent
            }
        } catch {
            return .dropped
        }
    }

    private func send(
        _ bytes: [UInt8], descriptors: [SharedDescriptor]
    ) throws(SystemError) -> DatagramSocket.Sending {
        try DatagramSocket.send(bytes, descriptors: descriptors, to: address, from: socket)
    }

    /// `NAME=value` and a newline; a value of several lines comes as its length in eight bytes,
    /// little-endian, after the name's own line.
    ///
    /// The source is <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>.
    static func entry(_ fields: [JournalField]) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in fields {
            bytes.append(contentsOf: field.name.utf8)
            let newline = UInt8(ascii: "\n")
            if field.value.utf8.contains(newline) {
                bytes.append(newline)
                let length = UInt64(field.value.utf8.count)
                withUnsafeBytes(of: length.littleEndian) { bytes.append(contentsOf: $0) }
            } else {
                bytes.append(UInt8(ascii: "="))
            }
            bytes.append(contentsOf: field.value.utf8)
            bytes.append(newline)
        }
        return bytes
    }
}

// MARK: Streams

extension Journal {
    /// Whether standard error goes to journald, so that a line there would be in the journal: where
    /// not, a person is looking at it, or a file is.
    ///
    /// The source is `$JOURNAL_STREAM`, systemd.exec(5).
    package static var isConnectedToStandardError: Bool {
        guard let variable = OwnProcess.variable("JOURNAL_STREAM"),
            let descriptor = try? StandardStream.error.duplicate()
        else { return false }
        return variable == streamVariable(for: descriptor)
    }

    /// The value of `JOURNAL_STREAM` for a process whose standard error this is; programs that
    /// find it there write entries of their own instead of plain lines.
    package static func streamVariable(for stream: borrowing FileDescriptor) -> String? {
        guard let status = try? stream.status() else { return nil }
        return "\(status.device):\(status.inode)"
    }

    /// Opens a stream: each line written to it becomes an entry, under the unit and pid of its
    /// writer. Writing waits when journald does not keep up, so it is for workers alone.
    ///
    /// - Parameters:
    ///   - priority: 0…7, of lines that do not name their own.
    ///   - levelPrefix: Whether a line may name it, as `<3>`: sd-daemon(3).
    /// - Throws: ENOENT or ECONNREFUSED without a journald.
    ///
    /// The corresponding C function is `sd_journal_stream_fd(3)`.
    package static func stream(
        identifier: String, priority: Int32 = 6, levelPrefix: Bool = true
    ) throws(SystemError) -> FileDescriptor {
        let result = sd_journal_stream_fd(identifier, priority, levelPrefix ? 1 : 0)
        guard result >= 0 else {
            throw SystemError(code: -result, operation: "open a journal stream for \(identifier)")
        }
        return FileDescriptor(owning: result)
    }
}
