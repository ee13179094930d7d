// What each signal to the master means.

import LinuxKernel
import PoolCore

extension Master {
    func takeSignals() {
        for received in (try? signals.read()) ?? [] { heed(Signal(received.number)) }
    }

    private func heed(_ signal: Signal) {
        switch signal {
        case .hangup: tell(.reloadRequested(nil))
        case .terminate, .interrupt, .quit:
            if !departAtStop() { tell(.stopRequested) }
        case .terminalInput: tell(.scaleRequested(.by(1)))
        case .terminalOutput: tell(.scaleRequested(.by(-1)))
        case .user1: describe()
        case .user2: reexecute(for: nil)
        default: break
        }
    }

    /// The whole state, a line for each worker.
    private func describe() {
        let status = company.status(at: Self.now)
        chronicle.tell(.notice, nil, "state: \(status.state), \(status.status)")
        for worker in (status.agent.map { [$0] } ?? []) + status.workers {
            let pid = worker.incarnation.flatMap { workers[$0] }.map { ", pid \($0.process.pid)" }
            let title = worker.slot == .ofAgent ? "the agent" : "worker \(worker.slot)"
            chronicle.tell(
                .notice, nil,
                "\(title): \(worker.state), generation \(worker.generation)"
                    + "\(pid ?? ""), \(worker.restarts) restarts, last: \(worker.lastReason)")
        }
    }
}
