// How the parts of a value find their way into one text.
// Invariant: what is written is one JSON value, or there is an error.

/// The one encoder of a whole value: each part of it gets this very same.
final class JSONTextEncoder: Encoder {
    private(set) var text = JSONText()
    /// The first that there was: some calls can't throw.
    private(set) var error: (any Error)?
    /// Of the value that is being written: where it begins, and how deep its container is.
    private var current = (start: 0, depth: 0)

    /// No errors here have a place in them: names are not kept.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func encode(_ value: some Encodable) throws {
        let outer = current
        current = (text.bytes.count, text.depth)
        defer { current = outer }
        try value.encode(to: self)
        // As the other encoder has it, of one that writes nothing.
        if isUnwritten { _ = text.beginObject() }
        text.close(to: current.depth)
    }

    private var isUnwritten: Bool { text.bytes.count == current.start }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(
            JSONObjectWriter(encoder: self, place: ownContainer(isObject: true)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        JSONListWriter(encoder: self, place: ownContainer(isObject: false))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        JSONValueWriter(encoder: self)
    }

    /// A value may ask several times: it is the same one each time.
    private func ownContainer(isObject: Bool) -> JSONText.Place {
        if let own = text.place(at: current.depth, isObject: isObject) { return own }
        if !isUnwritten { refuse("one value is an object, a list and a single value in one") }
        return isObject ? text.beginObject() : text.beginList()
    }

    // MARK: What the containers do

    @discardableResult
    func refuse(_ why: String) -> any Error {
        let refused = EncodingError.invalidValue(
            why, EncodingError.Context(codingPath: [], debugDescription: why))
        error = error ?? refused
        return refused
    }

    /// The next thing written is the value of this member.
    func beginMember(_ key: some CodingKey, of object: JSONText.Place) throws {
        guard text.isOpen(object) else { throw refuse("a member of an object that is closed") }
        text.beginMember(key.stringValue, of: object)
    }

    func beginElement(of list: JSONText.Place) throws {
        guard text.isOpen(list) else { throw refuse("an element of a list that is closed") }
        text.beginElement(of: list)
    }

    func beginSingleValue() throws {
        guard isUnwritten else { throw refuse("a single value is written twice") }
    }

    func beginObject() -> JSONText.Place { text.beginObject() }
    func beginList() -> JSONText.Place { text.beginList() }
    func writeNull() { text.writeNull() }
    func write(_ value: Bool) { text.write(value) }
    func write(_ value: String) { text.write(value) }
    func write(_ value: some BinaryInteger) { text.write(value) }

    func write(_ value: some BinaryFloatingPoint & CustomStringConvertible) throws {
        guard value.isFinite else { throw refuse("JSON has no form for \(value)") }
        text.write(digits: value.description)
    }
}
