// Which TCP ports somebody listens on, as the kernel tells everybody.

import LinuxKernel

struct ListeningPorts: Equatable {
    struct Entry: Equatable {
        let address: SocketAddress
        /// Of the socket.
        let inode: UInt64
    }

    private(set) var entries: [Entry] = []

    /// Reads `/proc/net/tcp` and `/proc/net/tcp6`, one after the other.
    ///
    /// The source is proc(5): each line has the address in hexadecimal, in the order of the machine's
    /// own bytes, and 0A for a socket that listens.
    init(_ texts: [String]) {
        for text in texts {
            for line in text.split(separator: "\n") {
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                guard fields.count > 9, fields[3] == "0A", let inode = UInt64(fields[9]),
                    let address = Self.address(fields[1])
                else { continue }
                entries.append(Entry(address: address, inode: inode))
            }
        }
    }

    private static func address(_ text: Substring) -> SocketAddress? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16) else { return nil }
        var bytes: [UInt8] = []
        var digits = parts[0]
        while !digits.isEmpty {
            guard let word = UInt32(digits.prefix(8), radix: 16), digits.count >= 8 else {
                return nil
            }
            withUnsafeBytes(of: word) { bytes += $0 }
            digits = digits.dropFirst(8)
        }
        switch bytes.count {
        case 4: return .inet4(bytes, port: port)
        case 16: return .inet6(bytes, port: port, scope: 0)
        default: return nil
        }
    }

    /// The first socket that stands in the way of one at an address.
    func rival(of address: String) -> Entry? {
        guard let wanted = SocketAddress(listenStream: address) else { return nil }
        return entries.first { Self.collide($0.address, wanted) }
    }

    /// Whether two sockets of systemd can't have both addresses.
    static func collide(_ left: String, _ right: String) -> Bool {
        guard let one = SocketAddress(listenStream: left),
            let other = SocketAddress(listenStream: right)
        else { return left == right }
        return collide(one, other)
    }

    private static func collide(_ left: SocketAddress, _ right: SocketAddress) -> Bool {
        if left == right { return true }
        switch (left, right) {
        case (.inet6(let one, let port, _), .inet6(let other, let otherPort, _)):
            return port == otherPort && (one.isAny || other.isAny)
        case (.inet4(let one, let port), .inet4(let other, let otherPort)):
            return port == otherPort && (one.isAny || other.isAny)
        // `[::]` takes IPv4 as well.
        case (.inet6(let one, let port, _), .inet4(_, let otherPort)):
            return port == otherPort && one.isAny
        case (.inet4, .inet6): return collide(right, left)
        default: return false
        }
    }
}

extension [UInt8] {
    fileprivate var isAny: Bool { allSatisfy { $0 == 0 } }
}
