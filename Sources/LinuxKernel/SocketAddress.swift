// Where a socket is: TCP and UDP over IPv4 and IPv6, and unix sockets with and without a file.
// Invariant: `SocketAddress(listenStream: address.description)` gives the same address back.

import CLinux
import Glibc

/// An address of a family this project speaks.
package enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four bytes in network order.
    case inet4([UInt8], port: UInt16)
    /// Sixteen bytes in network order; the scope is an interface's index, 0 for none.
    case inet6([UInt8], port: UInt16, scope: UInt32)
    /// A unix socket with a file.
    case path(String)
    /// A unix socket without one; the name is without the leading NUL.
    case abstract(String)
    /// A unix socket that was never bound.
    case unnamed
    /// Any other family, by its number.
    case other(family: Int32)

    /// As systemd writes it in `ListenStream=`: `127.0.0.1:80`, `[::1]:80`, `/run/x.sock`, `@name`.
    package var description: String {
        switch self {
        case .inet4(let bytes, let port): "\(Self.text(AF_INET, bytes)):\(port)"
        case .inet6(let bytes, let port, 0): "[\(Self.text(AF_INET6, bytes))]:\(port)"
        case .inet6(let bytes, let port, let scope):
            "[\(Self.text(AF_INET6, bytes))%\(scope)]:\(port)"
        case .path(let path): path
        case .abstract(let name): "@\(name)"
        case .unnamed: "(unnamed)"
        case .other(let family): "(address family \(family))"
        }
    }

    package var family: Int32 {
        switch self {
        case .inet4: AF_INET
        case .inet6: AF_INET6
        case .path, .abstract, .unnamed: AF_UNIX
        case .other(let family): family
        }
    }

    private static func text(_ family: Int32, _ bytes: [UInt8]) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            let text = inet_ntop(family, bytes, buffer.baseAddress, socklen_t(buffer.count))
            return text.map { String(cString: $0) } ?? "?"
        }
    }
}

// MARK: Reading text

extension SocketAddress {
    /// Reads what `ListenStream=` of systemd.socket(5) reads: `8000` (every address, IPv6 and
    /// IPv4), `127.0.0.1:8000`, `[::1]:8000`, `[fe80::1%2]:8000`, `/run/x.sock`, `@name`.
    ///
    /// - Returns: `nil` for anything else: host names and interface names are not looked up.
    package init?(listenStream text: String) {
        if text.hasPrefix("/") {
            self = .path(text)
        } else if text.hasPrefix("@") {
            guard text.utf8.count > 1 else { return nil }
            self = .abstract(String(text.dropFirst()))
        } else if let port = Self.port(text[...]) {
            self = .inet6([UInt8](repeating: 0, count: 16), port: port, scope: 0)
        } else if text.hasPrefix("[") {
            self.init(bracketed: text.dropFirst())
        } else {
            guard let colon = text.lastIndex(of: ":"),
                let port = Self.port(text[text.index(after: colon)...]),
                let bytes = Self.bytes(AF_INET, text[..<colon], count: 4)
            else { return nil }
            self = .inet4(bytes, port: port)
        }
    }

    private init?(bracketed text: Substring) {
        guard let bracket = text.firstIndex(of: "]") else { return nil }
        let rest = text[text.index(after: bracket)...]
        guard rest.first == ":", let port = Self.port(rest.dropFirst()) else { return nil }
        let parts = text[..<bracket].split(separator: "%", omittingEmptySubsequences: false)
        guard parts.count <= 2, let bytes = Self.bytes(AF_INET6, parts[0], count: 16) else {
            return nil
        }
        var scope: UInt32 = 0
        if parts.count == 2 {
            guard let number = UInt32(parts[1]), number > 0 else { return nil }
            scope = number
        }
        self = .inet6(bytes, port: port, scope: scope)
    }

    /// 0 is accepted: the kernel chooses then.
    private static func port(_ text: Substring) -> UInt16? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt16(text)
    }

    private static func bytes(_ family: Int32, _ text: Substring, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, String(text), &bytes) == 1 ? bytes : nil
    }
}

// MARK: The kernel's form

extension SocketAddress {
    private static let pathOffset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!

    /// How many bytes a unix socket's path may have: `sun_path` less its NUL.
    package static let longestPath = MemoryLayout<sockaddr_un>.size - pathOffset - 1

    /// - Parameter length: What the kernel said of `storage`; an abstract name ends there, not at
    ///   a NUL.
    init(_ storage: sockaddr_storage, length: socklen_t) {
        let bytes = withUnsafeBytes(of: storage) { Array($0.prefix(Int(length))) }
        switch Int32(storage.ss_family) {
        case AF_INET where bytes.count >= MemoryLayout<sockaddr_in>.size:
            self = .inet4(Array(bytes[4..<8]), port: Self.bigEndian(bytes[2..<4]))
        case AF_INET6 where bytes.count >= MemoryLayout<sockaddr_in6>.size:
            let scope = bytes.withUnsafeBytes { $0.load(fromByteOffset: 24, as: UInt32.self) }
            self = .inet6(Array(bytes[8..<24]), port: Self.bigEndian(bytes[2..<4]), scope: scope)
        case AF_UNIX:
            let name = bytes.dropFirst(Self.pathOffset)
            if name.isEmpty {
                self = .unnamed
            } else if name.first == 0 {
                self = .abstract(String(decoding: name.dropFirst(), as: UTF8.self))
            } else {
                self = .path(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
            }
        case let family:
            self = .other(family: family)
        }
    }

    private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        bytes.reduce(0) { $0 << 8 | UInt16($1) }
    }

    /// Calls with the kernel's form.
    ///
    /// - Throws: ENAMETOOLONG for a path beyond ``longestPath``; EINVAL for one with a NUL in it;
    ///   EAFNOSUPPORT for an address that can only be read.
    func withKernelForm<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) throws(SystemError) -> Result {
        var storage = sockaddr_storage()
        let length = try fill(&storage)
        return withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    private func fill(_ storage: inout sockaddr_storage) throws(SystemError) -> socklen_t {
        storage.ss_family = sa_family_t(family)
        switch self {
        case .inet4(let bytes, let port):
            Self.put([UInt8(port >> 8), UInt8(port & 0xff)] + bytes, at: 2, into: &storage)
            return socklen_t(MemoryLayout<sockaddr_in>.size)
        case .inet6(let bytes, let port, let scope):
            Self.put([UInt8(port >> 8), UInt8(port & 0xff)], at: 2, into: &storage)
            Self.put(bytes, at: 8, into: &storage)
            withUnsafeBytes(of: scope) { Self.put(Array($0), at: 24, into: &storage) }
            return socklen_t(MemoryLayout<sockaddr_in6>.size)
        case .path(let path):
            return try fillName(Array(path.utf8), terminated: true, into: &storage)
        case .abstract(let name):
            return try fillName([0] + Array(name.utf8), terminated: false, into: &storage)
        case .unnamed, .other:
            throw SystemError(code: EAFNOSUPPORT, operation: "use the address \(self)")
        }
    }

    private func fillName(
        _ name: [UInt8], terminated: Bool, into storage: inout sockaddr_storage
    ) throws(SystemError) -> socklen_t {
        guard name.count <= Self.longestPath else {
            throw SystemError(code: ENAMETOOLONG, operation: "use the address \(self)")
        }
        guard !terminated || !name.contains(0) else {
            throw SystemError(code: EINVAL, operation: "use an address with a NUL in it")
        }
        Self.put(name, at: Self.pathOffset, into: &storage)
        return socklen_t(Self.pathOffset + name.count + (terminated ? 1 : 0))
    }

    private static func put(_ bytes: [UInt8], at offset: Int, into storage: inout sockaddr_storage)
    {
        withUnsafeMutableBytes(of: &storage) { target in
            target[offset..<offset + bytes.count].copyBytes(from: bytes)
        }
    }
}
