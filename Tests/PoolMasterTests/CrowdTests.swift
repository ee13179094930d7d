// Crowds on the control socket: nobody keeps those who may do more from being answered.

import Glibc
import LinuxKernel
import PoolWire
import Testing

@testable import PoolMaster

@Suite struct CrowdTests {
    // MARK: Who makes room

    /// A server with so many clients of a right, who listen or not.
    private final class Hall {
        let server: ControlServer
        private let path: String
        private var ends: [SharedDescriptor] = []

        init() throws {
            path = "/tmp/martlet-hall-\(getpid())-\(UInt64.random(in: 0 ... .max))"
            server = try ControlServer(path: path)
        }

        deinit { server.close() }

        @discardableResult
        func admit(
            _ count: Int, _ right: ControlAccess.Right, listening: Bool = false
        ) throws -> [ControlSession] {
            let sessions = try (0..<count).map { _ in
                let (own, other) = try ChannelPair.make(.stream)
                ends.append(other)
                return server.admit(try own.descriptor.duplicate(), right)
            }
            for session in sessions { session.isSubscribed = listening }
            return sessions
        }

        /// Those who were let go.
        func makeRoom() -> [UInt64] {
            let gone = server.makeRoom().map(\.number)
            for number in gone { server.drop(number) }
            return gone
        }
    }

    private func isTurnedAway(_ session: ControlSession) -> Bool {
        ControlRequest.status.frame.withUnsafeBytes {
            session.conversation.receive($0).hangUp != nil
        }
    }

    @Test func membersOfTheGroupWhoListenDoNotKeepRootFromAsking() throws {
        let hall = try Hall()
        // All connect before the first of them listens, so that none is told there are too many.
        try hall.admit(80, .look, listening: true)
        try hall.admit(40, .none)
        let root = try hall.admit(1, .change)[0]
        let gone = hall.makeRoom()
        #expect(!gone.contains(root.number))
        #expect(!isTurnedAway(root))
        #expect(hall.server.clients.values.count { $0.right == .look } == 48)
        #expect(hall.server.clients.values.count { $0.right == .none } == 16)
    }

    @Test func rootThatListensLeavesNothingLessToMembersOfTheGroup() throws {
        let hall = try Hall()
        try hall.admit(48, .change, listening: true)
        let (root, member) = (try hall.admit(1, .change)[0], try hall.admit(1, .look)[0])
        #expect(isTurnedAway(root) && !isTurnedAway(member))
        #expect(hall.makeRoom().isEmpty)
    }

    @Test func theNewestStaysWhereAllBeforeItListen() throws {
        for right in [ControlAccess.Right.look, .change] {
            let hall = try Hall()
            let crowd = try hall.admit(
                ControlServer.Room.of(right).most, right, listening: true)
            let newest = try hall.admit(1, right)[0]
            // It is to be told that there are too many.
            #expect(isTurnedAway(newest))
            #expect(hall.makeRoom() == [crowd.last?.number])
        }
    }

    @Test func theOldestOfThoseWhoWaitForNothingGoFirst() throws {
        let hall = try Hall()
        let listening = try hall.admit(10, .change, listening: true)
        let idle = try hall.admit(60, .change)
        #expect(hall.makeRoom() == idle.prefix(6).map(\.number))
        #expect(listening.allSatisfy { hall.server.session($0.number) != nil })
    }

    // MARK: Strangers

    @Test(.played, .enabled(if: Fixture.isRoot, "another user needs root"))
    func twoHundredStrangersWhoHoldConnectionsDoNotKeepRootFromBeingAnswered() throws {
        try Stage.play { stage in
            let master = try stage.raise(Script())
            let before = try stage.descriptorsAtRest(master)
            let memory = ProcessTable.memory(of: master.pid)
            chmod(stage.runDirectory, 0o755)
            // Each says nothing, or half a call; whoever is let go comes again at once.
            let crowd = """
                import select, signal, socket
                def come():
                    s = socket.socket(socket.AF_UNIX)
                    s.connect("\(stage.runDirectory)/control")
                    if len(held) % 2: s.sendall(b'{"method":"io.martlet.Pool.Sta')
                    poll.register(s, select.POLLIN)
                    held[s.fileno()] = s
                held = {}
                poll = select.poll()
                for _ in range(200): come()
                print("they are there", flush=True)
                left = 2000
                while left:
                    for number, _ in poll.poll():
                        if left == 0: break
                        left -= 1
                        poll.unregister(number)
                        held.pop(number).close()
                        come()
                print("they have come again", flush=True)
                signal.pause()
                """
            let strangers = try stage.start(
                "strangers", "/usr/bin/setpriv",
                [
                    "--reuid", "65534", "--regid", "65534", "--clear-groups", "/usr/bin/python3",
                    "-IS", "-c", crowd,
                ])
            try stage.wait("two hundred strangers hold connections") {
                strangers.output.contains("they are there")
            }
            var asked = 0
            try stage.wait("they have come again and again") {
                guard try stage.report().ready == 1 else { throw Surprise("nobody is ready") }
                asked += 1
                return strangers.output.contains("they have come again")
            }
            #expect(asked > 0)
            #expect(try stage.martletctl("status", stage.pool).exit == .exited(0))
            #expect(try stage.martletctl("reload", stage.pool).exit == .exited(0))
            // Some are let in to be told; the crowd is not.
            #expect(ProcessTable.descriptors(of: master.pid).count <= before + 40)
            stage.expectMemory(memory, of: master, growth: 2_048)
            try strangers.signal(SIGKILL)
            _ = try stage.awaitExit(strangers)
            try stage.expectDescriptors(before, of: master)
        }
    }
}
