// Those who are told what happens, as it happens.
// Invariant: who does not read is told later how much it has missed, and holds up nobody; what nobody
// is told is not made.

import PoolCore
import PoolWire

extension Master {
    func publish(_ event: @autoclosure () -> PoolEvent) {
        let subscribers = control.clients.values.filter(\.isSubscribed)
        // Its frame is the same for all.
        guard !subscribers.isEmpty, let frame = event().frame else { return }
        for session in subscribers {
            session.take(event: frame)
            settle(session)
        }
    }
}
