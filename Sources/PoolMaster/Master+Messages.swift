// Messages between workers in the loop.
// Invariant: nobody waits for a worker that does not read; what it can't be told is dropped, and that
// is said once.

import LinuxKernel
import PoolCore
import PoolWire
import Systemd

extension Master {
    /// Passes a worker's message on.
    ///
    /// - Parameter isChecked: Whether its body is known to be JSON.
    func pass(_ message: PoolMessage, of worker: WorkerHandle, isChecked: Bool) {
        let recipients = message.to.recipients(
            among: pool.servingWorkers, from: worker.id, chance: .random(in: 0 ... .max))
        for id in recipients { deliver(message, to: id, from: worker.id.slot, isChecked) }
    }

    private func deliver(
        _ message: PoolMessage, to id: WorkerID, from sender: Slot?, _ isChecked: Bool
    ) {
        guard let worker = workers[id.incarnation], let session = worker.session else { return }
        guard session.deliver(message, from: sender, isChecked: isChecked) else {
            return warnOfDropped(
                worker, "is not told what others say: it does not read its channel")
        }
        watchChannel(of: worker)
    }

    /// Each thing once for each worker: where one message is dropped, many will be.
    func warnOfDropped(_ worker: WorkerHandle, _ predicate: String) {
        guard worker.warned.insert(predicate).inserted else { return }
        chronicle.tell(
            .warning, .messageDropped, "worker \(worker.id.slot) \(predicate)",
            [
                JournalField("MARTLET_WORKER", "\(worker.id.slot)"),
                JournalField("WORKER_PID", "\(worker.process.pid)"),
            ])
    }
}
