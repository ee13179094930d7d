// What the primary prints: a line for each event.

import Glibc
import MartletCluster

/// At once: a stream that is no terminal keeps what print(_:) writes.
func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

func line(_ event: Cluster.Event, in cluster: Cluster) -> String {
    switch event {
    case .setup(let settings): "setup \(settings.schedulingPolicy) \(settings.exec)"
    case .fork(let worker): "fork \(worker.id) slot \(worker.slot) pid \(worker.processID)"
    case .online(let worker): "online \(worker.id)"
    case .ready(let worker): "ready \(worker.id), \(cluster.workers.count) have a process"
    case .listening(let worker, let address): "listening \(worker.id) \(address)"
    case .message(let message):
        "message \(message.sender): \((try? message.decode(Greeting.self))?.number ?? -1) greetings"
    case .disconnect(let worker): "disconnect \(worker.id)"
    case .exit(let worker, let status):
        "exit \(worker.id) \(status), after disconnect: \(worker.exitedAfterDisconnect ?? false)"
    }
}
