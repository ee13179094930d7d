// How many processors this process may really use: what `Workers=auto` means.

import CLinux
import Glibc

package enum ProcessorCount {
    /// The smaller of the processors the scheduler allows and the cgroups' CPU quota rounded up,
    /// at least 1. Quotas of cgroup v1 are not looked at.
    ///
    /// The corresponding C function is `sched_getaffinity(2)`.
    package static func available() throws(SystemError) -> Int {
        let affinity = Int(
            try systemCall { martlet_affinity_count() }.get("count the usable processors"))
        guard let hierarchy = try? ControlGroupHierarchy.find() else { return max(1, affinity) }
        return available(affinity: affinity, quota: quota(in: hierarchy))
    }

    static func available(affinity: Int, quota: Double?) -> Int {
        guard let quota else { return max(1, affinity) }
        return max(1, min(affinity, Int(min(quota.rounded(.up), 1_000_000))))
    }

    /// The smallest of the group's own quota and all above it, in processors; `nil` without any.
    /// Those above the root of a cgroup namespace cannot be seen.
    static func quota(in hierarchy: ControlGroupHierarchy) -> Double? {
        var smallest: Double?
        var name = hierarchy.ownName == "/" ? "" : Substring(hierarchy.ownName)
        while true {
            let path = "\(hierarchy.root)\(name)/cpu.max"
            // Not there in the root group, nor where the controller is off.
            if let bytes = try? FileSystem.readFile(path, limit: 4_096),
                let quota = quota(fromMaximum: String(decoding: bytes, as: UTF8.self))
            {
                smallest = min(smallest ?? quota, quota)
            }
            guard let slash = name.lastIndex(of: "/") else { return smallest }
            name = name[..<slash]
        }
    }

    /// Reads `cpu.max`: `max 100000`, or quota and period in microseconds.
    static func quota(fromMaximum text: String) -> Double? {
        let parts = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
        guard parts.count == 2, let quota = parts[0], let period = parts[1],
            quota.isFinite, quota > 0, period > 0
        else { return nil }
        return quota / period
    }
}
