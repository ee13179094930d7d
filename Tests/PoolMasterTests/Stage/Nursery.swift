// The thread that starts every program of the tests.
// Invariant: it lives as long as the test process, so that PR_SET_PDEATHSIG, which looks at the
// thread and not at the process, ends a master only when the tests are gone: prctl(2).

import Glibc
import LinuxKernel

final class Nursery: @unchecked Sendable {
    static let only = Nursery()

    /// One launch at a time; `done` tells its end.
    private struct Order {
        let request: LaunchRequest
        var result: Result<ChildProcess, SystemError>?
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var order: Order?

    private init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
        var thread = pthread_t()
        let own = Unmanaged.passRetained(self).toOpaque()
        let started = pthread_create(
            &thread, nil,
            { own in
                Unmanaged<Nursery>.fromOpaque(own!).takeUnretainedValue().work()
                return nil
            }, own)
        precondition(started == 0, "no thread could be started")
    }

    func launch(_ request: LaunchRequest) throws -> ChildProcess {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while order != nil { pthread_cond_wait(changed, mutex) }
        order = Order(request: request)
        pthread_cond_broadcast(changed)
        while true {
            if let result = order?.result {
                order = nil
                pthread_cond_broadcast(changed)
                return try result.get()
            }
            pthread_cond_wait(changed, mutex)
        }
    }

    private func work() {
        pthread_mutex_lock(mutex)
        while true {
            if let open = order, open.result == nil {
                do throws(SystemError) {
                    order?.result = .success(try ChildProcess.launch(open.request))
                } catch {
                    order?.result = .failure(error)
                }
                pthread_cond_broadcast(changed)
            }
            pthread_cond_wait(changed, mutex)
        }
    }
}
