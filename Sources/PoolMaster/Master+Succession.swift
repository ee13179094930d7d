// One master after the other.

import LinuxKernel
import PoolWire

extension Master {
    /// Executes this program anew, in this process.
    func reexecute(for session: ControlSession) { refuse(session) }

    /// The next SIGTERM leaves the workers to the next master.
    func leave(for session: ControlSession) { refuse(session) }

    private func refuse(_ session: ControlSession) {
        let reason = "this master can't leave its workers to another one"
        advance(session, .refused(.notPossible(reason: reason)))
    }

    var masterReport: MasterReport {
        MasterReport(
            pid: OwnProcess.pid, number: 1, version: Product.version,
            secondsRunning: Double(MonotonicClock.now() - began) / 1e9)
    }
}
