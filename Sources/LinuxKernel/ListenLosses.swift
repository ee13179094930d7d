// Connections that the network namespace has lost before anybody accepted them.

/// Of all TCP sockets of the network namespace, since it is there.
package struct ListenLosses: Equatable, Sendable {
    /// The queue was full.
    package let overflows: UInt64
    /// For whatever reason, the full queue included.
    package let drops: UInt64

    /// - Returns: `nil` if they can't be read.
    ///
    /// The source is `/proc/net/netstat`, proc(5).
    package static func read() -> ListenLosses? {
        guard let bytes = try? FileSystem.readFile("/proc/self/net/netstat", limit: 65_536) else {
            return nil
        }
        return ListenLosses(netstat: String(decoding: bytes, as: UTF8.self))
    }

    /// - Parameter netstat: A line of names, and a line with their values, for each protocol.
    init?(netstat: String) {
        let lines = netstat.split(separator: "\n").filter { $0.hasPrefix("TcpExt:") }
        guard lines.count == 2 else { return nil }
        let names = lines[0].split(separator: " ")
        let values = lines[1].split(separator: " ")
        func value(_ name: Substring) -> UInt64? {
            guard let index = names.firstIndex(of: name), index < values.count else { return nil }
            return UInt64(values[index])
        }
        guard let overflows = value("ListenOverflows"), let drops = value("ListenDrops") else {
            return nil
        }
        self.overflows = overflows
        self.drops = drops
    }
}
