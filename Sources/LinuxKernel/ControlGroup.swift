// A cgroup (v2): a worker and everything it has started, as one thing to kill and to forget.
// Invariant: files are reached through the directory's descriptor, so a group that was removed and
// made anew is never mistaken for the old one.

import CLinux
import Glibc

/// One group, open. Removing it is its maker's duty.
package final class ControlGroup {
    /// For people; files are opened below ``directory``.
    package let path: String
    package let directory: FileDescriptor

    init(path: String, directory: consuming FileDescriptor) {
        self.path = path
        self.directory = directory
    }

    /// What its parent calls it: the last part of its path.
    package var name: String {
        path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? ""
    }

    /// Opens a group by its directory.
    package static func open(path: String) throws(SystemError) -> ControlGroup {
        let raw = try systemCall(path) { Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            .get("open the control group \(path)")
        return ControlGroup(path: path, directory: FileDescriptor(owning: raw))
    }

    /// Makes an empty group inside this one. One of that name that nobody lives in is replaced.
    ///
    /// - Throws: EACCES, EPERM or EROFS where this group was not delegated to us; ENOENT when it is
    ///   gone; EBUSY if processes live in a group of that name.
    ///
    /// The corresponding C function is `mkdir(2)`, cgroups(7).
    package func makeChild(_ name: String) throws(SystemError) -> ControlGroup {
        let parent = directory.rawValue
        let operation = "make the control group \(path)/\(name)"
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        let made = try systemCall(name) { mkdirat(parent, $0, 0o755) }
            .get(except: EEXIST, operation: operation)
        if made == nil {
            try removeChild(name)
            _ = try systemCall(name) { mkdirat(parent, $0, 0o755) }.get(operation)
        }
        let raw = try systemCall(name) { openat(parent, $0, flags) }.get(operation)
        return ControlGroup(path: "\(path)/\(name)", directory: FileDescriptor(owning: raw))
    }

    /// Whether any process lives in it or below; false once it is removed.
    package func isPopulated() throws(SystemError) -> Bool {
        do throws(SystemError) {
            return try read("cgroup.events").split(separator: "\n").contains("populated 1")
        } catch {
            guard error.isGone else { throw error }
            return false
        }
    }

    /// A descriptor that epoll reports as ``EpollEvents/priority`` whenever ``isPopulated()``
    /// changes.
    package func openEvents() throws(SystemError) -> FileDescriptor {
        try open("cgroup.events", O_RDONLY)
    }

    /// Every process in it, not in those below.
    package func processes() throws(SystemError) -> [Int32] {
        try read("cgroup.procs").split(separator: "\n").compactMap { Int32($0) }
    }

    // MARK: Its end

    /// Sends SIGKILL to everything in it and below. It is empty a little later; see
    /// ``openEvents()``.
    package func kill() throws(SystemError) {
        do throws(SystemError) {
            try write("1", to: "cgroup.kill")
        } catch {
            guard error.code == ENOENT else { throw error }
            // Before Linux 5.14, in Debian 11 and older.
            try killEachProcess()
        }
    }

    /// For a kernel without `cgroup.kill`: until a round meets nobody new, as a process may fork
    /// before its signal arrives.
    func killEachProcess() throws(SystemError) {
        var met: Set<Int32> = []
        for _ in 0..<64 {
            let before = met.count
            try forEachGroup { group throws(SystemError) in
                for pid in try group.processes() where met.insert(pid).inserted {
                    try group.killMember(pid)
                }
            }
            if met.count == before { return }
        }
        throw SystemError(code: EAGAIN, operation: "kill a control group that forks on, \(path)")
    }

    private func killMember(_ pid: Int32) throws(SystemError) {
        let opened = try systemCall { martlet_pidfd_open(pid) }
            .get(except: ESRCH, EINVAL, operation: "open process \(pid)")
        guard let opened else { return }
        let pidfd = FileDescriptor(owning: opened)
        // Between the list and the pidfd the number may have gone to a process elsewhere.
        guard try processes().contains(pid) else { return }
        let raw = pidfd.rawValue
        _ = try systemCall { martlet_pidfd_send_signal(raw, SIGKILL) }
            .get(except: ESRCH, operation: "kill process \(pid)")
    }

    /// Removes it and all groups its processes have made below it.
    ///
    /// - Returns: Whether it was there.
    /// - Throws: EBUSY while a process lives in any of them, before any is removed that has one.
    @discardableResult
    package func remove() throws(SystemError) -> Bool {
        do throws(SystemError) {
            for name in try childNames() { try removeChild(name) }
        } catch {
            guard error.isGone else { throw error }
            return false
        }
        return try FileSystem.removeDirectory(path)
    }

    private static let deepestNesting = 64

    /// Nested groups belong to whoever is inside, and may be many: the descent has a limit.
    private func removeChild(_ name: String, depth: Int = 1) throws(SystemError) {
        let childPath = "\(path)/\(name)"
        guard depth <= Self.deepestNesting else {
            throw SystemError(code: ELOOP, operation: "remove the control group \(childPath)")
        }
        let parent = directory.rawValue
        if let child = try open(child: name) {
            for inner in try child.childNames() { try child.removeChild(inner, depth: depth + 1) }
        }
        _ = try systemCall(name) { unlinkat(parent, $0, AT_REMOVEDIR) }
            .get(except: ENOENT, operation: "remove the control group \(childPath)")
    }

    func forEachGroup(
        depth: Int = 0, _ body: (ControlGroup) throws(SystemError) -> Void
    ) throws(SystemError) {
        try body(self)
        guard depth < Self.deepestNesting else { return }
        for name in try childNames() {
            guard let child = try open(child: name) else { continue }
            try child.forEachGroup(depth: depth + 1, body)
        }
    }

    /// The names of the groups in it, in byte order.
    package func childNames() throws(SystemError) -> [String] {
        // A descriptor of its own: listing moves the position in the directory.
        try FileSystem.list(try open(".", O_RDONLY | O_DIRECTORY), path)
            .filter { $0.type == UInt8(DT_DIR) }.map(\.name)
    }

    /// Opens a group in it.
    ///
    /// - Parameter name: Of ``childNames()``, or as it was made.
    /// - Returns: `nil` if there is none of that name.
    /// - Throws: EINVAL for a name that leads elsewhere.
    package func open(child name: String) throws(SystemError) -> ControlGroup? {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".."
        else {
            throw SystemError(code: EINVAL, operation: "open the control group \(path)/\(name)")
        }
        let parent = directory.rawValue
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        let raw = try systemCall(name) { openat(parent, $0, flags) }
            .get(
                except: ENOENT, ENOTDIR, operation: "open the control group \(path)/\(name)")
        guard let raw else { return nil }
        return ControlGroup(path: "\(path)/\(name)", directory: FileDescriptor(owning: raw))
    }

    // MARK: Its files

    private func open(_ name: String, _ flags: Int32) throws(SystemError) -> FileDescriptor {
        let parent = directory.rawValue
        let raw = try systemCall(name) { openat(parent, $0, flags | O_CLOEXEC) }
            .get("open \(path)/\(name)")
        return FileDescriptor(owning: raw)
    }

    func read(_ name: String) throws(SystemError) -> String {
        let file = try open(name, O_RDONLY)
        let bytes = try FileSystem.read(file, "\(path)/\(name)", 1 << 20)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(_ text: String, to name: String) throws(SystemError) {
        let raw = try open(name, O_WRONLY)
        let number = raw.rawValue
        let result = text.withCString { pointer in
            systemCall { Glibc.write(number, pointer, strlen(pointer)) }
        }
        _ = try result.get("write \(path)/\(name)")
    }
}

extension SystemError {
    /// The group was removed: its directory is empty for good, and files opened before do not read.
    fileprivate var isGone: Bool { code == ENOENT || code == ENODEV }
}
