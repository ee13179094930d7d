// Programs that are their own masters, from start to end.

import Glibc
import LinuxKernel
import PoolMaster
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct ClusterTests {
    @Test func aClusterTellsWhatHappensToItsWorkers() async throws {
        let played = try await play("life")
        let lines = played.lines
        #expect(played.exit == .exited(0))
        #expect(lines.first == "setup roundRobin" && lines.last == "the end")
        func place(_ start: String) -> Int? {
            lines.firstIndex { $0 == start || $0.hasPrefix("\(start) ") }
        }
        for id in 1...6 {
            let places = ["fork \(id)", "online \(id)", "ready \(id)"].compactMap(place)
            #expect(places.count == 3 && places == places.sorted(), "\(lines)")
            #expect(place("listening \(id)") ?? -1 > place("online \(id)") ?? .max, "\(lines)")
            let exit = place("exit \(id)") ?? -1
            #expect(exit > place("disconnect \(id)") ?? .max, "\(lines)")
            #expect(!lines[exit...].dropFirst().contains { $0.hasPrefix("ready \(id)") })
        }
        for line in [
            "workers [0, 1]", "workers [0, 1, 2]", "fork 3 in 2", "fork 4 in 0", "fork 5 in 1",
            "exit 1 was killed by SIGKILL, asked false", "dead true, again false",
            "exit 2 exited with status 0, asked true",
            // The worker that was forked stays through a reload.
            #"reloaded ["0 of 2", "1 of 2", "2 of 2"]"#,
        ] { #expect(lines.contains(line), "\(line): \(lines)") }
        let refusal = "could not reload: worker 0 could not be started: could not execute /nowhere"
        #expect(lines.contains { $0.hasPrefix(refusal) }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("exit 9 could not execute /nowhere") }, "\(lines)")
    }

    @Test func thePrimaryAndItsWorkersTalk() async throws {
        let played = try await play("messages")
        #expect(played.exit == .exited(0))
        #expect(
            played.lines.sorted() == [
                "agent says self",
                "could not send a message of 70002 bytes: it may have 65528",
                "slot(0) says go for 0 of agent",
                "slot(0) says hello for 0 of agent",
                "slot(0) says to all",
                "slot(1) says hello for 1 of agent",
                "slot(1) says to all for 1 of slot(0)",
                "slot(1) says you for 1 of agent",
            ])
    }

    @Test func bothSidesMayAwaitOnTheMainActor() async throws {
        let played = try await play("awaiting")
        #expect(played.exit == .exited(0))
        #expect(played.lines == ["steps 1, primary true", "exited with status 0"])
    }

    @Test func optionsThatCanNotBeEndTheProgram() async throws {
        #expect(try await play("limits").exit == .exited(78))
    }

    @Test func workersThatNeverGetReadyEndTheProgram() async throws {
        #expect(try await play("broken").exit == .exited(69))
    }

    @Test func socketsThatArePassedAreTakenInPlaceOfItsOwn() async throws {
        let (greeted, exit, count) = try await onThread {
            let name = poolName("passed")
            guard let address = SocketAddress(listenStream: "@\(name)") else {
                throw SupportFailed("@\(name) is no address")
            }
            var request = try sceneRequest(["greeting", name, "@\(name)-other"])
            request.descriptors = [SharedDescriptor(try ListeningSocket.make(at: address))]
            request.environment += ["LISTEN_FDS=1", "LISTEN_FDNAMES=passed"]
            request.ownPidVariables = ["LISTEN_PID"]
            let playing = try Playing(request)
            let lines = try playing.lines(2)
            let greeted = try greeting(at: name)
            // Whichever thread of it the kernel gives the signal to.
            try playing.process.signal(SIGTERM)
            let exit = try playing.awaitExit()
            return (greeted, exit, lines.filter { $0.hasSuffix("at @\(name)") }.count)
        }
        #expect(greeted.hasPrefix("slot ") && greeted.hasSuffix(" of 1 by passed\n"))
        #expect(exit == .exited(0) && count == 2)
    }

    @Test func workersOfAPrimaryThatIsKilledEndAndNoneBecomesOne() async throws {
        let (count, exit, areGone) = try await onThread {
            let name = poolName("killed")
            let playing = try Playing(try sceneRequest(["greeting", name, "@\(name)"]))
            let pids = try playing.lines(2).compactMap { line in
                line.split(separator: " ").first.flatMap { Int32($0) }
            }
            try playing.process.signal(SIGKILL)
            let exit = try playing.awaitExit()
            let areGone = try eventually {
                pids.allSatisfy { kill($0, 0) != 0 || isZombie($0) }
            }
            // Which nobody else would do before a primary of that name.
            try RunDirectory.make(pool: name).remove()
            return (pids.count, exit, areGone)
        }
        #expect(exit == .signaled(SIGKILL, coreDumped: false))
        #expect(count == 2 && areGone)
    }

    @Test func aProgramThatIsStartedByALinkStartsItsWorkersByThat() async throws {
        let (isSame, exit) = try await onThread {
            let name = poolName("link")
            let directory = try TemporaryDirectory()
            let link = "\(directory.path)/current"
            var request = try sceneRequest(["greeting", name, "@\(name)"])
            symlink(request.executable, link)
            request.executable = link
            let playing = try Playing(request)
            let pid = try playing.lines(2)[0].prefix { $0 != " " }
            let bytes = try FileSystem.readFile("/proc/\(pid)/cmdline", limit: 4_096)
            try playing.process.signal(SIGTERM)
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return (
                words == [link, "greeting", name, "@\(name)"], try playing.awaitExit()
            )
        }
        #expect(isSame && exit == .exited(0))
    }

    @Test func underMartletdTheSameProgramIsAWorker() async throws {
        let (greeted, exit) = try await onThread {
            let name = poolName("daemon")
            let directory = try TemporaryDirectory()
            let program = try sceneRequest([]).executable
            let file = "\(directory.path)/\(name).conf"
            let text = """
                [Socket]
                ListenStream=@\(name)
                FileDescriptorName=daemon
                [Pool]
                Workers=1
                Protocol=martlet
                Dispatch=round-robin
                [Worker]
                ExecStart=\(program) greeting \(name)

                """
            try FileSystem.writeFile(file, text.utf8, mode: 0o644)
            let martletd = "\(program.dropLast("ClusterProbe".count))martletd"
            var request = try sceneRequest([])
            request.executable = martletd
            request.arguments = [martletd, "--config", file]
            let playing = try Playing(request)
            var greeted = ""
            _ = try eventually {
                greeted = (try? greeting(at: name)) ?? ""
                return !greeted.isEmpty
            }
            try playing.process.signal(SIGTERM)
            return (greeted, try playing.awaitExit())
        }
        #expect(greeted == "slot 0 of 1 by daemon\n")
        #expect(exit == .exited(0))
    }

    @Test func theReloadSignalReplacesAllWorkers() async throws {
        let (before, after, exit) = try await onThread {
            let name = poolName("reload")
            let playing = try Playing(try sceneRequest(["greeting", name, "@\(name)"]))
            _ = try playing.lines(2)
            let before = try greeting(at: name)
            try playing.process.signal(SIGHUP)
            _ = try playing.lines(4)
            // Both of the first generation may accept until they are told to leave.
            var after = before
            _ = try eventually {
                after = try greeting(at: name)
                return after.contains(" of 2 ")
            }
            try playing.process.signal(SIGTERM)
            return (before, after, try playing.awaitExit())
        }
        #expect(before.contains(" of 1 ") && after.contains(" of 2 "))
        #expect(exit == .exited(0))
    }
}

/// Whether it has ended and nobody has taken its status: who inherits it may not care.
private func isZombie(_ pid: Int32) -> Bool {
    guard let status = try? FileSystem.readFile("/proc/\(pid)/stat", limit: 4_096) else {
        return true
    }
    return String(decoding: status, as: UTF8.self).contains(") Z ")
}
