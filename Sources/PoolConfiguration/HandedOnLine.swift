// [Unit], [Socket] and [Service]: what is handed on to systemd word for word, and what isn't because
// the pool would not work with it.

/// One directive for systemd, as it is written.
package struct HandedOnLine: Equatable, Sendable {
    package let section: Section
    package let name: String
    /// A backslash at its end would go on in the next line, so there is a blank after it.
    package let value: String
    package let origin: Origin

    init(_ assignment: Assignment) throws(InvalidValue) {
        if let reason = Self.refusal(of: assignment) { throw InvalidValue(reason) }
        section = assignment.section
        name = assignment.name
        value = assignment.value.utf8.last == .backslash ? assignment.value + " " : assignment.value
        origin = assignment.origin
    }

    /// The line as it goes into a unit's drop-in.
    package var text: String { "\(name)=\(value)" }

    private static func refusal(of assignment: Assignment) -> String? {
        let isName = assignment.name.utf8.allSatisfy {
            $0.isLetterOrDigit || $0 == UInt8(ascii: "-")
        }
        guard isName else { return "this is no directive's name" }
        switch assignment.section {
        case .socket: return socketRefusal(assignment)
        case .service: return serviceRefusal(assignment)
        case .unit, .pool, .worker, .agent: return nil
        }
    }

    private static func socketRefusal(_ assignment: Assignment) -> String? {
        if assignment.name == "Accept", !assignment.value.isEmpty {
            guard let isWanted = boolean(assignment.value) else { return "expects yes or no" }
            return isWanted
                ? "a pool accepts connections itself: a process for each connection is no pool"
                : nil
        }
        if assignment.name == "FileDescriptorName", assignment.value.hasPrefix(storePrefix) {
            return
                "names that begin with \"\(storePrefix)\" are those under which the master keeps "
                + "its workers in systemd's store: choose another one"
        }
        return socketRefusals[assignment.name]
    }

    private static let storePrefix = "martlet."

    private static let noListener = "a pool of workers can't share this kind of socket"
    private static let socketRefusals = [
        "Service": "martlet@.socket names its service itself",
        "ListenFIFO": noListener, "ListenSpecial": noListener, "ListenNetlink": noListener,
        "ListenMessageQueue": noListener, "ListenUSBFunction": noListener,
    ]

    private static func serviceRefusal(_ assignment: Assignment) -> String? {
        if assignment.name == "StandardInput" {
            return assignment.value == "socket"
                ? "sockets are passed to workers as descriptors from 3 on, not as standard input"
                : nil
        }
        return serviceRefusals[assignment.name]
    }

    private static let speaksItself = "martletd speaks to systemd itself, as martlet@.service says"
    private static let serviceRefusals = [
        "ExecStart": "the program's command belongs in [Worker] ExecStart=",
        "ExecReload": "a reload is a rollout by martletd, as martlet@.service says",
        "Type": "how a worker says that it is ready belongs in [Worker] Type=",
        "NotifyAccess": speaksItself, "BusName": speaksItself, "PIDFile": speaksItself,
        "RemainAfterExit": "a pool without its master is not active",
        "Sockets": "the pool's sockets belong in [Socket]",
        "KillMode": "how a worker is stopped belongs in [Worker] KillSignal= and TimeoutStopSec=",
    ]

    /// As systemd reads it; `nil` for anything else.
    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "yes", "y", "true", "t", "on": true
        case "0", "no", "n", "false", "f", "off": false
        default: nil
        }
    }
}

/// A socket that [Socket] asks systemd for.
package struct Listener: Equatable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case stream = "ListenStream"
        case datagram = "ListenDatagram"
        case sequentialPacket = "ListenSequentialPacket"
    }

    package let kind: Kind
    /// As systemd.socket(5) writes it: `8000`, `127.0.0.1:8000`, `[::1]:80`, `/run/web.sock`, `@web`.
    package let address: String
    package let origin: Origin
}

extension [HandedOnLine] {
    /// What will be listened on; an empty `Listen…=` of any kind forgets all before it, as in systemd.
    var listeners: [Listener] {
        var listeners: [Listener] = []
        for line in self where line.section == .socket {
            guard let kind = Listener.Kind(rawValue: line.name) else { continue }
            if line.value.isEmpty {
                listeners = []
            } else {
                listeners.append(Listener(kind: kind, address: line.value, origin: line.origin))
            }
        }
        return listeners
    }
}
