// A setting that is one of a few words.

/// The words of a directive, and where the one that was chosen goes.
struct WordPlace: Sendable {
    private let write: @Sendable (String, inout SettingValues) -> Bool
    private let read: @Sendable (SettingValues) -> String
    /// Not an array: an enum that holds this would keep its tag in the array's pointer, and
    /// LeakSanitizer would not know it for one.
    private let list: @Sendable () -> [String]

    init<Word: RawRepresentable & CaseIterable & Sendable>(
        _ place: Place<Word>
    ) where Word.RawValue == String {
        list = { Word.allCases.map(\.rawValue) }
        write = { text, values in
            guard let word = Word(rawValue: text) else { return false }
            values[place] = word
            return true
        }
        read = { $0[place].rawValue }
    }

    /// All that may be written, in the order in which people read them.
    var words: [String] { list() }

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
