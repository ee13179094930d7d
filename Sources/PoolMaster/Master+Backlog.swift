// The queues of listening sockets, which all workers share and each of them can shorten.

import LinuxKernel
import PoolCore

extension Master {
    /// Many programs call listen(2) on the socket that they inherit, with a queue of their own idea: 128
    /// is usual, 5 and Node's 511 are met. Who is ready has done so.
    func restoreBacklogs(of worker: WorkerHandle) {
        guard !worker.id.isAgent else { return }
        let backlog = settings[worker.generation]?.backlog ?? ListeningSocket.backlog
        for socket in arrangement.sockets where socket.facts.isListening {
            try? ListeningSocket.setBacklog(backlog, of: socket.shared.descriptor)
        }
    }
}
