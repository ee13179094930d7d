// The way from one generation to the next, a few slots at a time.
// Invariant: a slot stands in one of `waiting`, `clearing` and `rising`, and only while going
// forward.

/// A reload from its request to its verdict.
package struct Rollout: Codable, Sendable {
    package let target: GenerationNumber
    /// The generation to go back to.
    package let previous: GenerationNumber
    package internal(set) var stage: Stage
    /// Slots whose turn has not come, in the order of their turns.
    package internal(set) var waiting: [Slot] = []
    /// Slots that are emptied first: their old worker was retired and is not gone yet.
    package internal(set) var clearing: [Slot] = []
    /// Slots with a candidate that has not taken its place yet.
    package internal(set) var rising: [Slot] = []
    /// Those of `clearing` and `rising` that were emptied first.
    var inPlace: [Slot] = []
    /// Whether no further slot is opened for the time being.
    package internal(set) var isPaused = false
    /// Whether it has to wait, with everybody replaced, for a word that it may end.
    var isHeldOpen = false
    /// Who waits for the verdict.
    var requests: [RequestID]
    let startedAt: Instant

    package enum Stage: Hashable, Codable, Sendable {
        /// The configuration is being read. Can become: forward, when it is valid; otherwise the
        /// rollout ends here and nothing was touched.
        case reading
        /// Candidates of the new generation rise and replace. Can become: back, when one fails;
        /// otherwise the rollout ends when all slots are replaced.
        case forward
        /// It failed, for the reason given: what is new is retired, what was replaced goes back.
        /// The rollout ends when no worker of the new generation is left, or when the old one
        /// can't come back.
        case back(String)
    }

    /// Why one goes back that somebody has given up.
    package static let aborted = "it was aborted"

    var isForward: Bool { stage == .forward }

    /// Every slot whose turn has not ended.
    var unfinished: [Slot] { waiting + clearing + rising }
}
