// The channels of Node workers in the loop.

import LinuxKernel
import PoolCore

extension Master {
    /// Takes what a worker has written on its channel, and sends what it can take.
    func serveChannel(_ number: UInt64) {
        guard let worker = workers[number], let session = worker.node else { return }
        session.flush()
        for notice in session.receive() { tell(.noticed(worker.id, notice)) }
        watchChannel(of: worker)
    }

    /// Asks a worker through its channel to leave.
    func disconnect(_ id: WorkerID) {
        guard let worker = workers[id.incarnation], let session = worker.node,
            session.disconnect()
        else { return tell(.unreachable(id)) }
        watchChannel(of: worker)
    }

    /// What the kernel is to tell of the channel from now on.
    private func watchChannel(of worker: WorkerHandle) {
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
                channel.end.descriptor, wanted, token: Token.channel(worker.id.incarnation).rawValue)
        }
    }
}
