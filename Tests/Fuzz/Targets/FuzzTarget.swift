// What is fuzzed: every parser of bytes that others write.
// Invariant: a check is a function of its input alone, so that an input kept in a file replays.

enum FuzzTarget: String, CaseIterable, Sendable {
    /// A pool's file with its drop-in and its environment file, as the master, `martletctl check`
    /// and the generator read it.
    case configuration
    /// An environment file.
    case environment
    /// The value of one directive, by every reader of values there is.
    case values
    /// A datagram on a worker's notify socket, and what the pool makes of it.
    case notify
    /// What a worker on Node writes on its channel.
    case node
    /// What a worker of Protocol=martlet sends on its channel.
    case channel
    /// What a client sends to the control socket.
    case control
    /// What a master, or somebody in its place, answers martletctl.
    case replies
    /// What the kernel tells in files and addresses; a worker chooses some of the words.
    case kernel

    /// - Throws: `Fault` if a property does not hold for this input.
    func check(_ input: [UInt8]) throws {
        switch self {
        case .configuration: try ConfigurationCheck(input).run()
        case .environment: try EnvironmentCheck(input).run()
        case .values: try ValuesCheck(input).run()
        case .notify: try NotifyCheck(input).run()
        case .node: try NodeCheck(input).run()
        case .channel: try ChannelCheck(input).run()
        case .control: try ControlCheck(input).run()
        case .replies: try RepliesCheck(input).run()
        case .kernel: try KernelCheck(input).run()
        }
    }
}

/// A property that does not hold.
struct Fault: Error, CustomStringConvertible {
    let description: String
}

func demand(_ holds: Bool, _ fault: @autoclosure () -> String) throws {
    guard holds else { throw Fault(description: fault()) }
}

/// What an optional holds, or the fault that it is empty.
func need<Value>(_ value: Value?, _ fault: @autoclosure () -> String) throws -> Value {
    guard let value else { throw Fault(description: fault()) }
    return value
}
