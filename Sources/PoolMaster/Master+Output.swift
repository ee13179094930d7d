// The output of workers in the foreground, and what happens when nobody takes it.

import LinuxKernel
import PoolCore

extension Master {
    /// What the console and its readers may take at the end, all together.
    private static let patienceForLastWords: Int64 = 5_000_000_000

    func passOutput(_ number: UInt64) {
        guard let relay = relays[number] else { return }
        if let console = chronicle.console, console.isHeld || relay.pass(to: console) { return }
        unwatch(relay.reader.descriptor)
        relays[number] = nil
    }

    /// Somebody has stopped the terminal. Until it takes more no output is read, and none is
    /// watched, or the loop would be told of it again and again.
    func holdOutputIfNeeded() {
        guard !isOutputHeld, let console = chronicle.console, console.isHeld,
            (try? watch(console.descriptor, .writable, .console)) != nil
        else { return }
        isOutputHeld = true
        for relay in relays.values { unwatch(relay.reader.descriptor) }
    }

    func resumeOutput() {
        guard isOutputHeld, let console = chronicle.console else { return }
        console.flush()
        if console.isHeld { return }
        unwatch(console.descriptor)
        isOutputHeld = false
        for (number, relay) in relays {
            try? watch(relay.reader.descriptor, .readable, .relay(number))
        }
    }

    func passLastWords() {
        guard let console = chronicle.console else { return }
        for relay in relays.values { relay.passRest(to: console) }
        console.drain(until: MonotonicClock.now() + Self.patienceForLastWords)
    }
}
