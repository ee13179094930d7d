// A setting that is one of a few words.

/// The words of a directive, and where the one that was chosen goes.
struct WordPlace: Sendable {
    /// All that may be written, in the order in which people read them.
    let words: [String]
    private let write: @Sendable (String, inout SettingValues) -> Bool
    private let read: @Sendable (SettingValues) -> String

    init<Word: RawRepresentable & CaseIterable & Sendable>(
        _ place: WritableKeyPath<SettingValues, Word> & Sendable
    ) where Word.RawValue == String {
        words = Word.allCases.map(\.rawValue)
        write = { text, values in
            guard let word = Word(rawValue: text) else { return false }
            values[keyPath: place] = word
            return true
        }
        read = { $0[keyPath: place].rawValue }
    }

    func word(in values: SettingValues) -> String { read(values) }

    func set(_ text: String, in values: inout SettingValues) throws(InvalidValue) {
        guard write(text, &values) else {
            throw InvalidValue(
                "expects one of \(words.joined(separator: ", "))"
                    + suggestion(for: text, among: words))
        }
    }

    func copy(from other: SettingValues, to values: inout SettingValues) {
        _ = write(read(other), &values)
    }
}
