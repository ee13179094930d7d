// Whether a cgroup is ours to divide.

import CLinux
import Glibc

extension ControlGroup {
    /// Whether systemd has marked the group as delegated (`Delegate=yes`). Being able to write to it
    /// is not enough: to a master that runs as root every group is writable, also those that
    /// systemd keeps for itself.
    ///
    /// The sources are `fgetxattr(2)` and <https://systemd.io/CGROUP_DELEGATION/>.
    package var isDelegated: Bool {
        let raw = directory.rawValue
        return ["user.delegate", "trusted.delegate"].contains { name in
            var value: UInt8 = 0
            return fgetxattr(raw, name, &value, 1) == 1 && value == UInt8(ascii: "1")
        }
    }
}
