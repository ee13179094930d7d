// Another process of this program: a core that stops with a trap, or never comes back, ends that
// process and not the one that has to report it.
// Invariant: each child is waited for once, and none outlives its parent's interest in it.

import Glibc

final class Child {
    /// The end of its output that is read here.
    let output: Int32
    private let process: pid_t
    private var unread: [UInt8] = []
    private var end: Int32?
    /// The last lines of one that was let run to its end.
    private(set) var tail: [String] = []

    /// `nil` when the kernel refuses.
    init?(_ arguments: [String], isHeard: Bool) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        if !isHeard {
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        }
        var words = (["/proc/self/exe"] + arguments).map { strdup($0) } + [nil]
        // A trap is told by its signal; looking into each of them takes seconds.
        var settings = [strdup("SWIFT_BACKTRACE=enable=no")] + Self.environment + [nil]
        defer { for word in words + settings { free(word) } }
        var process: pid_t = 0
        let failure = posix_spawn(
            &process, "/proc/self/exe", &actions, nil, &words, &settings)
        close(ends[1])
        guard failure == 0 else {
            close(ends[0])
            return nil
        }
        self.process = process
        output = ends[0]
    }

    private static var environment: [UnsafeMutablePointer<CChar>?] {
        var found: [UnsafeMutablePointer<CChar>?] = []
        var place = environ
        while let setting = place.pointee {
            if strncmp(setting, "SWIFT_BACKTRACE=", 16) != 0 { found.append(strdup(setting)) }
            place += 1
        }
        return found
    }

    deinit {
        stop()
        close(output)
    }

    /// Lines that have come; `nil` when no more will.
    func lines() -> [String]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(output, &buffer, buffer.count)
        if count < 0, errno == EINTR { return [] }
        guard count > 0 else { return nil }
        unread += buffer.prefix(count)
        guard let last = unread.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        defer { unread.removeSubrange(...last) }
        return unread[..<last].split(separator: UInt8(ascii: "\n"))
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Waits until the child is gone. The signal that ended it, if it was one.
    func signal() -> Int32? {
        if end == nil {
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            end = status
        }
        let number = (end ?? 0) & 0x7F
        return number == 0 ? nil : number
    }

    func stop() {
        guard end == nil else { return }
        kill(process, SIGKILL)
        _ = signal()
    }

    /// Lets it run to its end without listening.
    /// - Returns: how it ended if it was not well: the signal, or that it never came back.
    func trap(within limit: Double) -> String? {
        let deadline = seconds() + limit
        while true {
            let left = deadline - seconds()
            var wanted = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            if left <= 0 || poll(&wanted, 1, Int32(min(left, 60) * 1_000)) == 0, left <= 60 {
                stop()
                return "the core never comes back"
            }
            guard let more = lines() else { break }
            tail = (tail + more).suffix(100)
        }
        return signal().map { "the core stops with signal \($0)" }
    }
}
