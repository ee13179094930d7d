// The channels of Node workers in the loop.

import LinuxKernel
import PoolCore
import Systemd

extension Master {
    /// Takes what a worker has written on its channel, and sends what it can take.
    func serveChannel(_ number: UInt64) {
        guard let worker = workers[number], let session = worker.node else { return }
        session.flush()
        let wasStrange = session.isStrange
        for news in session.receive() { take(news, of: number) }
        if !session.isOpen { leaveRotations(number, isGone: true) }
        if session.isStrange, !wasStrange { warnOfHandshake(worker) }
        watchChannel(of: worker)
    }

    /// Asks a worker through its channel to leave.
    func disconnect(_ id: WorkerID) {
        leaveRotations(id.incarnation, isGone: false)
        guard let worker = workers[id.incarnation], let session = worker.node,
            session.disconnect()
        else { return tell(.unreachable(id)) }
        watchChannel(of: worker)
    }

    private func warnOfHandshake(_ worker: WorkerHandle) {
        chronicle.tell(
            .warning, .strangeHandshake,
            "worker \(worker.id.slot) does not begin as programs on Node 18 and 20 do; if it never "
                + "gets ready, look at docs/node.md",
            [
                JournalField("MARTLET_WORKER", "\(worker.id.slot)"),
                JournalField("WORKER_PID", "\(worker.process.pid)"),
            ])
    }

    /// What the kernel is to tell of the channel from now on.
    func watchChannel(of worker: WorkerHandle) {
        // The worker may be gone by what it has said.
        guard let session = worker.node, workers[worker.id.incarnation] != nil else { return }
        let channel = session.channel
        let wanted: EpollEvents =
            !session.isOpen ? [] : channel.hasOutput ? [.readable, .writable] : .readable
        guard worker.channelEvents != wanted else { return }
        worker.channelEvents = wanted
        if wanted.isEmpty {
            unwatch(channel.end.descriptor)
        } else {
            try? epoll.modify(
                channel.end.descriptor, wanted, token: Token.channel(worker.id.incarnation).rawValue
            )
        }
    }
}
