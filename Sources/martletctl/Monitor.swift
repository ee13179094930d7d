// `martletctl monitor`: pools and their workers on a whole screen, as they change.

import LinuxKernel
import PoolMonitor
import PoolWire

struct Monitor: Command {
    /// All that run, as they come and go, if none is named.
    let pools: [String]

    static let verbs = [
        Verb(
            "monitor", "[POOL…]",
            help: """
                shows pools with their workers and the journal on a whole screen, as they change,
                with keys to restart, reload, scale and steer; ? tells them
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        let (end, goingOn) = try watch()
        for deed in goingOn {
            console.say(
                "\(deed.pool): what was begun goes on without anybody waiting for it; "
                    + "see: martletctl status \(deed.pool)")
        }
        return end == .quit ? .done : .terminated
    }

    /// The terminal is given back when it returns.
    private func watch() throws(Failure) -> (end: Watch.End, goingOn: [Deed]) {
        let terminal: Terminal
        do throws(Terminal.Refused) {
            terminal = try Terminal()
        } catch {
            throw Failure(.unavailable, "martletctl: \(error.sentence)")
        }
        do throws(SystemError) {
            return try Watch(terminal, ControlSockets(), named: pools).run()
        } catch {
            throw Failure(.system, "martletctl: \(error)")
        }
    }
}

extension Monitor {
    init(_ words: VerbWords) throws(Failure) {
        self.init(pools: try words.pools())
    }
}

/// The masters whose sockets are on this machine.
private struct ControlSockets: Masters {
    func names() throws(SystemError) -> [String] { try ControlSocket.pools() }

    func connect(to pool: String) throws(MasterAway) -> FileDescriptor {
        do throws(Failure) {
            return try ControlConnection.connect(to: pool, patience: 1_000_000)
        } catch {
            throw MasterAway(error.code == .unavailable ? "\(pool): no answer" : error.sentence)
        }
    }
}
