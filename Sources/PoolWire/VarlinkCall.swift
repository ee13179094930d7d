// A method call of Varlink, read from JSON and written as it.
// Invariant: reading costs no more than the message's length: nested values are looked at only as
// far as a method of ours could want them.

/// One call.
package struct VarlinkCall: Hashable, Sendable {
    /// `io.martlet.Pool.Reload`
    package var method: String
    package var parameters: [String: VarlinkParameter]
    /// The client takes several replies.
    package var more: Bool
    /// The client wants no reply.
    package var oneway: Bool
    /// The client wants to speak something else afterwards.
    package var upgrade: Bool

    package init(
        method: String, parameters: [String: VarlinkParameter] = [:], more: Bool = false,
        oneway: Bool = false, upgrade: Bool = false
    ) {
        self.method = method
        self.parameters = parameters
        self.more = more
        self.oneway = oneway
        self.upgrade = upgrade
    }

    /// How many parameters a call may have.
    package static let mostParameters = 16

    /// What stands before the last dot of the method; empty without one.
    package var interface: String {
        method.lastIndex(of: ".").map { String(method[..<$0]) } ?? ""
    }

    /// Reads a message; `nil` if it is not a call.
    package init?(frame: [UInt8]) {
        guard let call = VarlinkFrame.decode(VarlinkCall.self, from: frame) else { return nil }
        self = call
    }

    /// The message with its NUL.
    package var frame: [UInt8] { VarlinkFrame.encode(self) ?? [] }
}

/// A value of a parameter, as far as a method of ours has use for it.
package enum VarlinkParameter: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case string(String)
    /// A fraction, an array, an object.
    case other
}

extension VarlinkCall: Codable {
    private enum CodingKeys: String, CodingKey {
        case method, parameters, more, oneway, upgrade
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        method = try container.decode(String.self, forKey: .method)
        more = try container.decodeIfPresent(Bool.self, forKey: .more) ?? false
        oneway = try container.decodeIfPresent(Bool.self, forKey: .oneway) ?? false
        upgrade = try container.decodeIfPresent(Bool.self, forKey: .upgrade) ?? false
        parameters = [:]
        guard try container.contains(.parameters) && !container.decodeNil(forKey: .parameters)
        else { return }
        let values = try container.nestedContainer(keyedBy: AnyKey.self, forKey: .parameters)
        guard values.allKeys.count <= Self.mostParameters else {
            throw DecodingError.dataCorruptedError(
                forKey: .parameters, in: container, debugDescription: "too many parameters")
        }
        for key in values.allKeys {
            parameters[key.stringValue] = VarlinkParameter(of: key, in: values)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(method, forKey: .method)
        if more { try container.encode(true, forKey: .more) }
        if oneway { try container.encode(true, forKey: .oneway) }
        if upgrade { try container.encode(true, forKey: .upgrade) }
        guard !parameters.isEmpty else { return }
        var values = container.nestedContainer(keyedBy: AnyKey.self, forKey: .parameters)
        for (name, value) in parameters {
            switch value {
            case .null, .other: try values.encodeNil(forKey: AnyKey(name))
            case .bool(let value): try values.encode(value, forKey: AnyKey(name))
            case .int(let value): try values.encode(value, forKey: AnyKey(name))
            case .string(let value): try values.encode(value, forKey: AnyKey(name))
            }
        }
    }
}

extension VarlinkParameter {
    fileprivate init(of key: AnyKey, in container: KeyedDecodingContainer<AnyKey>) {
        if (try? container.decodeNil(forKey: key)) == true {
            self = .null
        } else if let value = try? container.decode(Bool.self, forKey: key) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self, forKey: key) {
            self = .int(value)
        } else if let value = try? container.decode(String.self, forKey: key) {
            self = .string(value)
        } else {
            self = .other
        }
    }
}

/// A name that is not known beforehand.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
