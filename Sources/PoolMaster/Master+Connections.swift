// Connections in the loop: accepted here, given to workers one after the other.

import LinuxKernel
import PoolCore

extension Master {
    /// Gives out what a socket has, within one turn's measure.
    func passConnections(_ dispatcher: Dispatcher) {
        var budget = Dispatcher.mostPerTurn
        while budget > 0, dispatcher.rotation.canPick(at: Self.now),
            let connection = dispatcher.next(at: Self.now)
        {
            give(connection, dispatcher)
            budget -= 1
        }
        watch(dispatcher)
    }

    private func give(_ connection: SharedDescriptor, _ dispatcher: Dispatcher) {
        while let number = dispatcher.rotation.pick(at: Self.now) {
            if let worker = workers[number], let session = worker.node,
                session.give(connection, from: dispatcher.index)
            {
                return watchChannel(of: worker)
            }
            dispatcher.rotation.leave(number)
        }
        dispatcher.takeBack(connection)
    }

    /// A worker's server is open, closed, or has answered for a connection.
    func take(_ news: NodeSession.News, of number: UInt64) {
        switch news {
        case .notice(let notice):
            guard let worker = workers[number] else { return }
            tell(.noticed(worker.id, notice))
        case .opened(let index):
            dispatcher(index).rotation.join(number)
            passConnections(dispatcher(index))
        case .closed(let index): dispatchers[index]?.rotation.leave(number)
        case .took(let index):
            guard let dispatcher = dispatchers[index] else { return }
            dispatcher.rotation.accepted(by: number)
            if !dispatcher.isWatched { passConnections(dispatcher) }
        case .refused(let index, let connection):
            guard let dispatcher = dispatchers[index] else { return }
            dispatcher.rotation.refused(by: number, at: Self.now)
            dispatcher.takeBack(connection)
            passConnections(dispatcher)
        }
    }

    /// It gets no further connections; with `isGone` those that it has not taken go to others.
    func leaveRotations(_ number: UInt64, isGone: Bool) {
        guard !dispatchers.isEmpty else { return }
        for dispatcher in dispatchers.values { dispatcher.rotation.leave(number) }
        guard isGone, let session = workers[number]?.node else { return }
        for (index, connection) in session.takeBack() { dispatchers[index]?.takeBack(connection) }
        for dispatcher in dispatchers.values { passConnections(dispatcher) }
    }

    /// When a socket has to be looked at again.
    var nextDispatch: Instant? {
        dispatchers.values.compactMap { $0.nextDeadline(after: Self.now) }.min()
    }

    func resumeDispatch() {
        for dispatcher in dispatchers.values where !dispatcher.isWatched {
            passConnections(dispatcher)
        }
    }

    private func dispatcher(_ index: Int) -> Dispatcher {
        if let dispatcher = dispatchers[index] { return dispatcher }
        let dispatcher = Dispatcher(arrangement.sockets[index], index: index)
        dispatchers[index] = dispatcher
        return dispatcher
    }

    /// The kernel tells of connections only while somebody can take them; they wait there.
    private func watch(_ dispatcher: Dispatcher) {
        let isWanted = dispatcher.isReady(at: Self.now)
        guard isWanted != dispatcher.isWatched else { return }
        let descriptor = dispatcher.socket.shared
        if isWanted {
            let token = Token.connections(UInt64(dispatcher.index))
            dispatcher.isWatched =
                (try? watch(descriptor.descriptor, .readable, token)) != nil
        } else {
            unwatch(descriptor.descriptor)
            dispatcher.isWatched = false
        }
    }
}
