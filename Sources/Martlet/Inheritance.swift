// What the pool has left to this process: variables and descriptors.
// Invariant: taken once; the variables that speak of descriptors are gone then, so that no child of
// this process mistakes its own for ours.

import Glibc
import LinuxKernel
import Systemd

struct Inheritance: Sendable {
    var pool = ""
    var slot = 0
    var generation = 0
    var incarnation: UInt64 = 0
    var isAgent = false
    var sockets: [Socket] = []
    /// All that systemd, or a master in its manner, has passed.
    var activated: [InheritedDescriptor] = []
    /// What was inherited and is no socket.
    var others: [SharedDescriptor] = []
    /// The names of the sockets whose connections come by the channel.
    var dispatched: [String] = []
    /// A SOCK_SEQPACKET socket to the master.
    var channel: SharedDescriptor?
    /// What all workers of the pool share; of an own one nobody else knows.
    var counters: CounterTable?

    struct Socket: Sendable {
        let listener: Listener
        let descriptor: SharedDescriptor
    }

    var listeners: [Listener] { sockets.map(\.listener) }
    var descriptors: [SharedDescriptor] { sockets.map(\.descriptor) + others }

    /// Of this process.
    static func take() -> Inheritance {
        var inheritance = Inheritance()
        inheritance.pool = OwnProcess.variable("MARTLET_POOL") ?? ""
        inheritance.isAgent = OwnProcess.variable("MARTLET_AGENT") == "1"
        inheritance.slot = number("MARTLET_WORKER") ?? (inheritance.isAgent ? -1 : 0)
        inheritance.generation = number("MARTLET_GENERATION") ?? 0
        inheritance.incarnation = number("MARTLET_INCARNATION") ?? 0
        // One that can't be read was not meant for us. What a program keeps in the store of its own
        // service is its own affair, whatever the name.
        let taken = try? Activation.take()
        inheritance.activated = taken.map { $0.sockets + $0.stored } ?? []
        for inherited in inheritance.activated {
            guard let socket = inherited.socket else {
                inheritance.others.append(inherited.shared)
                continue
            }
            let listener = Listener(
                name: inherited.name, descriptor: inherited.shared.rawValue,
                address: socket.address.description, isListening: socket.isListening)
            inheritance.sockets.append(Socket(listener: listener, descriptor: inherited.shared))
        }
        inheritance.takeChannel()
        return inheritance
    }

    private mutating func takeChannel() {
        defer {
            for name in ["MARTLET_CHANNEL", "MARTLET_DISPATCHED", "MARTLET_COUNTERS"] {
                unsetenv(name)
            }
        }
        guard let raw: Int32 = Self.number("MARTLET_CHANNEL"), raw > 2,
            // The number alone proves nothing: a program that does not know of it passes it on.
            let copy = try? FileDescriptor.duplicate(unowned: raw),
            let facts = try? SocketFacts(of: copy), facts.kind == .sequentialPacket
        else { return }
        let end = FileDescriptor(owning: raw)
        try? end.setCloseOnExec()
        channel = SharedDescriptor(end)
        let names = OwnProcess.variable("MARTLET_DISPATCHED") ?? ""
        dispatched = names.split(separator: ":", omittingEmptySubsequences: true).map(String.init)
        takeCounters()
    }

    /// Mapped, it needs no descriptor any more.
    private mutating func takeCounters() {
        guard let raw: Int32 = Self.number("MARTLET_COUNTERS"), raw > 2,
            let copy = try? FileDescriptor.duplicate(unowned: raw)
        else { return }
        _ = FileDescriptor(owning: raw)
        counters = try? CounterTable(mapping: copy)
    }

    private static func number<Number: FixedWidthInteger>(_ name: String) -> Number? {
        OwnProcess.variable(name).flatMap { Number($0) }
    }
}
