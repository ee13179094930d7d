// `martletd NAME` as its unit starts it: the file in /etc/martlet, sockets and a directory from systemd.

import Glibc
import LinuxKernel
import PoolWire
import Testing

@Suite(.enabled(if: Fixture.isRoot, "an /etc/martlet of its own needs root"))
struct ServiceTests {
    /// Starts martletd where /etc has nothing but the stage's file; its pid is that of the shell.
    private static func begin(_ stage: Stage, _ runtime: String) throws -> Running {
        let address = try #require(SocketAddress(listenStream: "127.0.0.1:0"))
        let socket = SharedDescriptor(try ListeningSocket.make(at: address))
        let script = """
            mount -t tmpfs none /etc && mkdir /etc/martlet &&
            ln -s "$MARTLET_STAGE/$1.conf" /etc/martlet/ && exec "$2" "$1"
            """
        return try stage.start(
            "martletd", "/usr/bin/unshare",
            [
                "--mount", "/bin/sh", "-c", script, "sh", stage.pool,
                try Fixture.program("martletd"),
            ],
            variables: ["RUNTIME_DIRECTORY": runtime], isMaster: true
        ) { request in
            request.descriptors = [socket]
            request.environment += ["LISTEN_FDS=1", "LISTEN_FDNAMES=web"]
            request.ownPidVariables = ["LISTEN_PID"]
        }
    }

    @Test(.played)
    func aServiceLivesInTheDirectoryItIsGivenAndLeavesItEmpty() throws {
        try Stage.play { stage in
            let runtime = "\(stage.directory)/runtime"
            try FileSystem.makeDirectory(runtime, mode: 0o700)
            try stage.write(
                Script(
                    2, "tell", "print:hello\\n", "ready", "wait", pool: ["RolloutSettleSec=0"]))
            let master = try Self.begin(stage, runtime)
            try stage.await("READY=1")
            let told = try Files.read("\(stage.directory)/told.1.1")
            #expect(told.contains("environment NOTIFY_SOCKET=\(runtime)/notify.1.2\n"))
            #expect(told.contains("environment LISTEN_FDNAMES=web\n"))
            #expect(told.contains("environment RUNTIME_DIRECTORY=\(runtime)\n"))
            // Without a journal workers share the master's stream: no tag, and never through it.
            try stage.wait("both say hello") {
                master.errorLines.filter { $0 == "hello" }.count == 2
            }

            let client = try Client(stage, in: runtime)
            try client.send(ControlRequest.reload(.result))
            let verdict = ReloadResult(generation: 2, ready: 2, wanted: 2)
            #expect(try client.answer(to: .reload(.result)) == .reloaded(verdict))
            try client.vanish()
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(try FileSystem.listDirectory(runtime) == [])
        }
    }

    @Test(.played)
    func aServiceThatWasKilledFindsItsPlaceAgain() throws {
        try Stage.play { stage in
            let runtime = "\(stage.directory)/runtime"
            try FileSystem.makeDirectory(runtime, mode: 0o700)
            try stage.write(Script(4))
            let first = try Self.begin(stage, runtime)
            try stage.await("READY=1")
            let workers = ProcessTable.children(of: first.pid)
            try first.signal(SIGKILL)
            _ = try stage.awaitExit(first)
            // systemd ends what is left of the unit before it starts it again.
            for worker in workers { kill(worker, SIGKILL) }
            try stage.wait("they are gone") { !workers.contains(where: ProcessTable.exists) }
            try stage.write(Script(2))
            _ = try Self.begin(stage, runtime)
            try stage.await("READY=1", times: 2)
            let files = try #require(try FileSystem.listDirectory(runtime))
            #expect(files == ["control", "notify.0.1", "notify.1.2"])
        }
    }
}
