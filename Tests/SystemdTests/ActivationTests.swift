import Glibc
import LinuxKernel
import TestSupport
import Testing

@Suite("Activation", .timeLimit(.minutes(1)))
struct ActivationTests {
    private func loopback() throws -> SharedDescriptor {
        SharedDescriptor(try ListeningSocket.make(at: .inet4([127, 0, 0, 1], port: 0)))
    }

    @Test(
        "takes every socket with its name and the kernel's facts, once, and makes it non-blocking")
    func sockets() throws {
        let directory = try TemporaryDirectory()
        let tcp = try loopback()
        try tcp.descriptor.setNonBlocking(false)
        let unix = SharedDescriptor(
            try ListeningSocket.make(at: .path("\(directory.path)/stream")))
        let datagram = SharedDescriptor(
            try DatagramSocket.bind(path: "\(directory.path)/datagram"))
        let null = SharedDescriptor(FileDescriptor(owning: open("/dev/null", O_RDWR | O_CLOEXEC)))

        let probe = try runProbe("activation") { request in
            request.descriptors = [tcp, unix, datagram, null]
            request.environment += ["LISTEN_FDS=4", "LISTEN_FDNAMES=http:control:log:"]
            request.ownPidVariables = ["LISTEN_PID"]
        }
        let address = try tcp.descriptor.localAddress()
        #expect(
            probe.output == [
                "3 http stream listening \(address) non-blocking close-on-exec",
                "4 control stream listening \(directory.path)/stream non-blocking close-on-exec",
                "5 log datagram bound \(directory.path)/datagram non-blocking close-on-exec",
                "6  not a socket non-blocking close-on-exec",
                "variable gone", "again 0",
            ])
        #expect(
            try tcp.descriptor.isNonBlocking(), "the flag belongs to the socket, not to one process"
        )
    }

    /// A master's store: the state, and of one worker a pidfd, a notify socket and a channel.
    private func withStore(
        _ probe: String, adjust: (inout LaunchRequest) -> Void = { _ in }
    ) throws -> (output: [String], path: String) {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/notify"
        let tcp = try loopback()
        var sleeper = LaunchRequest(executable: "/bin/sleep", arguments: ["sleep", "1000"])
        sleeper.parentDeathSignal = SIGKILL
        let worker = try ChildProcess.launch(sleeper)
        defer { _ = try? worker.signal(SIGKILL) }
        let state = try StateMemory.make().file
        let notify = SharedDescriptor(try DatagramSocket.bind(path: path))
        let channel = try ChannelPair.make(.sequentialPacket)
        let run = try runProbe(probe) { request in
            request.descriptors = [
                notify, tcp, state, worker.pidfd, channel.own, channel.other,
            ]
            let name = "martlet.worker.0.7"
            request.environment += [
                "LISTEN_FDS=6",
                "LISTEN_FDNAMES=\(name):a b%:martlet.state:\(name):\(name):martlets",
            ]
            request.ownPidVariables = ["LISTEN_PID"]
        }
        #expect(run.exit == .exited(0))
        #expect(try !worker.pidfd.descriptor.isNonBlocking(), "it would change waitid")
        #expect(try tcp.descriptor.isNonBlocking())
        let address = try tcp.descriptor.localAddress()
        return (run.output.map { $0.replacing("\(address)", with: "ADDRESS") }, path)
    }

    @Test(
        "tells what the former master has left from sockets, wherever it stands",
        arguments: ["activation", "activation-anew"])
    func stored(probe: String) throws {
        let (output, path) = try withStore(probe)
        #expect(
            output.prefix(6) == [
                "4 a b% stream listening ADDRESS non-blocking close-on-exec",
                "8 martlets sequential-packet bound (unnamed) non-blocking close-on-exec",
                "stored 3 martlet.worker.0.7 datagram bound \(path) non-blocking close-on-exec",
                "stored 5 martlet.state not a socket blocking close-on-exec",
                "stored 6 martlet.worker.0.7 not a socket blocking close-on-exec",
                "stored 7 martlet.worker.0.7 sequential-packet bound (unnamed) non-blocking "
                    + "close-on-exec",
            ])
    }

    @Test("takes what listens for a socket, whatever its name")
    func misnamed() throws {
        let tcp = try loopback()
        let probe = try runProbe("activation") { request in
            request.descriptors = [tcp]
            request.environment += ["LISTEN_FDS=1", "LISTEN_FDNAMES=martlet.worker.0.7"]
            request.ownPidVariables = ["LISTEN_PID"]
        }
        #expect(probe.output.first?.hasPrefix("3 martlet.worker.0.7 stream listening") == true)
    }

    @Test("calls unknown what has no name")
    func unnamed() throws {
        let tcp = try loopback()
        let probe = try runProbe("activation") { request in
            request.descriptors = [tcp]
            request.environment += ["LISTEN_FDS=1"]
            request.ownPidVariables = ["LISTEN_PID"]
        }
        #expect(probe.output.first?.hasPrefix("3 unknown stream listening") == true)
    }

    @Test("takes nothing that was passed to another process")
    func foreign() throws {
        let tcp = try loopback()
        let probe = try runProbe("activation") { request in
            request.descriptors = [tcp]
            request.environment += ["LISTEN_FDS=1", "LISTEN_PID=1"]
        }
        #expect(probe.output.last == "again 0")
        #expect(probe.output.count == 2)
    }

    @Test("fails when the environment promises more than there is, or makes no sense")
    func broken() throws {
        for value in ["3", "x", "-1"] {
            let probe = try runProbe("activation") { request in
                request.environment += ["LISTEN_FDS=\(value)"]
                request.ownPidVariables = ["LISTEN_PID"]
            }
            #expect(probe.exit == .exited(70), "\(value)")
        }
    }

    private static let activator = "/usr/bin/systemd-socket-activate"

    @Test(
        "works from systemd's own hand",
        .enabled(if: access(activator, X_OK) == 0, "needs systemd-socket-activate"))
    func systemd() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/socket"
        let probe = try probeRequest([]).executable
        var request = LaunchRequest(
            executable: Self.activator,
            arguments: [
                "systemd-socket-activate", "-l", path, "--fdname=web", probe, "activation",
            ])
        request.environment = OwnProcess.environment
        let output = open("\(directory.path)/output", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        request.standardOutput = SharedDescriptor(FileDescriptor(owning: output))
        let child = try ChildProcess.launch(request)
        // It executes the program when somebody connects.
        let client = try connect(path, while: child)
        try awaitEvents(child.pidfd.descriptor)
        #expect(try child.reap() == .exited(0))
        let text = String(
            decoding: try FileSystem.readFile("\(directory.path)/output", limit: 4_096),
            as: UTF8.self)
        #expect(text.hasPrefix("3 web stream listening \(path) non-blocking close-on-exec\n"))
        _ = consume client
    }

    /// Connects as soon as it listens; it does not say when that is.
    private func connect(_ path: String, while child: ChildProcess) throws -> FileDescriptor {
        let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let client = FileDescriptor(owning: raw)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let deadline = MonotonicClock.now() + 20_000_000_000
        while MonotonicClock.now() < deadline {
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if result == 0 { return client }
            try #require(try child.peekExit() == nil)
            sched_yield()
        }
        try #require(Bool(false), "nobody listened in 20 seconds")
        return client
    }
}
