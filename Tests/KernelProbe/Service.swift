// This process as a service: what it was passed, and what it tells its manager.

import Glibc
import LinuxKernel
import Systemd

func printActivation() throws {
    try report(try Activation.take())
    report("variable \(OwnProcess.variable("LISTEN_FDS") ?? "gone")")
    let again = try Activation.take()
    report("again \(again.sockets.count + again.stored.count)")
}

/// The same from itself.
func printOwnActivation() throws {
    let (sockets, stored) = try Activation.take()
    guard !sockets.isEmpty || !stored.isEmpty else { return try report(Activation.takeHandover()) }
    let kept = (sockets + stored).map { ($0.name, $0.shared) }
    throw OwnProcess.become(OwnProcess.executable, CommandLine.arguments, keeping: kept)
}

private func report(_ descriptors: Activation.Descriptors) throws {
    try report(descriptors.sockets, "")
    try report(descriptors.stored, "stored ")
}

private func report(_ descriptors: [InheritedDescriptor], _ prefix: String) throws {
    for inherited in descriptors {
        let descriptor = inherited.shared
        let flags = [
            try descriptor.descriptor.isNonBlocking() ? "non-blocking" : "blocking",
            try descriptor.descriptor.isCloseOnExec() ? "close-on-exec" : "inheritable",
        ]
        let facts =
            inherited.socket.map { facts in
                "\(facts.kind) \(facts.isListening ? "listening" : "bound") \(facts.address)"
            } ?? "not a socket"
        let number = descriptor.rawValue
        report("\(prefix)\(number) \(inherited.name) \(facts) \(flags[0]) \(flags[1])")
    }
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

/// Stores, without a descriptor to spare, and then what can't be stored.
func keepDescriptors() throws {
    guard let channel = try ServiceChannel.open() else { return report("nobody listens") }
    let memory = try StateMemory.make()
    let (reader, writer) = try Pipe.make()
    try setDescriptorLimit(UInt64(try openDescriptors().count))
    try channel.store("martlet.state", [memory.file])
    try channel.store("martlet.worker.0.1", [reader, writer])
    try channel.unstore("martlet.worker.0.1")
    try setDescriptorLimit(1_024)
    let long = String(repeating: "x", count: 256)
    for name in ["", "a:b", "a\nFDSTORE=1", "é", "\u{7F}", long] {
        do throws(SystemError) {
            try channel.store(name, [reader])
            report("stored \(name)")
        } catch {
            report(error.name)
        }
    }
    try channel.store(String(repeating: "x", count: 255), [reader])
    report("answered \(try channel.barrier(within: .seconds(20)))")
    report("left \(try openDescriptors().filter { $0 > 2 }.count)")
}

/// As long as it is not told to end.
func waitForBarrier() throws {
    guard let channel = try ServiceChannel.open() else { return report("nobody listens") }
    report("answered \(try channel.barrier(within: .milliseconds(10)))")
    report("open \(try openDescriptors().filter { $0 > 2 }.count)")
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
