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
        tally.countMessage()
        let sender = MessageSender(worker.id)
        pass(message, from: sender, sentBy: worker.id, isChecked: isChecked)
        if company.presentAgent == nil { tellPort(message, from: sender) }
    }

    /// - Parameter id: Of the worker who has sent it; `nil` if it was none.
    /// - Returns: How many programs are told.
    @discardableResult
    func pass(
        _ message: PoolMessage, from sender: MessageSender, sentBy id: WorkerID?, isChecked: Bool
    ) -> Int {
        if message.to == .subscribers {
            if isChecked || message.isSound {
                publish(.message(body: message.body, sender: sender))
            }
            return 0
        }
        let recipients = message.to.recipients(
            among: company.workers.servingWorkers, rising: company.workers.risingWorkers,
            agent: company.presentAgent, from: id, chance: .random(in: 0 ... .max))
        return recipients.count { deliver(message, to: $0, from: sender, isChecked) }
    }

    /// - Returns: Whether it is told.
    @discardableResult
    func deliver(
        _ message: PoolMessage, to id: WorkerID, from sender: MessageSender, _ isChecked: Bool
    ) -> Bool {
        guard let worker = workers[id.incarnation], let session = worker.session else {
            return false
        }
        guard session.deliver(message, from: sender, isChecked: isChecked) else {
            warnOfDropped(worker, "is not told what others say: it does not read its channel")
            return false
        }
        watchChannel(of: worker)
        return true
    }

    /// Tells the agent who serves, if that is news to it.
    func tellAgentOfWorkers() {
        guard let agent = company.servingAgent, let handle = workers[agent.incarnation],
            let session = handle.session
        else { return }
        let serving = company.workers.servingWorkers
        guard handle.knownWorkers != serving else { return }
        let entries = serving.compactMap { id in
            workers[id.incarnation].map {
                WorkerRoll.Entry(slot: id.slot, pid: $0.process.pid, generation: $0.generation)
            }
        }
        guard session.tell(WorkerRoll(workers: entries)) else {
            return warnOfDropped(
                handle, "is not told who serves: it does not read its channel")
        }
        handle.knownWorkers = serving
        watchChannel(of: handle)
    }

    /// Each thing once for each worker: where one message is dropped, many will be.
    func warnOfDropped(_ worker: WorkerHandle, _ predicate: String) {
        guard worker.warned.insert(predicate).inserted else { return }
        chronicle.tell(
            .warning, .messageDropped, "\(worker.title) \(predicate)", worker.fields)
    }
}
