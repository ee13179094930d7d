// The identities of lifecycle messages; units/martlet.catalog explains each to people.
// Invariant: an identity never changes its meaning, as filters and alerts depend on it.

import PoolCore

/// A journal MESSAGE_ID, see catalog in journalctl(1).
package enum MessageID: String, CaseIterable, Sendable {
    case workerStarted = "18fb3bae4c4b4554b0bcb2273a933cca"
    case workerReady = "e33305444ba246fa86e5a9ff41f86608"
    case workerExited = "3878fd5729eb4a22928ad97d07b0d3dd"
    case workerFailedToStart = "f7f0d8f495ce40eb9cf83d5eb6a10c47"
    case workerUnresponsive = "4cb062000b92433aa1080cf5498b57e6"
    case workerRestartDelayed = "b2a43470bfe443c08a84f54e5bfddfe0"
    case workerStartLimit = "b946d6fda0984ddf98d26e43c0f51dcf"
    case workerRetired = "9eb983586f554cb1b4e2f082f2cc18b6"
    case workerKilled = "be2172c5098d4d8683e191c9f3a2367e"
    case poolReady = "21ede37ef7f64f8ab2d756b66db0d4f5"
    case poolStartFailed = "c3d38426eb05417f8e8c25e3de46998a"
    case rolloutStarted = "8a26d9bc918b479d8304c19fa10c61ac"
    case rolloutFinished = "c4c67a016c2c41e59f22bbc4e346f991"
    case rolloutFailed = "82838f5bba0144fc9fce69b92d0d8e5b"
    case configurationRefused = "fdbbf663bd594d83982b3c532a575c52"
    case poolStopping = "5a458b2a3703473e83126adb9eb69ef6"
    case poolStopped = "7b1eaf886b3a41b6967c95b3b9359932"
    case watchdogWithheld = "06ab612ea2a9426c90b37ad7a32f4aae"
    case messagesLost = "270a342a86724f3a8d007f2a29acf83e"
    case fallbackUsed = "2a7f04fa1ed04025b95f2a3749f83903"
    case workerLeft = "7b4885bbf1304c91bfe5a77b3d6da1f8"
    case workerLeaving = "dfb789a9edaa45fb81e8688cc630987c"
    case poolScaled = "1dedb6f109c4856b236b24b083310342"
    case slotFinished = "c58bd3042b5a488eb877d911322838a4"
    case restartsPaced = "aea2149ed2d346b4ac79288610ddf6af"
    case rolloutPaused = "f159957832f04034ab40443501331367"
    case rolloutResumed = "b7ec783688f849798161b7b1df4ab38e"
    case reloadRefused = "072f3215748a4077b5614dba8b8a07e2"
    case strangeHandshake = "20d0681a24df440f9d642769167a09c1"
    case messageDropped = "d0578cf2725146ffb6e2e953c44b085e"
    case workerSignalled = "579be63e2e7e49d18a2614a1c6b88b3a"
    case masterReplaced = "412cdedecf0d4d95af665d6cac3b1e08"

    package init(_ record: Record) {
        switch record {
        case .workerStarted: self = .workerStarted
        case .workerReady: self = .workerReady
        case .workerGone: self = .workerLeft
        case .workerExited: self = .workerExited
        case .slotFinished: self = .slotFinished
        case .workerNeverReady: self = .workerFailedToStart
        case .workerUnresponsive: self = .workerUnresponsive
        case .workerLeaving: self = .workerLeaving
        case .workerRetired: self = .workerRetired
        case .workerKilled: self = .workerKilled
        case .workerSignalled: self = .workerSignalled
        case .restartDelayed: self = .workerRestartDelayed
        case .restartsPaced: self = .restartsPaced
        case .startLimitHit: self = .workerStartLimit
        case .poolReady: self = .poolReady
        case .poolStartFailed: self = .poolStartFailed
        case .rolloutStarted: self = .rolloutStarted
        case .rolloutPaused: self = .rolloutPaused
        case .rolloutResumed: self = .rolloutResumed
        case .rolloutFinished: self = .rolloutFinished
        case .rolloutFailed: self = .rolloutFailed
        case .configurationRefused: self = .configurationRefused
        case .reloadRefused: self = .reloadRefused
        case .poolScaled: self = .poolScaled
        case .poolStopping: self = .poolStopping
        case .poolStopped: self = .poolStopped
        case .watchdogWithheld: self = .watchdogWithheld
        case .masterReplaced: self = .masterReplaced
        case .agent(let record): self = MessageID(record)
        }
    }

    /// As units/martlet.catalog has it: `worker-started`.
    package var name: String {
        "\(self)".reduce(into: "") { name, letter in
            name += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
        }
    }
}
