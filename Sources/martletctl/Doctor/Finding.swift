// Something that is not as it should be, what comes of it, and what mends it.

/// What `martletctl doctor --json` prints of each; docs/json.md says what the members mean.
struct Finding: Codable, Equatable, Sendable {
    enum Level: String, Codable, Sendable, CaseIterable {
        /// Good to know; nothing has to be done.
        case note
        /// It works, and not as well as it could.
        case warning
        /// It does not work, or will not when it matters.
        case error
    }

    /// `nil` for what concerns the machine.
    let pool: String?
    /// Which check has found it: a word that stays the same.
    let check: String
    let level: Level
    let sentence: String
    /// A command, or what to write where.
    let fix: String?
}
