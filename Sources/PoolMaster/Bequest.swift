// What was open when this process began: the pool's sockets, and what the master before has left.
// Invariant: a socket that was passed to us is kept open, whatever becomes of the rest.

import LinuxKernel
import PoolConfiguration
import Systemd

struct Bequest {
    let sockets: [PoolSocket]
    let succession: Succession?
    let refused: RefusedState?

    /// - Throws: If a socket is none that workers can share.
    static func take(by configuration: Configuration) throws(StartRefused) -> Bequest {
        let passed = try StartRefused.wrapping { () throws(SystemError) in try Activation.take() }
        let handed = try StartRefused.wrapping { () throws(SystemError) in
            try Activation.takeHandover()
        }
        let kept = KeptDescriptors(passed.stored + handed.stored)
        let (succession, refused) = find(kept, by: configuration)
        var sockets = try PoolSocket.checked(passed.sockets + handed.sockets)
        let before = succession?.state.sockets ?? []
        for index in sockets.indices where before.indices.contains(index) {
            sockets[index].goOn(as: before[index])
        }
        return Bequest(sockets: sockets, succession: succession, refused: refused)
    }

    /// What the pool goes on with, or is to begin with.
    func reading(by configuration: Configuration) throws(StartRefused) -> Reading {
        if let reading = succession?.reading { return reading }
        return try configuration.read().get()
    }

    private static func find(
        _ kept: KeptDescriptors, by configuration: Configuration
    ) -> (Succession?, RefusedState?) {
        do throws(StateRefused) {
            if let succession = try Succession.find(kept, by: configuration) {
                return (succession, nil)
            }
            guard !kept.workers.isEmpty else { return (nil, nil) }
            throw StateRefused(description: "nothing is known of them")
        } catch {
            return (nil, RefusedState(kept: kept, why: error))
        }
    }
}

/// What the master before has left, if it can't be gone on with.
final class RefusedState {
    /// Empty once their workers were ended.
    var kept: KeptDescriptors
    let why: StateRefused

    init(kept: KeptDescriptors, why: StateRefused) {
        self.kept = kept
        self.why = why
    }
}

extension PoolSocket {
    /// - Parameter before: What the master before had in its place.
    fileprivate mutating func goOn(as before: MasterState.Socket) {
        guard name == before.name, facts.address.description == before.address else { return }
        if before.isBlocking { try? shared.descriptor.setNonBlocking(false) }
        if before.hasFile { self = owningFile() }
    }
}
