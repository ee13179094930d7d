// The workers that there are, and what happens to them, as the loop tells it.
// Invariant: a worker is known from its fork to its exit; whoever is told of an event finds the workers
// as it has left them.

import LinuxKernel
import Martlet
import PoolCore
import PoolMaster

final class Roll: Sendable {
    let desk = EventDesk()
    private let known = Locked<[UInt64: ClusterWorker]>([:])

    /// In the order of their ids.
    var workers: [ClusterWorker] {
        known.withLock { Array($0.values) }.sorted { $0.id < $1.id }
    }

    func worker(_ id: UInt64) -> ClusterWorker? { known.withLock { $0[id] } }

    /// On the loop's thread.
    func take(_ news: MasterNews, from port: MasterPort) {
        switch news {
        case .forked(let id, let generation, let pid):
            let worker = ClusterWorker(port, id, generation: generation, processID: pid)
            known.withLock { $0[id.incarnation] = worker }
            desk.tell(.fork(worker))
        case .online(let id):
            tell(id) { worker in
                worker.rise(to: .online)
                return .online(worker)
            }
        case .ready(let id):
            tell(id) { worker in
                worker.rise(to: .ready)
                return .ready(worker)
            }
        case .listening(let id, let address): tell(id) { .listening($0, address: address) }
        case .leaving(let id, let isAsked): worker(id.incarnation)?.leave(isAsked: isAsked)
        case .disconnected(let id):
            tell(id) { worker in
                worker.lose()
                return .disconnect(worker)
            }
        case .exited(let id, let status): bury(id, Cluster.ExitStatus(status))
        case .notStarted(let id, let why): bury(id, .notStarted(why))
        case .message(let body, let sender):
            desk.tell(.message(Message(sender: Sender(sender), body: body)))
        }
    }

    private func tell(_ id: WorkerID, _ event: (ClusterWorker) -> Cluster.Event) {
        guard let worker = worker(id.incarnation) else { return }
        desk.tell(event(worker))
    }

    /// One for which there was never a process has no event either: its slot's next one does.
    private func bury(_ id: WorkerID, _ status: Cluster.ExitStatus) {
        let worker = known.withLock { $0.removeValue(forKey: id.incarnation) }
        guard let worker else { return }
        worker.die(status)
        desk.tell(.exit(worker, status))
    }
}
