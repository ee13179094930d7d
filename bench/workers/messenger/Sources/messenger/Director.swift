// Who tells a worker what to do: the benchmark, at the other end of a unix socket.

import Glibc

/// Commands in, one line each, and answers back.
struct Director: Sendable {
    private let descriptor: Int32

    /// - Returns: `nil` if nobody listens at `path`.
    init?(path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard result == 0 else { return nil }
    }

    func say(_ text: String) {
        let line = Array("\(text)\n".utf8)
        _ = send(descriptor, line, line.count, Int32(MSG_NOSIGNAL))
    }

    /// - Returns: The words of the next command; `nil` when there will be none.
    func nextCommand() -> [Substring]? {
        var line = ""
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) == 1 {
            if byte == UInt8(ascii: "\n") { return line.split(separator: " ") }
            line.append(Character(Unicode.Scalar(byte)))
        }
        return nil
    }
}
