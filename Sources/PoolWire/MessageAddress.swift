// To whom a message goes, and whom it comes from.

/// Who is meant; the names of egg's messenger in brackets.
package enum MessageAddress: Hashable, Sendable {
    /// Every worker that serves and the agent, the sender with them [broadcast].
    case all
    /// All of them but the sender.
    case others
    /// Every worker that serves [sendToApp].
    case workers
    /// The pool's agent [sendToAgent].
    case agent
    /// One worker that serves, by chance; another one than the sender if there is one [sendRandom].
    case random
    /// Those who have asked the master for what happens.
    case subscribers
    /// Whoever serves in this slot, or rises there if nobody does [sendTo].
    case slot(UInt32)

    /// `all`, `others`, `workers`, `agent`, `random`, `subscribers`, or the number of a slot.
    package init?(_ word: String) {
        switch word {
        case "all": self = .all
        case "others": self = .others
        case "workers": self = .workers
        case "agent": self = .agent
        case "random": self = .random
        case "subscribers": self = .subscribers
        default:
            guard let slot = UInt32(word) else { return nil }
            self = .slot(slot)
        }
    }

    /// What `init(_:)` reads.
    package var word: String {
        switch self {
        case .all: "all"
        case .others: "others"
        case .workers: "workers"
        case .agent: "agent"
        case .random: "random"
        case .subscribers: "subscribers"
        case .slot(let slot): "\(slot)"
        }
    }

    /// As a JSON value: a string, or the number of a slot.
    var json: String {
        if case .slot = self { word } else { "\"\(word)\"" }
    }

    /// As two fields of a frame.
    var fields: (kind: UInt16, slot: UInt32) {
        switch self {
        case .all: (0, 0)
        case .others: (1, 0)
        case .random: (2, 0)
        case .slot(let slot): (3, slot)
        case .agent: (4, 0)
        case .workers: (5, 0)
        case .subscribers: (6, 0)
        }
    }

    init?(kind: UInt16, slot: UInt32) {
        switch kind {
        case 0: self = .all
        case 1: self = .others
        case 2: self = .random
        case 3: self = .slot(slot)
        case 4: self = .agent
        case 5: self = .workers
        case 6: self = .subscribers
        default: return nil
        }
    }
}

/// Who has sent a message.
package enum MessageSender: Hashable, Sendable {
    case slot(UInt32)
    case agent
    /// Somebody who is not of the pool.
    case outside

    /// As a JSON value: the number of a slot, `"agent"`, or `null`.
    var json: String {
        switch self {
        case .slot(let slot): "\(slot)"
        case .agent: #""agent""#
        case .outside: "null"
        }
    }

    /// As two fields of a frame.
    var fields: (kind: UInt16, slot: UInt32) {
        switch self {
        case .slot(let slot): (0, slot)
        case .outside: (1, 0)
        case .agent: (2, 0)
        }
    }

    /// A kind that is unknown is somebody of whom older programs don't know.
    init(kind: UInt16, slot: UInt32) {
        switch kind {
        case 0: self = .slot(slot)
        case 2: self = .agent
        default: self = .outside
        }
    }
}
