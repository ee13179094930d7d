// One value that one thread sends and another one waits for.

import Glibc
import LinuxKernel

final class Letter<Value: Sendable>: Sendable {
    private let value = Locked<Value?>(nil)
    private let arrived: Semaphore

    init() {
        arrived = Semaphore()
    }

    func send(_ sent: Value) {
        value.withLock { $0 = sent }
        arrived.signal()
    }

    func receive() -> Value {
        while true {
            if let value = value.withLock({ $0 }) { return value }
            arrived.wait()
        }
    }
}

/// sem_overview(7), at an address that does not change.
private final class Semaphore: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() { sem_post(semaphore) }

    func wait() { _ = sem_wait(semaphore) }
}
