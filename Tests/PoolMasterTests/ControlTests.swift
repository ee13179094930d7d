// martletctl against a real master, and clients that wish the master ill.

import Glibc
import LinuxKernel
import PoolWire
import Testing

@Suite struct ControlTests {
    // MARK: martletctl

    @Test(.played)
    func statusTellsPeopleAndProgramsOfThePool() throws {
        try Stage.play { stage in
            let script = Script(2, "notify:STATUS=warm\\u001b[31m", "ready", "wait")
            let master = try stage.raise(script)
            let text = try stage.martletctl("status", stage.pool)
            #expect(text.exit == .exited(0) && text.errors.isEmpty)
            #expect(
                text.lines.first == "\(stage.pool): serving, 2/2 ready, generation 1, master "
                    + "\(master.pid), \(stage.configuration)")
            #expect(!text.output.contains("\u{1b}"))
            let coloured = try stage.start(
                "martletctl", try Fixture.program("martletctl"), ["status", stage.pool],
                variables: ["TERM": "xterm"], outlet: .terminal)
            #expect(try stage.awaitExit(coloured) == .exited(0))
            #expect(coloured.output.contains("\u{1b}[1m\(stage.pool)\u{1b}[0m: "))
            #expect(!coloured.output.contains("\u{1b}[31mwarm"))
            let json = try stage.martletctl("status", "--json", stage.pool)
            #expect(json.exit == .exited(0))
            #expect(json.output.hasPrefix("{") && json.output.contains("\"wanted\":2"))
            // By its unit's name, too.
            #expect(
                try stage.martletctl("status", "martlet@\(stage.pool).service").exit == .exited(0))
        }
    }

    @Test(.played)
    func everyExitStatusIsAsTheManualSays() throws {
        try Stage.play { stage in
            let pool = stage.pool
            let expected: [(arguments: [String], status: Int32)] = [
                (["status", pool], 3), (["reload", pool], 69), (["reload", "--no-wait", pool], 69),
                (["check", stage.configuration], 66), ([], 64), (["relod", pool], 64),
                (["reload"], 64), (["reload", "--json", pool], 64), (["status", "--all"], 64),
                (["reload", "../x"], 64), (["--help"], 0), (["--version"], 0),
            ]
            for (arguments, status) in expected {
                let running = try stage.run(
                    "martletctl", try Fixture.program("martletctl"), arguments)
                #expect(running.exit == .exited(status), "\(arguments): \(running.errors)")
                #expect(running.errorLines.count == (status == 0 ? 0 : 1), "\(arguments)")
            }
            try stage.write(Script(worker: ["KillSignal=NONE"]))
            let wrong = try stage.martletctl("check", stage.configuration)
            #expect(wrong.exit == .exited(78))
            #expect(wrong.errors.hasPrefix("\(stage.configuration):7: [Worker] KillSignal=NONE"))
            try stage.write(Script())
            #expect(try stage.martletctl("check", stage.configuration).exit == .exited(0))
        }
    }

    @Test(.played)
    func singleWorkersAreReplacedAndSignalled() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(2, "ready", "wait"))
            let before = try stage.descriptorsAtRest(master)
            let old = try stage.report().workers.map(\.pid)
            let fresh = try stage.martletctl("restart", stage.pool, "1")
            #expect(fresh.exit == .exited(0))
            #expect(fresh.output == "\(stage.pool): worker 1 is a fresh one\n")
            // The old one may still be on its way out.
            let holders = try stage.report().workers.filter { $0.role == "incumbent" }
            #expect(holders.count == 2 && holders[0].pid == old[0] && holders[1].pid != old[1])
            #expect(try stage.martletctl("restart", stage.pool).output.contains("every worker is"))
            let all = try stage.report().workers.filter { $0.role == "incumbent" }.map(\.pid)
            #expect(Set(all).isDisjoint(with: holders.map(\.pid)))

            #expect(try stage.martletctl("kill", stage.pool, "0", "-s", "KILL").exit == .exited(0))
            try stage.wait("the killed worker is replaced") {
                try stage.report().workers.first { $0.role == "incumbent" }.map {
                    $0.state == "ready" && $0.restarts == 1 && $0.pid != all[0]
                } ?? false
            }
            let story = try stage.martletctl("why", stage.pool, "0").output
            #expect(story.contains("worker 0 of generation 1 is sent SIGKILL, as somebody asked"))
            #expect(story.contains("worker 0 of generation 1 was killed by SIGKILL"))
            for (arguments, sentence) in [
                (["kill", stage.pool, "7"], "there are slots 0 to 1"),
                (["kill", stage.pool, "0", "-s", "NONE"], "there is no signal NONE"),
                (["restart", stage.pool, "agent"], "there is no agent"),
                (["send", stage.pool, "1"], "no worker has a channel"),
            ] {
                let refused = try stage.run(
                    "martletctl", try Fixture.program("martletctl"), arguments)
                #expect(refused.exit == .exited(1), "\(arguments)")
                #expect(refused.errors.hasPrefix("\(stage.pool): \(sentence)"), "\(arguments)")
            }
            try stage.expectDescriptors(before, of: master)
        }
    }

    @Test(.played)
    func aReloadWithoutWaitingReturnsBeforeTheVerdict() throws {
        try Stage.play { stage in
            _ = try stage.raise(Script())
            try stage.makeGate("gate")
            try stage.write(Script(1, "gate:gate", "ready", "wait", pool: ["RolloutSettleSec=0"]))
            let reload = try stage.martletctl("reload", "--no-wait", stage.pool)
            #expect(reload.exit == .exited(0))
            #expect(reload.output.hasPrefix("\(stage.pool): the reload has begun"))
            try stage.await("puppet 0/2 waits at gate")
            let report = try stage.report()
            #expect(report.state == "reloading" && report.rollout?.rising == [0])
            try stage.open("gate")
            try stage.awaitStatus("gen 2: 1/1 ready")
        }
    }

    @Test(.played)
    func aRolloutIsHeldAndResumedAndGivenUpByHand() throws {
        try Stage.play { stage in
            let settle = ["RolloutSettleSec=0"]
            let master = try stage.raise(Script(2, pool: settle))
            let before = try stage.descriptorsAtRest(master)
            let nothing = try stage.martletctl("pause", stage.pool)
            #expect(nothing.exit == .exited(1))
            #expect(nothing.errors == "\(stage.pool): no rollout is under way\n")
            try stage.makeGate("gate")
            try stage.write(Script(2, "gate:gate", "ready", "wait", pool: settle))

            let first = try stage.beginMartletctl("reload", stage.pool)
            try stage.await("puppet 0/2 waits at gate")
            #expect(try stage.martletctl("pause", stage.pool).exit == .exited(0))
            try stage.open("gate")
            try stage.awaitStatus("gen 2: 1/2 ready; 1 of gen 1 serves; paused")
            #expect(try stage.report().rollout?.paused == true)
            let second = try stage.martletctl("reload", stage.pool)
            #expect(second.exit == .exited(1) && second.errors.contains("resume or abort it first"))
            #expect(try stage.martletctl("scale", stage.pool, "3").output.contains("3 workers are"))
            #expect(try stage.martletctl("resume", stage.pool).exit == .exited(0))
            try stage.await("puppet 1/2 waits at gate")
            try stage.open("gate")
            #expect(try stage.awaitExit(first) == .exited(0))
            // The third was asked for meanwhile.
            try stage.await("puppet 2/2 waits at gate")
            try stage.open("gate")
            try stage.awaitStatus("gen 2: 3/3 ready")

            let third = try stage.beginMartletctl("reload", stage.pool)
            try stage.await("puppet 0/3 waits at gate")
            let abort = try stage.martletctl("abort", stage.pool)
            #expect(abort.exit == .exited(0))
            #expect(try stage.awaitExit(third) == .exited(1))
            #expect(third.errors.contains("it was aborted; generation 2 serves on"))
            #expect(try stage.martletctl("scale", stage.pool, "-2").exit == .exited(0))
            try stage.awaitStatus("gen 2: 1/1 ready; reload to gen 3 failed: it was aborted")
            try stage.expectDescriptors(before - 3, of: master)
        }
    }

    @Test(.played, arguments: zip([SIGINT, SIGTERM, SIGKILL], [130, 143, -1]))
    func whoeverStopsWaitingForAReloadDoesNotStopIt(signal: Int32, status: Int32) throws {
        try Stage.play { stage in
            let master = try stage.raise(Script())
            let before = try stage.descriptorsAtRest(master)
            try stage.makeGate("gate")
            try stage.write(Script(1, "gate:gate", "ready", "wait", pool: ["RolloutSettleSec=0"]))
            let reload = try stage.beginMartletctl("reload", stage.pool)
            try stage.await("puppet 0/2 waits at gate")
            try reload.signal(signal)
            let exit = try stage.awaitExit(reload)
            if signal != SIGKILL {
                #expect(exit == .exited(status))
                #expect(reload.errors.contains("the reload goes on without anybody waiting"))
            }
            try stage.open("gate")
            try stage.awaitStatus("gen 2: 1/1 ready")
            try stage.expectDescriptors(before, of: master)
        }
    }

    @Test(.played)
    func reloadsThatAreAskedForTogetherGetOneVerdict() throws {
        try Stage.play { stage in
            _ = try stage.raise(Script())
            try stage.makeGate("gate")
            try stage.write(Script(1, "gate:gate", "ready", "wait", pool: ["RolloutSettleSec=0"]))
            let first = try stage.beginMartletctl("reload", stage.pool)
            try stage.await("puppet 0/2 waits at gate")
            // These come too late for the rollout under way and share the next one.
            let later = try (0..<3).map { _ in try Client(stage) }
            for client in later { try client.send(ControlRequest.reload(.result)) }
            // Who asks after them is answered after they were heard.
            #expect(try stage.report().state == "reloading")
            try stage.open("gate")
            #expect(try stage.awaitExit(first) == .exited(0))
            try stage.await("puppet 0/3 waits at gate")
            for client in later { try client.read() }
            #expect(later.allSatisfy { $0.replies.isEmpty && !$0.isClosed })
            try stage.open("gate")
            let verdict = ReloadResult(generation: 3, ready: 1, wanted: 1)
            for client in later {
                #expect(try client.answer(to: .reload(.result)) == .reloaded(verdict))
            }
            #expect(try stage.report().generation == 3)
        }
    }

    @Test(.played)
    func asManyMayWaitForAReloadAsThereIsRoomForAndTheNextAreTold() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script())
            let before = try stage.descriptorsAtRest(master)
            try stage.makeGate("gate")
            try stage.write(Script(1, "gate:gate", "ready", "wait", pool: ["RolloutSettleSec=0"]))
            let waiting = try (0..<48).map { _ in try Client(stage) }
            for client in waiting { try client.send(ControlRequest.reload(.result)) }
            try stage.await("puppet 0/2 waits at gate")
            let late = try stage.martletctl("reload", stage.pool)
            #expect(late.exit == .exited(69))
            #expect(late.errors.contains("too many connections"))
            try stage.write(Script())
            try stage.open("gate")
            for client in waiting {
                guard case .reloaded = try client.answer(to: .reload(.result)) else {
                    throw Surprise("no verdict")
                }
                try client.vanish()
            }
            try stage.expectDescriptors(before, of: master)
        }
    }

    // MARK: Hostile clients

    @Test(.played)
    func garbageEndsTheConversationAndNothingElse() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script())
            let before = try stage.descriptorsAtRest(master)
            let garbage: [[UInt8]] = [
                [0], Array("GET / HTTP/1.1\r\n\r\n\0".utf8), Array("{\"method\":7}\0".utf8),
                Array("{\"method\":\"io.martlet.Pool.Status\"".utf8) + [0xff, 0],
                Array(repeating: 0x5b, count: 60_000) + [0], Array("[]\0".utf8), Array("\"\0".utf8),
            ]
            for bytes in garbage {
                let client = try Client(stage)
                try client.send(bytes)
                try client.awaitClose()
                #expect(client.replies.isEmpty)
            }
            #expect(try stage.report().ready == 1)
            try stage.expectDescriptors(before, of: master)
        }
    }

    @Test(.played)
    func aFrameOfAMegabyteIsNotTaken() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script())
            let before = try stage.descriptorsAtRest(master)
            let memory = ProcessTable.memory(of: master.pid)
            let client = try Client(stage)
            var sent = 0
            let frame = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
            try stage.wait("the master hangs up") {
                if sent < frame.count { sent += try client.send(Array(frame[sent...])) }
                try client.read()
                return client.isClosed
            }
            stage.expectMemory(memory, of: master, growth: 1_024)
            try stage.expectDescriptors(before, of: master)
        }
    }

    @Test(.played)
    func fiveHundredConnectionsAreBoundedAndForgotten() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script())
            let before = try stage.descriptorsAtRest(master)
            let memory = ProcessTable.memory(of: master.pid)
            do {
                var crowd: [Client] = []
                var most = 0
                for _ in 0..<500 {
                    crowd.append(try Client(stage))
                    most = max(most, ProcessTable.descriptors(of: master.pid).count)
                }
                try stage.wait("the master has taken all that wait") {
                    for client in crowd { try client.read() }
                    return crowd.filter { !$0.isClosed }.count <= 64
                }
                #expect(most <= before + 80)
                #expect(!crowd[499].isClosed && crowd[0].isClosed)
                #expect(try stage.report().ready == 1)
                stage.expectMemory(memory, of: master, growth: 2_048)
            }
            try stage.expectDescriptors(before, of: master)
        }
    }

    @Test(.played)
    func whoeverNeverReadsIsLetGoAndCostsNothing() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script(4))
            let before = try stage.descriptorsAtRest(master)
            let memory = ProcessTable.memory(of: master.pid)
            let call = ControlRequest.status.frame
            let calls = Array(repeatElement(call, count: 10_000).joined())
            let client = try Client(stage)
            var sent = 0
            try stage.wait("the master has hung up or takes no more") {
                let count = (try? client.send(Array(calls[sent...]))) ?? 0
                sent += count
                return count == 0 && sent > 0
            }
            #expect(try stage.report().ready == 4)
            stage.expectMemory(memory, of: master, growth: 1_024)
            // One call after the other, none of the answers read, until the master takes no more.
            let slow = try Client(stage)
            try stage.wait("the answers wait in the socket") {
                for _ in 0..<8 where try slow.send(call) == 0 { return true }
                return try stage.report().ready == 4 && slow.waiting > 150_000
            }
            #expect(try stage.report().ready == 4)
            stage.expectMemory(memory, of: master, growth: 1_024)
            try slow.vanish()
            try client.vanish()
            try stage.expectDescriptors(before, of: master)
        }
    }

    @Test(.played)
    func aCallInPiecesAndWithHalfAConnectionIsAnswered() throws {
        try Stage.play { stage in
            _ = try stage.raise(Script())
            let client = try Client(stage)
            for byte in ControlRequest.status.frame.dropLast() { try client.send([byte]) }
            // Somebody else is answered meanwhile.
            #expect(try stage.report().ready == 1)
            try client.send([0])
            client.close()
            guard case .report(let report) = try client.answer(to: .status) else {
                throw Surprise("no report")
            }
            #expect(report.ready == 1)
            try client.awaitClose()
        }
    }

    @Test(.played, .enabled(if: Fixture.isRoot, "another user needs root"))
    func aStrangerIsRefusedByTheMaster() throws {
        try Stage.play { stage in
            _ = try stage.raise(Script())
            let directory = try #require(try FileSystem.status(of: stage.runDirectory))
            let socket = try #require(try FileSystem.status(of: "\(stage.runDirectory)/control"))
            #expect(directory.mode == 0o711 && socket.mode == 0o666)
            let call = """
                import socket
                s = socket.socket(socket.AF_UNIX)
                s.settimeout(20)
                s.connect("\(stage.runDirectory)/control")
                s.sendall(b'{"method":"io.martlet.Pool.Reload"}\\0')
                print(s.recv(65536), s.recv(1))
                """
            let refused = try stage.run(
                "stranger", "/usr/bin/setpriv",
                [
                    "--reuid", "65534", "--regid", "65534", "--clear-groups",
                    "/usr/bin/python3", "-IS", "-c", call,
                ])
            #expect(refused.exit == .exited(0), "\(refused.errors)")
            #expect(refused.output.contains("io.martlet.Pool.PermissionDenied"))
            #expect(refused.output.contains("65534") && refused.output.hasSuffix("b''\n"))
            #expect(!stage.saidByMaster.contains { $0.hasPrefix("RELOADING=1") })
        }
    }
}
