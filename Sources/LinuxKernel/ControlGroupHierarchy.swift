// Where the unified hierarchy is, and where in it this process lives.
// Invariant: only cgroup v2 is spoken; a machine with v1 alone is reported, not guessed at.

import CLinux
import Glibc

/// The mounted cgroup v2 hierarchy.
package struct ControlGroupHierarchy: Sendable {
    /// Its mount point.
    package let root: String
    /// This process's group as the kernel names it, from the root of the cgroup namespace: `/`, or
    /// `/system.slice/martlet@web.service`.
    package let ownName: String

    /// - Throws: ENOENT when there is no cgroup v2 here, neither alone nor beside v1; also when
    ///   this process's group is outside of what its namespace shows.
    ///
    /// The source is `/proc/self/cgroup`, cgroups(7).
    package static func find() throws(SystemError) -> ControlGroupHierarchy {
        let operation = "find this process's control group (version 2)"
        let text = String(
            decoding: try FileSystem.readFile("/proc/self/cgroup", limit: 1 << 16), as: UTF8.self)
        // The second one is systemd's "hybrid" layout, until v1 is gone with systemd 258.
        for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] where isUnified(root) {
            guard let name = unifiedName(in: text), !name.hasPrefix("/..") else { break }
            return ControlGroupHierarchy(root: root, ownName: name)
        }
        throw SystemError(code: ENOENT, operation: operation)
    }

    /// The group in which this process lives.
    package func openOwn() throws(SystemError) -> ControlGroup {
        try ControlGroup.open(path: ownName == "/" ? root : root + ownName)
    }

    /// The value of the line `0::/path`.
    static func unifiedName(in text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix("0::/") {
            return String(line.dropFirst(3))
        }
        return nil
    }

    private static func isUnified(_ path: String) -> Bool {
        var status = statfs()
        guard case .value = systemCall(path, { statfs($0, &status) }) else { return false }
        return Int64(status.f_type) == 0x6367_7270  // CGROUP2_SUPER_MAGIC
    }
}
