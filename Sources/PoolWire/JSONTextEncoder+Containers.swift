// The three kinds of containers that the parts of a value are handed to.
// Invariant: none keeps anything; where they write is for the encoder to know.

struct JSONObjectWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: JSONTextEncoder
    let place: JSONText.Place

    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) throws {
        try encoder.beginMember(key, of: place)
        encoder.writeNull()
    }

    func encode(_ value: Bool, forKey key: Key) throws {
        try encoder.beginMember(key, of: place)
        encoder.write(value)
    }

    func encode(_ value: String, forKey key: Key) throws {
        try encoder.beginMember(key, of: place)
        encoder.write(value)
    }

    func encode(
        _ value: some BinaryFloatingPoint & CustomStringConvertible & Encodable, forKey key: Key
    ) throws {
        try encoder.beginMember(key, of: place)
        try encoder.write(value)
    }

    func encode(_ value: some BinaryInteger & Encodable, forKey key: Key) throws {
        try encoder.beginMember(key, of: place)
        encoder.write(value)
    }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        try encoder.beginMember(key, of: place)
        try encoder.encode(value)
    }

    func nestedContainer<Inner: CodingKey>(
        keyedBy type: Inner.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Inner> {
        try? encoder.beginMember(key, of: place)
        return KeyedEncodingContainer(
            JSONObjectWriter<Inner>(encoder: encoder, place: encoder.beginObject()))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        try? encoder.beginMember(key, of: place)
        return JSONListWriter(encoder: encoder, place: encoder.beginList())
    }

    func superEncoder() -> any Encoder { refusal(by: encoder) }
    func superEncoder(forKey key: Key) -> any Encoder { refusal(by: encoder) }
}

struct JSONListWriter: UnkeyedEncodingContainer {
    let encoder: JSONTextEncoder
    let place: JSONText.Place

    var codingPath: [any CodingKey] { [] }
    var count: Int { encoder.text.count(in: place) }

    func encodeNil() throws {
        try encoder.beginElement(of: place)
        encoder.writeNull()
    }

    func encode(_ value: Bool) throws {
        try encoder.beginElement(of: place)
        encoder.write(value)
    }

    func encode(_ value: String) throws {
        try encoder.beginElement(of: place)
        encoder.write(value)
    }

    func encode(_ value: some BinaryFloatingPoint & CustomStringConvertible & Encodable) throws {
        try encoder.beginElement(of: place)
        try encoder.write(value)
    }

    func encode(_ value: some BinaryInteger & Encodable) throws {
        try encoder.beginElement(of: place)
        encoder.write(value)
    }

    func encode(_ value: some Encodable) throws {
        try encoder.beginElement(of: place)
        try encoder.encode(value)
    }

    func nestedContainer<Inner: CodingKey>(
        keyedBy type: Inner.Type
    ) -> KeyedEncodingContainer<Inner> {
        try? encoder.beginElement(of: place)
        return KeyedEncodingContainer(
            JSONObjectWriter<Inner>(encoder: encoder, place: encoder.beginObject()))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        try? encoder.beginElement(of: place)
        return JSONListWriter(encoder: encoder, place: encoder.beginList())
    }

    func superEncoder() -> any Encoder { refusal(by: encoder) }
}

struct JSONValueWriter: SingleValueEncodingContainer {
    let encoder: JSONTextEncoder

    var codingPath: [any CodingKey] { [] }

    func encodeNil() throws {
        try encoder.beginSingleValue()
        encoder.writeNull()
    }

    func encode(_ value: Bool) throws {
        try encoder.beginSingleValue()
        encoder.write(value)
    }

    func encode(_ value: String) throws {
        try encoder.beginSingleValue()
        encoder.write(value)
    }

    func encode(_ value: some BinaryFloatingPoint & CustomStringConvertible & Encodable) throws {
        try encoder.beginSingleValue()
        try encoder.write(value)
    }

    func encode(_ value: some BinaryInteger & Encodable) throws {
        try encoder.beginSingleValue()
        encoder.write(value)
    }

    func encode(_ value: some Encodable) throws {
        try encoder.beginSingleValue()
        try encoder.encode(value)
    }
}

private func refusal(by encoder: JSONTextEncoder) -> any Encoder {
    encoder.refuse("a super encoder is asked for")
    return encoder
}
