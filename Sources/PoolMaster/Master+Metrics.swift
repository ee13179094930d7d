// The pool as a monitoring system is told of it.

import LinuxKernel
import PoolWire

extension Master {
    func metrics() -> [MetricFamily] {
        let report = report()
        var figures = Figures(report: report, tally: tally)
        for (socket, listener) in zip(arrangement.sockets, report.listeners) {
            guard let queue = ListenQueue.read(of: socket.shared.descriptor, socket.facts) else {
                continue
            }
            figures.queues.append((listener, queue))
        }
        figures.losses = ListenLosses.read()
        figures.usage = ProcessUsage.read(pid: report.pid)
        return figures.families
    }
}
