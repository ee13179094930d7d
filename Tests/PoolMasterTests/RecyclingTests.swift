// Workers that grow too large, and crash loops that no configuration stops: what the master makes of
// them with real processes.

import Glibc
import LinuxKernel
import Testing

@Suite struct RecyclingTests {
    /// The worker alone, or with what it has started, where cgroups are ours to make.
    @Test(.played)
    func aWorkerThatHasGrownTooLargeIsReplacedNewFirst() throws {
        try Stage.play { stage in
            try stage.makeGate("gate")
            let script = Script(
                1, "ready", "gate:gate", "grow:64", "wait",
                pool: ["RolloutSettleSec=0"], worker: ["RecycleMemory=48M"])
            let master = try stage.raise(script)
            let before = try stage.descriptorsAtRest(master)
            let old = try #require(try stage.report().workers.first)
            try stage.open("gate")
            try stage.await("puppet 0/1 has grown")
            try stage.await("puppet 0/1 got INT")
            let leaves = try stage.place(of: "puppet 0/1 got INT")
            #expect(stage.record[..<leaves].count { $0.text == "puppet 0/1 ready" } == 2)
            try stage.expectDescriptors(before, of: master)
            let worker = try #require(try stage.report().workers.first)
            #expect(worker.pid != old.pid && worker.restarts == 0)
            #expect(master.errors.contains("MiB of memory, over 48 MiB"))
        }
    }

    /// With `RestartResetSec=0` each end counts as the first, and only the pool's own pace is left.
    @Test(.played)
    func aBadConfigurationCanNotConsumeTheProcessor() throws {
        try Stage.play { stage in
            let workers = 16
            let script = Script(
                workers, "log:starts", "exit:1",
                worker: [
                    "Type=exec", "RestartSec=0", "RestartSteps=0", "RestartResetSec=0",
                    "StartLimitBurst=0",
                ])
            let began = MonotonicClock.now()
            let master = try stage.begin(script)
            func starts() -> Int { stage.saidByPuppets.count { $0.hasSuffix("starts") } }
            // The first of each, a burst of as many, and then some that were waited for.
            try stage.wait("workers start and end") { starts() >= 2 * workers + 20 }
            let milliseconds = (MonotonicClock.now() - began) / 1_000_000
            #expect(starts() <= 2 * workers + Int(milliseconds) / 100 + 1)
            #expect(milliseconds >= 1_900)
            let told = master.errors.split(separator: "\n").count {
                $0.contains("workers end faster than the pool starts new ones")
            }
            #expect(told == 1)
        }
    }
}
