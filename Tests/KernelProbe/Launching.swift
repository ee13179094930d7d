// Launches whose surroundings are spoiled on purpose.

import Glibc
import LinuxKernel

func report(_ line: String) {
    StandardStream.output.write((line + "\n").utf8)
}

/// The numbers of all descriptors open here, but for the one that lists them.
func openDescriptors() throws -> [Int32] {
    let listed = try FileSystem.listDirectory("/proc/self/fd")?.compactMap { Int32($0) } ?? []
    return listed.filter { fcntl($0, F_GETFD) != -1 }.sorted()
}

/// Waits until it has ended, at most 20 seconds.
func finish(_ child: ChildProcess) throws -> ProcessExit? {
    let epoll = try Epoll()
    try epoll.add(child.pidfd.descriptor, .readable, token: 0)
    guard try epoll.wait(nanoseconds: 20_000_000_000, { _ in }) == 1 else { return nil }
    return try child.reap()
}

/// Waits for the end of the verdict pipe, at most 20 seconds.
func verdict(of child: ChildProcess) throws -> LaunchVerdict {
    let epoll = try Epoll()
    guard let verdict = child.verdictDescriptor else { return .executed }
    try epoll.add(verdict.descriptor, .readable, token: 0)
    _ = try epoll.wait(nanoseconds: 20_000_000_000) { _ in }
    return try child.readVerdict()
}

func shell(_ script: String) throws -> LaunchRequest {
    var request = LaunchRequest(executable: "/bin/sh", arguments: ["sh", "-c", script])
    request.environment = ["PATH=/usr/bin:/bin"]
    request.standardOutput = SharedDescriptor(try StandardStream.output.duplicate())
    return request
}

/// A thousand launches, each way, of a program that runs and of one that is missing.
func launchOften() throws {
    let before = try openDescriptors()
    let memoryBefore = try virtualKibibytes()
    var exits = 0
    for index in 0..<1_000 {
        let path = index % 4 < 2 ? "/bin/true" : "/proc/nonexistent"
        var request = LaunchRequest(executable: path, arguments: ["probe"])
        request.forcesLegacyClone = index % 2 == 0
        let child = try ChildProcess.launch(request)
        let expected: ProcessExit = index % 4 < 2 ? .exited(0) : .exited(203)
        if try finish(child) == expected { exits += 1 }
    }
    report("exits \(exits)")
    report("descriptors \(try openDescriptors() == before ? "unchanged" : "changed")")
    // Each child has a stack of more than this much for itself.
    let growth = try virtualKibibytes() - memoryBefore
    report("memory \(growth < 1_000 * 16 ? "given back" : "kept: \(growth) KiB")")
    report("children \(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD ? "none" : "some")")
}

private func virtualKibibytes() throws -> Int {
    let status = String(
        decoding: try FileSystem.readFile("/proc/self/status", limit: 65_536), as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmSize:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
}

/// Signals ignored, blocked and their exits thrown away, as a careless parent would leave them.
func launchWithSpoiledSignals() throws {
    signal(SIGCHLD, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    signal(SIGTERM, SIG_IGN)
    signal(64, SIG_IGN)
    var set = sigset_t()
    for number in [SIGUSR1, SIGTERM, SIGCHLD] { sigaddset(&set, number) }
    sigprocmask(SIG_SETMASK, &set, nil)
    let child = try ChildProcess.launch(try shell("exec grep '^Sig[BI]' /proc/self/status"))
    report("\(try finish(child).map { "\($0)" } ?? "running")")
    report("mask after a launch \(blockedSignals())")

    // The verdict's pipe gets its two descriptors, the pidfd none: the clone fails.
    let lowestFree = dup(0)
    close(lowestFree)
    try setDescriptorLimit(UInt64(lowestFree + 2))
    report("launch \(endOfLaunch(LaunchRequest(executable: "/bin/true", arguments: ["x"])))")
    report("mask after none \(blockedSignals())")
}

private func blockedSignals() -> [Int32] {
    var mask = sigset_t()
    sigprocmask(SIG_BLOCK, nil, &mask)
    return (1...64).filter { sigismember(&mask, $0) == 1 }
}

/// Not one descriptor left for the verdict's pipe or the pidfd.
func launchWithoutFreeDescriptors() throws {
    let request = try shell("exit 7")
    for spare in 0...3 {
        let before = try openDescriptors()
        let lowestFree = (0...).first { !before.contains(Int32($0)) } ?? 0
        try setDescriptorLimit(UInt64(lowestFree + spare))
        var codes: [String] = []
        for legacy in [false, true] {
            var request = request
            request.forcesLegacyClone = legacy
            codes.append(endOfLaunch(request))
        }
        try setDescriptorLimit(1_024)
        report("spare \(spare): \(codes) left \(try openDescriptors().count - before.count)")
    }
    report("children \(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD ? "none" : "some")")
}

/// Waits by poll(2), as there is no descriptor for epoll.
private func endOfLaunch(_ request: LaunchRequest) -> String {
    do throws(SystemError) {
        let child = try ChildProcess.launch(request)
        var entry = pollfd(fd: child.pidfd.rawValue, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, 20_000)
        return try child.reap().map { "\($0)" } ?? "running"
    } catch {
        return error.name
    }
}

/// More descriptors to place than the child may have.
func launchBeyondChildsLimit() throws {
    var request = try shell("exit 7")
    let one = SharedDescriptor(try StandardStream.error.duplicate())
    request.descriptors = [SharedDescriptor](repeating: one, count: 60)
    try setDescriptorLimit(40)
    let child = try ChildProcess.launch(request)
    if case .failed(let step, let error) = try verdict(of: child) {
        report("failed \(step) \(error.name)")
    }
    report("\(try finish(child).map { "\($0)" } ?? "running")")
}

func setDescriptorLimit(_ count: UInt64) throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = rlim_t(count)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// Ends while a child with our output is alive.
func leaveChildBehind() throws {
    var request = try shell("exec sleep 1000")
    request.parentDeathSignal = SIGKILL
    let child = try ChildProcess.launch(request)
    guard try verdict(of: child) == .executed else { throw Failure.child }
    report("launched")
}

// MARK: Places of descriptors

private func path(_ name: String) -> String { "\(CommandLine.arguments[2])/\(name)" }

private func openFile(_ name: String) -> SharedDescriptor {
    let raw = open(path(name), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    return SharedDescriptor(FileDescriptor(owning: raw))
}

/// What ls(1) finds open in itself, as "number file"; the last is the directory it reads.
private func places(in output: String) throws -> String {
    let text = String(decoding: try FileSystem.readFile(output, limit: 65_536), as: UTF8.self)
    let entries = text.split(separator: "\n").compactMap { line -> (Int, String)? in
        let words = line.split(separator: " ")
        guard let arrow = words.firstIndex(of: "->"), let number = Int(words[arrow - 1]) else {
            return nil
        }
        return (number, words[arrow + 1].split(separator: "/").last.map(String.init) ?? "")
    }
    return entries.sorted { $0.0 < $1.0 }.map { "\($0) \($1)" }.joined(separator: ", ")
}

private func lister() -> LaunchRequest {
    LaunchRequest(executable: "/bin/ls", arguments: ["ls", "-l", "/proc/self/fd"])
}

/// The sources are 3…8 themselves, in every kind of disorder.
func launchWithOverlappingDescriptors() throws {
    let files = ["a", "b", "c", "d", "e", "f"].map(openFile)
    report("sources \(files.map(\.rawValue))")
    let orders = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [1, 2, 3, 4, 5, 0], [2, 2, 0], []]
    for (index, order) in orders.enumerated() {
        for legacy in [false, true] {
            var request = lister()
            request.descriptors = order.map { files[$0] }
            request.standardOutput = files[3]
            request.standardError = files[0]
            request.forcesLegacyClone = legacy
            let child = try ChildProcess.launch(request)
            guard try finish(child) == .exited(0) else { throw Failure.child }
            report("order \(index): \(try places(in: path("d")))")
            truncate(path("d"), 0)
        }
    }
}

/// 0, 1 and 2 are free, so the files and the pipe get these numbers.
func launchWithoutStandardDescriptors() throws {
    let output = try StandardStream.output.duplicate()
    for number in Int32(0)...2 { close(number) }
    let files = ["a", "b"].map(openFile)
    var request = lister()
    request.descriptors = [files[0]]
    request.standardOutput = files[1]
    let exit = try finish(try ChildProcess.launch(request))
    let missing = try ChildProcess.launch(
        LaunchRequest(executable: "/proc/nonexistent", arguments: ["x"]))
    let answer = try verdict(of: missing)
    _ = try finish(missing)
    let lines = [
        "sources \(files.map(\.rawValue)) \(exit.map { "\($0)" } ?? "running")",
        try places(in: path("b")), "missing: \(answer)",
    ]
    let text = lines.map { $0 + "\n" }.joined()
    _ = text.withCString { write(output.rawValue, $0, strlen($0)) }
}

enum Failure: Error {
    case child
    case filter
}
