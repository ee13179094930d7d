// To whom a worker's message goes.

/// Who is meant; the names of egg's messenger in brackets.
package enum MessageAddress: Equatable, Sendable {
    /// Every worker that serves, the sender with them [broadcast].
    case all
    /// Every worker that serves but the sender [sendToApp].
    case others
    /// One worker that serves, by chance; another one than the sender if there is one [sendRandom].
    case random
    /// Whoever holds this slot and serves [sendTo].
    case slot(UInt32)

    /// `all`, `others`, `random`, or the number of a slot.
    package init?(_ word: String) {
        switch word {
        case "all": self = .all
        case "others": self = .others
        case "random": self = .random
        default:
            guard let slot = UInt32(word) else { return nil }
            self = .slot(slot)
        }
    }

    /// As a JSON value: a string, or the number of a slot.
    var json: String {
        switch self {
        case .all: #""all""#
        case .others: #""others""#
        case .random: #""random""#
        case .slot(let slot): "\(slot)"
        }
    }

    /// As two fields of a frame.
    var fields: (kind: UInt16, slot: UInt32) {
        switch self {
        case .all: (0, 0)
        case .others: (1, 0)
        case .random: (2, 0)
        case .slot(let slot): (3, slot)
        }
    }

    init?(kind: UInt16, slot: UInt32) {
        switch kind {
        case 0: self = .all
        case 1: self = .others
        case 2: self = .random
        case 3: self = .slot(slot)
        default: return nil
        }
    }
}
