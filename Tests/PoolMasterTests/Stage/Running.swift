// A program that a test has started, and what it has written and come to.

import Glibc
import LinuxKernel
import Testing

/// Its fields change while the stage waits, and at no other time.
final class Running {
    let name: String
    let process: ChildProcess
    /// The stage stops it with SIGTERM at the end, and that has to work.
    let isMaster: Bool
    private(set) var exit: ProcessExit?
    private let outputs: [Output]

    /// What came out of one pipe or terminal.
    fileprivate final class Output {
        let reader: SharedDescriptor
        var text = ""

        init(_ reader: SharedDescriptor) { self.reader = reader }

        /// - Returns: Whether more can come.
        func take() -> Bool {
            withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
                while true {
                    switch try? reader.descriptor.read(into: buffer) {
                    case .bytes(let count):
                        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                        text += String(decoding: bytes, as: UTF8.self)
                    case .wouldBlock: return true
                    case .closed, nil: return false
                    }
                }
            }
        }
    }

    fileprivate init(
        _ name: String, _ process: ChildProcess, _ readers: [SharedDescriptor], isMaster: Bool
    ) {
        self.name = name
        self.process = process
        self.isMaster = isMaster
        outputs = readers.map(Output.init)
    }

    var pid: Int32 { process.pid }
    var output: String { outputs[0].text }
    var errors: String { outputs.last!.text }
    var lines: [String] { output.split(separator: "\n").map(String.init) }
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

    func signal(_ number: Int32) throws { try process.signal(number) }

    fileprivate func look(_ stage: Stage) {
        for output in outputs { stage.watch(output.reader.rawValue) { output.take() } }
    }

    fileprivate func join(_ stage: Stage, hearing: Bool) {
        if hearing { look(stage) }
        let process = process
        stage.watch(process.pidfd.rawValue) { [weak self, outputs] in
            guard let exit = (try? process.reap()) ?? nil else { return true }
            // What it wrote last is in the pipes already.
            for output in outputs { _ = output.take() }
            self?.exit = exit
            return false
        }
    }
}

/// Where a program's standard output and error go.
enum Outlet {
    /// A pipe for each.
    case pipes
    /// Both are one terminal.
    case terminal
    /// Both are one terminal, of which nothing is read before ``Stage/look(at:)``.
    case stoppedTerminal
}

extension Stage {
    /// Starts a program with the stage's environment.
    ///
    /// - Parameters:
    ///   - variables: Added; an empty value removes the variable.
    ///   - adjust: Changes the request last.
    func start(
        _ name: String, _ executable: String, _ arguments: [String],
        variables: [String: String] = [:], outlet: Outlet = .pipes, isMaster: Bool = false,
        adjust: (inout LaunchRequest) throws -> Void = { _ in }
    ) throws -> Running {
        var request = LaunchRequest(executable: executable, arguments: [executable] + arguments)
        request.environment = environment(adding: variables)
        request.parentDeathSignal = SIGTERM
        let readers = try connect(outlet, &request)
        try adjust(&request)
        let process = try Nursery.only.launch(request)
        let running = Running(name, process, readers, isMaster: isMaster)
        programs.append(running)
        running.join(self, hearing: outlet != .stoppedTerminal)
        return running
    }

    /// Begins to read what a program with a stopped terminal writes.
    func look(at running: Running) { running.look(self) }

    /// Runs a program to its end.
    func run(
        _ name: String, _ executable: String, _ arguments: [String],
        variables: [String: String] = [:], _ location: SourceLocation = #_sourceLocation
    ) throws -> Running {
        let running = try start(name, executable, arguments, variables: variables)
        try wait("\(name) ends", location) { running.exit != nil }
        return running
    }

    private func environment(adding variables: [String: String]) -> [String] {
        var all = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8", "MARTLET_STAGE": directory, "NOTIFY_SOCKET": "\(directory)/notify",
            "XDG_RUNTIME_DIR": "\(directory)/session",
        ]
        all.merge(variables) { _, new in new }
        return all.filter { !$0.value.isEmpty }.map { "\($0.key)=\($0.value)" }.sorted()
    }

    private func connect(
        _ outlet: Outlet, _ request: inout LaunchRequest
    ) throws -> [SharedDescriptor] {
        switch outlet {
        case .pipes:
            let (output, outputWriter) = try Pipe.make()
            let (errors, errorsWriter) = try Pipe.make()
            request.standardOutput = outputWriter
            request.standardError = errorsWriter
            return [output, errors]
        case .terminal, .stoppedTerminal:
            let (person, program) = try Terminal.make()
            request.standardInput = program
            request.standardOutput = program
            request.standardError = program
            return [person]
        }
    }
}

/// A pseudo-terminal, pty(7).
enum Terminal {
    /// _IOW('T', 0x31, int) and _IOR('T', 0x30, unsigned int) of ioctl_tty(2).
    private static let setLock = UInt(0x4004_5431)
    private static let getNumber = UInt(0x8004_5430)

    /// The end a person sits at, non-blocking, and the end a program writes to.
    static func make() throws -> (person: SharedDescriptor, program: SharedDescriptor) {
        let raw = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(raw >= 0)
        let person = SharedDescriptor(FileDescriptor(owning: raw))
        var lock: Int32 = 0
        var number: UInt32 = 0
        try #require(ioctl(raw, setLock, &lock) == 0 && ioctl(raw, getNumber, &number) == 0)
        let program = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(program >= 0)
        try person.descriptor.setNonBlocking()
        return (person, SharedDescriptor(FileDescriptor(owning: program)))
    }
}
