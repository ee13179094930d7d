// Connections in the loop: accepted here, given to workers.

import LinuxKernel
import PoolCore

extension Master {
    /// Gives out what a socket has, within one turn's measure.
    func passConnections(_ dispatcher: Dispatcher) {
        guard !isEmptying else { return rest(dispatcher) }
        let now = Self.now
        var receivers: [UInt64] = []
        for (id, connection) in dispatcher.release(at: now) {
            guard !give(connection, to: id, dispatcher, &receivers) else { continue }
            pass(connection, dispatcher, at: now, &receivers)
        }
        dispatcher.acceptAll(at: now) { pass($0, dispatcher, at: now, &receivers) }
        watch(dispatcher)
        for number in receivers { send(to: number) }
    }

    private func pass(
        _ connection: Dispatcher.Connection, _ dispatcher: Dispatcher, at now: Instant,
        _ receivers: inout [UInt64]
    ) {
        while let id = dispatcher.roster.pick(connection.source, at: now) {
            if give(connection, to: id, dispatcher, &receivers) { return }
        }
        dispatcher.takeBack(connection)
    }

    /// - Returns: False if it can't be given any, and is in the roster no more.
    private func give(
        _ connection: Dispatcher.Connection, to id: WorkerID, _ dispatcher: Dispatcher,
        _ receivers: inout [UInt64]
    ) -> Bool {
        guard let session = workers[id.incarnation]?.session,
            session.give(connection, from: dispatcher.index)
        else {
            dispatcher.roster.leave(id)
            return false
        }
        tally.countConnection(to: id.slot)
        if !receivers.contains(id.incarnation) { receivers.append(id.incarnation) }
        return true
    }

    private func send(to number: UInt64) {
        guard let worker = workers[number], let session = worker.session else { return }
        session.flush()
        watchChannel(of: worker)
        if !session.isOpen { leaveRosters(worker.id, isGone: true) }
    }

    /// A worker's server is open.
    func join(_ worker: WorkerHandle, _ index: Int) {
        guard let policy = settings[worker.generation]?.dispatchPolicy else { return }
        dispatcher(index).roster.join(worker.id, policy)
    }

    func takeBack(_ connection: Dispatcher.Connection, _ index: Int, refusedBy id: WorkerID) {
        guard let dispatcher = dispatchers[index] else { return }
        dispatcher.roster.refused(by: id, at: Self.now)
        dispatcher.takeBack(connection)
    }

    /// One that the master before has accepted.
    func takeIn(_ connection: SharedDescriptor, _ index: Int) {
        dispatcher(index).takeIn(connection)
    }

    /// It gets no further connections; with `isGone` those that it has not taken go to others.
    func leaveRosters(_ id: WorkerID, isGone: Bool) {
        guard !dispatchers.isEmpty else { return }
        for dispatcher in dispatchers.values { dispatcher.roster.leave(id) }
        if isGone, let session = workers[id.incarnation]?.session {
            for (index, connection) in session.takeBack() {
                dispatchers[index]?.takeBack(connection)
            }
        }
        for dispatcher in dispatchers.values where dispatcher.hasWaiting || dispatcher.isWatched {
            passConnections(dispatcher)
        }
    }

    /// Nobody is left to whom the master could give connections, and nobody like that will come.
    func giveUpDispatch() {
        for dispatcher in dispatchers.values where dispatcher.isWatched {
            unwatch(dispatcher.socket.shared.descriptor)
        }
        dispatchers = [:]
    }

    /// When a socket has to be looked at again.
    var nextDispatch: Instant? {
        guard !dispatchers.isEmpty else { return nil }
        let now = Self.now
        return dispatchers.values.lazy.compactMap { $0.nextDeadline(after: now) }.min()
    }

    /// Somebody may be able to take what nobody could before.
    func resumeDispatch() {
        for dispatcher in dispatchers.values where !dispatcher.isWatched || dispatcher.hasWaiting {
            passConnections(dispatcher)
        }
    }

    func dispatcher(_ index: Int) -> Dispatcher {
        if let dispatcher = dispatchers[index] { return dispatcher }
        let dispatcher = Dispatcher(arrangement.sockets[index], index: index)
        dispatchers[index] = dispatcher
        return dispatcher
    }

    /// The kernel tells of connections only while somebody can take them; they wait there.
    private func watch(_ dispatcher: Dispatcher) {
        let isWanted = dispatcher.isReady(at: Self.now)
        if !isWanted { hurryChannels() }
        guard isWanted != dispatcher.isWatched else { return }
        let descriptor = dispatcher.socket.shared
        if isWanted {
            let token = Token.connections(UInt64(dispatcher.index))
            dispatcher.isWatched =
                (try? watch(descriptor.descriptor, .readable, token)) != nil
        } else {
            rest(dispatcher)
        }
    }

    /// Nothing is accepted until it is looked at again.
    func rest(_ dispatcher: Dispatcher) {
        guard dispatcher.isWatched else { return }
        unwatch(dispatcher.socket.shared.descriptor)
        dispatcher.isWatched = false
    }
}
