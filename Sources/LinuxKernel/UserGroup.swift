// Groups of users, and those that somebody at the other end of a connection is in.

import CLinux
import Glibc

package enum UserGroup {
    /// The number that /etc/group, group(5), has for a name; `nil` if there is none.
    ///
    /// Not by getgrnam(3): that would bring every service of nsswitch.conf(5) into the process.
    package static func number(of name: String) -> UInt32? {
        guard let bytes = try? FileSystem.readFile("/etc/group", limit: 1 << 20) else { return nil }
        return number(of: name, in: bytes)
    }

    static func number(of name: String, in file: [UInt8]) -> UInt32? {
        for line in file.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            guard fields.count >= 3, fields[0].elementsEqual(name.utf8) else { continue }
            return UInt32(String(decoding: fields[2], as: UTF8.self))
        }
        return nil
    }
}

extension FileDescriptor {
    /// The supplementary groups of who connected, as they were at connect(2).
    ///
    /// - Throws: ERANGE if there are more than 1,024.
    ///
    /// The corresponding C function is `getsockopt(2)` with `SO_PEERGROUPS`.
    package borrowing func peerGroups() throws(SystemError) -> [UInt32] {
        let raw = rawValue
        var groups = [UInt32](repeating: 0, count: 1_024)
        let count = try systemCall { martlet_peer_groups(raw, &groups, groups.count) }
            .get("read the groups of a peer")
        return Array(groups.prefix(Int(count)))
    }
}
