// This process as a service: what it was passed, and what it tells its manager.

import Glibc
import LinuxKernel
import Systemd

func printActivation() throws {
    for inherited in try Activation.take() {
        let descriptor = inherited.shared
        let flags = [
            try descriptor.descriptor.isNonBlocking() ? "non-blocking" : "blocking",
            try descriptor.descriptor.isCloseOnExec() ? "close-on-exec" : "inheritable",
        ]
        let facts =
            inherited.socket.map { facts in
                "\(facts.kind) \(facts.isListening ? "listening" : "bound") \(facts.address)"
            } ?? "not a socket"
        report("\(descriptor.rawValue) \(inherited.name) \(facts) \(flags[0]) \(flags[1])")
    }
    report("variable \(OwnProcess.variable("LISTEN_FDS") ?? "gone")")
    report("again \(try Activation.take().count)")
}

func sendNotifications() throws {
    report("present \(ServiceManager.isPresent)")
    report("watchdog \(try ServiceManager.watchdogInterval().map { "\($0)" } ?? "none")")
    let sent = try ServiceManager.notify(.ready, .status("gen 1: 2/2 ready\nREADY=0"))
    report("sent \(sent)")
    guard sent else { return }
    try ServiceManager.notify(.reloading)
    try ServiceManager.notify(.extendTimeout(.milliseconds(1_500)), .errorNumber(ENOENT))
    try ServiceManager.notify(.watchdog)
    try ServiceManager.notify(.stopping)
    report("watchdog again \(try ServiceManager.watchdogInterval() != nil)")
}

func printWhereErrorsGo() {
    report("journal \(Journal.isConnectedToStandardError)")
}

/// In a mount namespace of its own, in which it may play journald.
func openStream() throws {
    let path = "/run/systemd/journal/stdout"
    do throws(SystemError) {
        _ = try Journal.stream(identifier: "web/0")
        report("somebody listens")
    } catch {
        report("absent \(error.name)")
    }
    let listener = try ListeningSocket.make(at: .path(path))
    let stream = try Journal.stream(identifier: "web/0", priority: 5, levelPrefix: true)
    report("close-on-exec \(try stream.isCloseOnExec())")
    _ = "<3>hello\n".withCString { write(stream.rawValue, $0, strlen($0)) }
    guard let server = try ListeningSocket.accept(from: listener) else { throw Failure.child }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(server.rawValue, &bytes, bytes.count)
    report(String(decoding: bytes[..<max(count, 0)], as: UTF8.self))
}
