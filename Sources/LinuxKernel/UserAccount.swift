// A user of this machine, as far as it decides what may be read and executed.

import Glibc

package struct UserAccount: Equatable, Sendable {
    package let name: String
    package let user: UInt32
    /// All groups, the user's own first.
    package let groups: [UInt32]

    package init(name: String, user: UInt32, groups: [UInt32]) {
        self.name = name
        self.user = user
        self.groups = groups
    }

    /// Looks a user up by name or by number.
    ///
    /// - Returns: `nil` if there is none.
    ///
    /// The corresponding C functions are `getpwnam(3)`, `getpwuid(3)` and `getgrouplist(3)`; their
    /// answers are static, so this is for a program with one thread.
    package static func find(_ text: String) -> UserAccount? {
        guard let entry = getpwnam(text) ?? UInt32(text).flatMap({ getpwuid($0) }) else {
            return nil
        }
        let name = String(cString: entry.pointee.pw_name)
        let user = entry.pointee.pw_uid
        let own = entry.pointee.pw_gid
        // The kernel's own limit, NGROUPS_MAX.
        var count: Int32 = 65_536
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(name, own, &groups, &count) >= 0 else {
            return UserAccount(name: name, user: user, groups: [own])
        }
        return UserAccount(name: name, user: user, groups: Array(groups.prefix(Int(count))))
    }

    /// Whether there is a group of that name.
    ///
    /// The corresponding C function is `getgrnam(3)`.
    package static func hasGroup(_ name: String) -> Bool { getgrnam(name) != nil }

    /// Whether a file's permission bits let the user execute it, or pass through it if it is a
    /// directory. Access control lists are not looked at.
    package func mayExecute(_ status: FileStatus) -> Bool {
        // Root executes what anybody may, and passes everywhere.
        if user == 0 { return status.kind == .directory || status.mode & 0o111 != 0 }
        if status.owner == user { return status.mode & 0o100 != 0 }
        if groups.contains(status.group) { return status.mode & 0o010 != 0 }
        return status.mode & 0o001 != 0
    }
}
