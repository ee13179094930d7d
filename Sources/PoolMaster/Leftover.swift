// A cgroup whose worker is gone while something in it still dies.
// Invariant: everything in it has been sent SIGKILL; it is removed when the kernel says it is empty.

import LinuxKernel

/// A worker's cgroup on its way out.
final class Leftover {
    let group: ControlGroup
    /// Readable as priority data when the group empties.
    let events: FileDescriptor

    init(_ group: ControlGroup) throws(SystemError) {
        self.group = group
        events = try group.openEvents()
    }

    /// Removes the group if nothing lives in it any more.
    ///
    /// - Returns: Whether it is gone.
    func remove() -> Bool {
        do throws(SystemError) {
            if try group.isPopulated() { return false }
            try group.remove()
            return true
        } catch {
            return false
        }
    }
}
