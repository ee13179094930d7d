// Those who are told what happens, as it happens.
// Invariant: who does not read is told later how much it has missed, and holds up nobody.

import PoolCore
import PoolWire

extension Master {
    func publish(_ event: PoolEvent) {
        // Its frame is the same for all.
        var frame: [UInt8]?
        for session in control.clients.values where session.isSubscribed {
            if frame == nil { frame = event.frame }
            guard let frame else { return }
            session.take(event: frame)
            settle(session)
        }
    }

    /// Passes on what a program says to subscribers.
    func publish(_ message: PoolMessage, from sender: MessageSender, isChecked: Bool) {
        guard control.clients.values.contains(where: \.isSubscribed), isChecked || message.isSound
        else { return }
        publish(.message(body: message.body, sender: sender))
    }
}
