// One test's own world: a directory, a pool of a name nobody else has, and all that is started.
// Invariant: the test's thread is the only one; programs are heard while it waits. When the play is
// over nothing of it is left: no process, no file, no socket; what is left fails the test.

import Glibc
import LinuxKernel
import Testing

final class Stage {
    /// Everything a test writes, and the socket `notify`.
    let directory: String
    let pool: String
    /// What arrived at the socket `notify`, from the master and from puppets, in order.
    var record: [Datagram] = []
    var programs: [Running] = []

    private var watched: [Watched] = []
    /// `nil` once the play is over.
    private var notifications: SharedDescriptor?
    /// Notifications wait in the socket, and whoever sends more than it holds waits, too.
    private var isDeaf = false

    /// A notification with the time of its arrival by CLOCK_MONOTONIC.
    struct Datagram {
        let text: String
        let time: Int64
    }

    private struct Watched {
        let descriptor: Int32
        /// Whether more can come; it holds what keeps the descriptor open.
        let take: () -> Bool
    }

    /// Plays one test and looks behind the scenes afterwards.
    static func play(_ body: (Stage) throws -> Void) throws {
        let stage = try Stage()
        do {
            try body(stage)
        } catch {
            stage.abort()
            throw error
        }
        try stage.finish()
    }

    private init() throws {
        var template = Array("/tmp/martlet-stage.XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) }
        directory = String(cString: try #require(made))
        pool = "stage-\(directory.suffix(6))"
        chmod(directory, 0o755)
        notifications = SharedDescriptor(
            try DatagramSocket.bind(path: "\(directory)/notify", mode: 0o666))
    }

    deinit {
        Files.remove(directory)
    }

    /// Where the pool's control socket and notify sockets are.
    var runDirectory: String {
        Fixture.isRoot ? "/run/martlet/\(pool)" : "\(directory)/session/martlet/\(pool)"
    }

    // MARK: Waiting

    /// Takes what happens until the condition holds; fails the test if it does not in 30 seconds.
    func wait(
        _ what: String, _ location: SourceLocation = #_sourceLocation,
        until condition: () throws -> Bool
    ) throws {
        let deadline = MonotonicClock.now() + 30_000_000_000
        while try !condition() {
            guard MonotonicClock.now() < deadline else {
                Issue.record("waited in vain: \(what)\n\(story)", sourceLocation: location)
                throw WaitedInVain()
            }
            // A condition may look at /proc, of whose changes nothing tells: another look each 20 ms.
            listen(nanoseconds: 20_000_000)
        }
    }

    struct WaitedInVain: Error {}

    /// Takes what happens for so long: the rhythm of what a test does, never a way to wait for
    /// something.
    func listen(forMilliseconds milliseconds: Int) {
        let end = MonotonicClock.now() + Int64(milliseconds) * 1_000_000
        while case let left = end - MonotonicClock.now(), left > 0 { listen(nanoseconds: left) }
    }

    /// Takes what is there, or what comes first.
    func listen(nanoseconds: Int64 = 0) {
        // poll(2) passes over a negative descriptor.
        let socket = isDeaf ? -1 : notifications?.rawValue ?? -1
        var entries = ([socket] + watched.map(\.descriptor)).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        let milliseconds = Int32(clamping: (nanoseconds + 999_999) / 1_000_000)
        guard poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { return }
        if entries[0].revents != 0 { while takeNotification() {} }
        var over: [Int] = []
        for (index, entry) in zip(watched, entries.dropFirst()).enumerated()
        where entry.1.revents != 0 && !entry.0.take() { over.append(index) }
        for index in over.reversed() { watched.remove(at: index) }
    }

    func watch(_ descriptor: Int32, _ take: @escaping () -> Bool) {
        watched.append(Watched(descriptor: descriptor, take: take))
    }

    /// - Returns: Whether there was one.
    @discardableResult
    func takeNotification() -> Bool {
        guard let notifications else { return false }
        return withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let received = try? DatagramSocket.receive(
                from: notifications.descriptor, into: buffer)
            guard let datagram = received ?? nil else { return false }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<datagram.length])
            let text = String(decoding: bytes, as: UTF8.self)
            record.append(Datagram(text: text, time: MonotonicClock.now()))
            return true
        }
    }

    /// Plays a scene in which nobody hears notifications and the socket is full of them: the next
    /// one waits until `takeNotification` makes room for it.
    func deafened(_ scene: () throws -> Void) throws {
        listen()
        isDeaf = true
        defer { isDeaf = false }
        let sender = try DatagramSocket.unbound()
        while try DatagramSocket.send(
            Array("filler".utf8), to: .path("\(directory)/notify"), from: sender) == .sent
        {}
        try scene()
    }

    // MARK: The end

    /// Stops the masters that still run, in order, and looks for what is left.
    private func finish() throws {
        for running in programs where running.exit == nil {
            #expect(running.isMaster, "\(running.name) still runs at the end of the test")
            try running.signal(running.isMaster ? SIGTERM : SIGKILL)
        }
        for running in programs where running.exit == nil {
            try wait("\(running.name) ends at SIGTERM") { running.exit != nil }
            if running.isMaster { #expect(running.exit == .exited(0), "\(story)") }
        }
        let processes = left
        #expect(processes.isEmpty, "processes are left: \(processes)\n\(story)")
        end(processes.map(\.pid))
        let files = try FileSystem.listDirectory(runDirectory)
        #expect(files == nil, "\(runDirectory) is left, with \(files ?? [])")
        Files.remove(runDirectory)
        strike()
    }

    /// Processes of this stage. One that got SIGKILL needs a moment to be gone.
    private var left: [ProcessTable.Entry] {
        let marker = "MARTLET_STAGE=\(directory)"
        _ = try? ProcessTable.wait(seconds: 5) { ProcessTable.find(marker).isEmpty }
        return ProcessTable.find(marker)
    }

    /// After a failure: nothing is expected, everything is taken away.
    private func abort() {
        for running in programs where running.exit == nil { _ = try? running.signal(SIGKILL) }
        end(ProcessTable.find("MARTLET_STAGE=\(directory)").map(\.pid))
        _ = try? ProcessTable.wait(seconds: 5) {
            listen(nanoseconds: 1_000_000)
            return programs.allSatisfy { $0.exit != nil }
        }
        end(ProcessTable.find("MARTLET_STAGE=\(directory)").map(\.pid))
        Files.remove(runDirectory)
        strike()
    }

    private func end(_ pids: [Int32]) {
        for pid in pids { kill(pid, SIGKILL) }
    }

    /// Lets go of everything the test process holds, and sees that it has.
    private func strike() {
        let pids = programs.map(\.pid)
        let sockets = OpenDescriptors.socketsBound(below: [directory, runDirectory])
        programs = []
        watched = []
        notifications = nil
        let open = OpenDescriptors.own.filter { descriptor in
            descriptor.target.hasPrefix(directory) || sockets.contains(descriptor.target)
                || descriptor.pidOfProcess.map(pids.contains) ?? false
        }
        #expect(open.isEmpty, "descriptors are left open in the tests: \(open)")
    }

    /// What has been heard, for whoever looks at a failure.
    var story: String {
        let notifications = record.map { $0.text.replacing("\n", with: " ; ") }
        let output = programs.flatMap { running in
            ["-- \(running.name) (\(running.exit.map { "\($0)" } ?? "runs"))"] + running.lines
                + running.errorLines
        }
        return (["-- notifications"] + notifications.suffix(80) + output.suffix(160))
            .joined(separator: "\n")
    }
}

extension String {
    /// The standard library's own needs no Foundation, but Swift 5.7's regular expressions.
    fileprivate func replacing(_ old: Character, with new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
