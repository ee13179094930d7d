// A worker's state goes forward alone, and says afterwards how it went.

import Martlet
import PoolCore
import Testing

@testable import MartletCluster
@testable import PoolMaster

@Suite(.timeLimit(.minutes(5))) struct WorkerLifeTests {
    private func cluster() -> Cluster {
        let options = Cluster.Options()
        return Cluster(.init(options, .shared), options, 1, isObserved: true)
    }

    @Test func itGoesForwardAlone() throws {
        let worker = ClusterWorker(
            try MasterPort { _, _ in }, WorkerID(slot: 2, incarnation: 7), generation: 3,
            processID: 1)
        #expect(worker.state == .forked && worker.isConnected && worker.id == 7)
        worker.rise(to: .ready)
        worker.rise(to: .online)
        #expect(worker.state == .ready)
        worker.leave(isAsked: true)
        worker.rise(to: .ready)
        worker.leave(isAsked: false)
        #expect(worker.state == .leaving && worker.exitedAfterDisconnect == nil)
        worker.die(.exited(0))
        worker.leave(isAsked: false)
        #expect(worker.isDead && !worker.isConnected && worker.exitedAfterDisconnect == true)
        #expect(worker.exitStatus == .exited(0))
    }

    @Test func whoIsKilledWasNotAsked() throws {
        let worker = ClusterWorker(
            try MasterPort { _, _ in }, WorkerID(slot: 0, incarnation: 1), generation: 1,
            processID: 1)
        worker.leave(isAsked: false)
        worker.die(.signaled(.kill, coreDumped: false))
        #expect(worker.exitedAfterDisconnect == false)
        #expect(worker.exitStatus?.description == "was killed by SIGKILL")
    }

    @Test func whatTheLoopDoesNotTakeIsRefusedInTheEnd() throws {
        let cluster = cluster()
        // It waits for the loop.
        try cluster.send("hello", to: .all)
        for _ in 1..<MasterPort.mostCommands { cluster.fork() }
        #expect(throws: MessageNotSent.queueFull) { try cluster.send(1, to: .all) }
        #expect(cluster.workers.isEmpty && cluster.worker(1) == nil)
    }

    @Test func aReloadIsAnsweredWhenThePortCloses() async throws {
        let port = try MasterPort { _, _ in }
        let verdict = await withCheckedContinuation { waiter in
            try? port.order(.reload { waiter.resume(returning: $0) })
            port.close()
        }
        #expect(verdict == .refused("the pool has stopped"))
        #expect(throws: MasterPort.Refusal.closed) { try port.order(.stop) }
    }
}
