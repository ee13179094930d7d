// What tests do with the pool of a stage, in the words of the pool.

import Glibc
import LinuxKernel
import PoolWire
import TestSupport
import Testing

/// A pool's file, written by tests in as few words as they need.
struct Script {
    var workers = 1
    /// Lines of [Pool] besides Workers=.
    var pool: [String] = []
    /// What each worker does, step by step; see Tests/Fixtures/puppet.py.
    var steps: [String]
    /// Lines of [Worker] besides ExecStart=.
    var worker: [String] = []
    /// Lines of [Agent] besides ExecStart=, after what it does, step by step.
    var agent: (steps: [String], lines: [String])?
    /// In place of the puppet.
    var command: String?
    /// Lines of [Socket]; `nil` is an abstract unix socket of the pool's name.
    var socket: [String]?

    init(
        _ workers: Int = 1, _ steps: String..., pool: [String] = [], worker: [String] = [],
        command: String? = nil, socket: [String]? = nil
    ) {
        self.workers = workers
        self.steps = steps.isEmpty ? ["ready", "wait"] : steps
        self.pool = pool
        self.worker = worker
        self.command = command
        self.socket = socket
    }

    func text(pool name: String) -> String {
        let command = command ?? Self.puppet(steps)
        var lines = ["[Socket]"] + (socket ?? ["ListenStream=@\(name)"])
        lines += ["[Pool]", "Workers=\(workers)"] + pool
        lines += ["[Worker]", "ExecStart=\(command)"] + worker
        if let agent {
            lines += ["[Agent]", "ExecStart=\(Self.puppet(agent.steps))"] + agent.lines
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func puppet(_ steps: [String]) -> String {
        let words = ["/usr/bin/python3", "-IS", "\(Fixture.root)/Tests/Fixtures/puppet.py"] + steps
        return words.map { "\"\($0)\"" }.joined(separator: " ")
    }
}

extension Stage {
    var configuration: String { "\(directory)/\(pool).conf" }

    func write(_ script: Script) throws { try Files.write(configuration, script.text(pool: pool)) }

    // MARK: The master

    /// Starts martletd with the script and returns at once.
    func begin(
        _ script: Script, variables: [String: String] = [:], sockets: [SharedDescriptor] = [],
        names: [String] = [], outlet: Outlet = .pipes
    ) throws -> Running {
        try write(script)
        return try begin(variables: variables, sockets: sockets, names: names, outlet: outlet)
    }

    /// Starts martletd with the file as it is.
    func begin(
        _ arguments: [String]? = nil, variables: [String: String] = [:],
        sockets: [SharedDescriptor] = [], names: [String] = [], outlet: Outlet = .pipes
    ) throws -> Running {
        try start(
            "martletd", try Fixture.program("martletd"), arguments ?? ["--config", configuration],
            variables: variables, outlet: outlet, isMaster: true
        ) { request in
            if variables["WATCHDOG_USEC"] != nil { request.ownPidVariables.append("WATCHDOG_PID") }
            guard !sockets.isEmpty else { return }
            request.descriptors = sockets
            request.environment.append("LISTEN_FDS=\(sockets.count)")
            request.environment.append("LISTEN_FDNAMES=\(names.joined(separator: ":"))")
            request.ownPidVariables.append("LISTEN_PID")
        }
    }

    /// Starts martletd and waits until it says READY=1.
    func raise(
        _ script: Script, variables: [String: String] = [:], sockets: [SharedDescriptor] = [],
        names: [String] = [], outlet: Outlet = .pipes, _ location: SourceLocation = #_sourceLocation
    ) throws -> Running {
        let master = try begin(
            script, variables: variables, sockets: sockets, names: names, outlet: outlet)
        try wait("the pool is ready", location) {
            try #require(master.exit == nil, "\(story)", sourceLocation: location)
            return saidByMaster.contains("READY=1")
        }
        return master
    }

    func awaitExit(
        _ running: Running, _ location: SourceLocation = #_sourceLocation
    ) throws -> ProcessExit {
        try wait("\(running.name) ends", location) { running.exit != nil }
        return try #require(running.exit)
    }

    // MARK: What was heard

    /// The master's notifications, but for those of what is to be kept for the next one.
    var saidByMaster: [String] {
        record.map(\.text).filter { !$0.hasPrefix("puppet ") && !$0.hasPrefix("FDSTORE") }
    }

    /// The names under which it has had things kept, and forgotten, in their order.
    var keptByMaster: [String] {
        record.map(\.text).filter { $0.hasPrefix("FDSTORE") }.map { text in
            let name = text.split(separator: "\n").last { $0.hasPrefix("FDNAME=") }?.dropFirst(7)
            return (text.hasPrefix("FDSTOREREMOVE=1") ? "-" : "+") + (name ?? "")
        }
    }

    /// `SLOT/GENERATION WORDS` of every puppet.
    var saidByPuppets: [String] {
        record.map(\.text).filter { $0.hasPrefix("puppet ") }.map { String($0.dropFirst(7)) }
    }

    func place(
        of text: String, after: Int = 0, _ location: SourceLocation = #_sourceLocation
    ) throws -> Int {
        try #require(
            record.indices.dropFirst(after).first { record[$0].text == text },
            "nobody said \"\(text)\"\n\(story)", sourceLocation: location)
    }

    /// Waits for a datagram.
    func await(
        _ text: String, times: Int = 1, _ location: SourceLocation = #_sourceLocation
    ) throws {
        try wait("\(times) × \(text)", location) {
            record.filter { $0.text == text }.count >= times
        }
    }

    /// Waits for a status line that comes after this point of the record.
    func awaitStatus(
        _ line: String, after: Int = 0, _ location: SourceLocation = #_sourceLocation
    ) throws {
        try wait("STATUS=\(line)", location) {
            record.dropFirst(after).contains { $0.text == "STATUS=\(line)" }
        }
    }

    // MARK: Gates

    /// A FIFO at which puppets wait.
    func makeGate(_ name: String) throws {
        try #require(mkfifo("\(directory)/\(name)", 0o600) == 0)
    }

    /// Lets one puppet pass.
    func open(_ name: String) throws {
        // Without waiting for a reader: there has to be one.
        let raw = Glibc.open("\(directory)/\(name)", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(raw >= 0, "nobody waits at \(name)")
        let gate = FileDescriptor(owning: raw)
        _ = try [UInt8(ascii: ".")].withUnsafeBytes { bytes in
            Result { () throws(SystemError) in try gate.write(bytes) }
        }.get()
    }

    // MARK: martletctl

    func martletctl(
        _ arguments: String..., location: SourceLocation = #_sourceLocation
    ) throws -> Running {
        try run("martletctl", try Fixture.program("martletctl"), arguments, location)
    }

    func beginMartletctl(_ arguments: String..., outlet: Outlet = .pipes) throws -> Running {
        try start("martletctl", try Fixture.program("martletctl"), arguments, outlet: outlet)
    }

    func reload(_ location: SourceLocation = #_sourceLocation) throws -> Running {
        try run("martletctl", try Fixture.program("martletctl"), ["reload", pool], location)
    }

    /// The pool as its master reports it.
    func report(_ location: SourceLocation = #_sourceLocation) throws -> PoolReport {
        let client = try Client(self)
        try client.send(ControlRequest.status)
        let answer = try client.answer(to: .status, location)
        guard case .report(let report) = answer else {
            throw Surprise("\(answer) instead of a report")
        }
        return report
    }

    /// How many descriptors the master has when nothing rises, nothing leaves and nobody is connected.
    func descriptorsAtRest(
        _ master: Running, _ location: SourceLocation = #_sourceLocation
    ) throws -> Int {
        try awaitRest(location)
        // The connection that asked is closed once the master has read its end: the same number in
        // five looks, each after a while of listening.
        var counts: [Int] = []
        try wait("the master has closed the connection", location) {
            counts.append(ProcessTable.descriptors(of: master.pid).count)
            return counts.count >= 5 && Set(counts.suffix(5)).count == 1
        }
        return counts[counts.count - 1]
    }

    /// Waits until the master has as many descriptors at rest as before.
    func expectDescriptors(
        _ count: Int, of master: Running, _ location: SourceLocation = #_sourceLocation
    ) throws {
        try awaitRest(location)
        try wait("the master has \(count) descriptors again", location) {
            ProcessTable.descriptors(of: master.pid).count == count
        }
    }

    /// `before`: of its `ProcessTable.memory`. Nothing is asked under AddressSanitizer, which keeps
    /// what is freed.
    func expectMemory(
        _ before: Int, of master: Running, growth kibibytes: Int,
        _ location: SourceLocation = #_sourceLocation
    ) {
        guard !Sanitizer.hasAddress else { return }
        let memory = ProcessTable.memory(of: master.pid)
        #expect(memory < before + kibibytes, sourceLocation: location)
    }

    private func awaitRest(_ location: SourceLocation) throws {
        try wait("the pool is at rest", location) {
            let report = try report(location)
            return report.rollout == nil && report.workers.count == report.wanted
                && report.workers.allSatisfy { $0.state == "ready" }
        }
    }
}

struct Surprise: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
