// What a program sets is what a file would set.

import PoolConfiguration
import PoolCore
import Testing

@testable import MartletCluster
@testable import PoolMaster

@Suite struct OptionsTests {
    private func settings(
        _ options: Cluster.Options = Cluster.Options(),
        _ policy: Cluster.SchedulingPolicy = .shared, workers: Cluster.WorkerCount = .automatic
    ) throws -> PoolSettings {
        var options = options
        options.name = "web"
        return try Cluster.Settings(options, policy).poolSettings(options, workers).get()
    }

    private func complaint(_ change: (inout Cluster.Options) -> Void) -> String {
        var options = Cluster.Options()
        change(&options)
        do {
            _ = try settings(options)
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test func whatIsNotSetIsAsInAnEmptyFile() throws {
        let policy = try settings().policy(availableProcessors: 3)
        var worker = WorkerPolicy()
        worker.disconnects = true
        #expect(policy == PoolPolicy(workers: 3, worker: worker))
    }

    @Test func eachOptionHasItsPlace() throws {
        var options = Cluster.Options()
        options.spare = 1
        options.rolloutSurge = 2
        options.rolloutMaxUnready = 3
        options.rolloutSettle = .milliseconds(4)
        options.readiness = .exec
        options.startTimeout = .seconds(5)
        options.stopTimeout = .zero
        options.killSignal = .terminate
        options.finalKillSignal = .quit
        options.watchdogInterval = .seconds(6)
        options.watchdogSignal = .user1
        options.restart = .onFailure
        options.restartDelay = .milliseconds(7)
        options.restartSteps = 8
        options.restartMaxDelay = .seconds(9)
        options.restartReset = .seconds(10)
        options.startLimitInterval = .seconds(11)
        options.startLimitBurst = 12
        options.lifetime = .seconds(13)
        options.lifetimeExtra = .microseconds(14)
        options.memoryLimit = 15 << 20
        options.successExitStatus = [.exited(16), .signaled(.user2)]
        options.restartPreventExitStatus = [.signaled(.init(rawValue: 35))]
        var worker = WorkerPolicy()
        worker.readiness = .exec
        worker.startTimeout = .seconds(5)
        worker.stopTimeout = nil
        worker.disconnects = true
        worker.killSignal = .terminate
        worker.finalKillSignal = .quit
        worker.watchdogInterval = .seconds(6)
        worker.watchdogSignal = .user1
        worker.restart = .onFailure
        worker.restartDelay = .milliseconds(7)
        worker.restartSteps = 8
        worker.restartMaxDelay = .seconds(9)
        worker.restartReset = .seconds(10)
        worker.startLimitInterval = .seconds(11)
        worker.startLimitBurst = 12
        worker.lifetime = .seconds(13)
        worker.lifetimeExtra = .microseconds(14)
        worker.memoryLimit = 15 << 20
        worker.successExitStatus = ExitStatusSet(codes: [16], signals: [.user2])
        worker.restartPreventExitStatus = ExitStatusSet(signals: [PoolCore.Signal(35)])
        let policy = PoolPolicy(
            workers: 4, spare: 1, rolloutSurge: 2, rolloutMaxUnready: 3,
            rolloutSettle: .milliseconds(4), worker: worker)
        #expect(try settings(options, workers: 4).policy(availableProcessors: 9) == policy)
    }

    @Test func theCommandAndTheVariablesAreTakenAsTheyAre() throws {
        var options = Cluster.Options()
        options.environment = ["PATTERN": "100%w $HOME"]
        options.workingDirectory = "/srv/100%i"
        let worker = try settings(options).worker
        let variables = worker.environment(post: .slot(1), generation: 1)
        #expect(variables.map(\.name) == ["PATTERN"])
        #expect(variables.map(\.value) == ["100%w $HOME"])
        let directory = worker.workingDirectory?.path.expand(post: .slot(0), generation: 1)
        #expect(directory == "/srv/100%i")
        let command = worker.command.resolve(post: .slot(0), generation: 1, environment: [:])
        #expect(command.arguments.dropFirst() == CommandLine.arguments.dropFirst())
    }

    @Test func eachPolicyIsTheDispatchOfItsName() throws {
        #expect(try settings().dispatchPolicy == nil)
        #expect(try settings(.init(), .roundRobin).dispatchPolicy == .roundRobin)
        #expect(try settings(.init(), .leastConnections).dispatchPolicy == .leastConnections)
        #expect(try settings(.init(), .sourceHash(.wait)).dispatchPolicy == .sourceHash(.wait))
        let shared = Cluster.SchedulingPolicy.sourceHash(.shared)
        #expect(try settings(.init(), shared).dispatchPolicy == .sourceHash(.shared))
    }

    @Test func countsAreThoseOfWorkers() throws {
        let count = { try settings(workers: $0).policy(availableProcessors: 8).workers }
        #expect(try count(.automatic) == 8)
        #expect(try count(.automaticLess(3)) == 5)
        #expect(try count(2) == 2)
        #expect(throws: StartRefused.self) { try count(0) }
        #expect(throws: StartRefused.self) { try count(.automaticLess(-3)) }
        #expect(Cluster.WorkerCount.fixed(3).adding(2) == .fixed(5))
        #expect(Cluster.WorkerCount.fixed(1_024).adding(2) == .fixed(1_024))
        #expect(Cluster.WorkerCount.automatic.adding(0) == .automatic)
    }

    @Test func whatContradictsItselfIsRefusedWithTheDirective() {
        let nobody = complaint {
            $0.rolloutSurge = 0
            $0.rolloutMaxUnready = 0
        }
        #expect(nobody.hasPrefix("options: [Pool] RolloutSurge=0 starts nobody"))
        let delays = complaint {
            $0.restartDelay = .seconds(2)
            $0.restartMaxDelay = .seconds(1)
        }
        #expect(delays.hasPrefix("options: [Worker] RestartMaxDelaySec=1s (options) is shorter"))
        #expect(complaint { $0.restartDelay = .seconds(60) } == "none")
        let negative = complaint { $0.startTimeout = .seconds(-1) }
        #expect(negative == "options: [Worker] TimeoutStartSec: a time span is never negative")
        let far = complaint { $0.lifetime = .seconds(Int64.max) }
        #expect(far.hasPrefix("options: [Worker] RuntimeMaxSec: is too long a time span"))
        let memory = complaint { $0.memoryLimit = 1 }
        #expect(memory.hasPrefix("options: [Worker] RecycleMemory: expects a size of at least"))
        let own = complaint { $0.environment = ["LISTEN_FDS": "1"] }
        #expect(own.hasPrefix("options: [Worker] Environment: LISTEN_FDS is set by martlet"))
        let directory = complaint { $0.workingDirectory = "here" }
        #expect(directory == "options: [Worker] WorkingDirectory: expects an absolute path")
        let signal = complaint { $0.killSignal = .init(rawValue: 99) }
        #expect(signal.hasPrefix("options: [Worker] KillSignal: no such signal"))
    }

    @Test func theNameIsMadeOfTheProgramsName() {
        #expect(Cluster.Settings.name(of: "/usr/bin/web-2.x_y") == "web-2.x_y")
        #expect(Cluster.Settings.name(of: "/tmp/-.my prögram²") == "myprgram")
        #expect(Cluster.Settings.name(of: "/") == "")
    }
}
