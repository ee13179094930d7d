// What an event of the loop is about.
// Invariant: a token of something given up finds nothing, so an event that comes late is harmless.

/// The owner of a watched descriptor, in the 64 bits that epoll keeps for us.
enum Token: Equatable {
    case signals
    case controlListener
    /// The worker's process has ended.
    case process(UInt64)
    /// The verdict on the worker's exec is there.
    case verdict(UInt64)
    /// The worker has written to its notify socket.
    case notice(UInt64)
    /// The worker has written to its output.
    case relay(UInt64)
    /// The cgroup of a worker that is gone has changed.
    case leftover(UInt64)
    case client(UInt64)
    /// The worker has written to its channel, or takes more.
    case channel(UInt64)
    /// Somebody has connected to the socket of this index.
    case connections(UInt64)
    /// Standard error takes more.
    case console
    /// Channels of workers have events, which another epoll instance tells.
    case channels
    /// Another thread has a command.
    case port
    /// Something has changed in the directories that are watched.
    case changes
    /// Another binary has said whether it can go on; what becomes of that is seen to each turn.
    case check

    private static let numberBits = UInt64(56)
    private static let numberMask = (UInt64(1) << numberBits) - 1

    var rawValue: UInt64 {
        switch self {
        case .signals: Self.pack(1, 0)
        case .controlListener: Self.pack(2, 0)
        case .process(let number): Self.pack(3, number)
        case .verdict(let number): Self.pack(4, number)
        case .notice(let number): Self.pack(5, number)
        case .relay(let number): Self.pack(6, number)
        case .leftover(let number): Self.pack(7, number)
        case .client(let number): Self.pack(8, number)
        case .console: Self.pack(9, 0)
        case .channel(let number): Self.pack(10, number)
        case .connections(let index): Self.pack(11, index)
        case .channels: Self.pack(12, 0)
        case .port: Self.pack(13, 0)
        case .changes: Self.pack(14, 0)
        case .check: Self.pack(15, 0)
        }
    }

    init?(rawValue: UInt64) {
        let number = rawValue & Self.numberMask
        switch rawValue >> Self.numberBits {
        case 1: self = .signals
        case 2: self = .controlListener
        case 3: self = .process(number)
        case 4: self = .verdict(number)
        case 5: self = .notice(number)
        case 6: self = .relay(number)
        case 7: self = .leftover(number)
        case 8: self = .client(number)
        case 9: self = .console
        case 10: self = .channel(number)
        case 11: self = .connections(number)
        case 12: self = .channels
        case 13: self = .port
        case 14: self = .changes
        case 15: self = .check
        default: return nil
        }
    }

    private static func pack(_ kind: UInt64, _ number: UInt64) -> UInt64 {
        kind << numberBits | number & numberMask
    }
}
