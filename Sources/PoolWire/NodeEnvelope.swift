// The members of a message that matter, read leniently: Node's releases differ in what they write
// for "none", and a worker may be any program.
// Invariant: a member of an unexpected kind counts as missing.

import FoundationEssentials

struct NodeEnvelope: Decodable {
    var act: String?
    var seq: Int?
    var ack: Int?
    var accepted: Bool?
    var key: String?
    var index: Int?
    var address: String?
    var port: Int?
    var addressType: NodeData?
    var fd: Int?
    var data: NodeData?

    private enum CodingKeys: String, CodingKey {
        case act, seq, ack, accepted, key, index, address, port, addressType, fd, data
    }

    /// - Returns: `nil` for what is no JSON object that can be decoded.
    init?(line: [UInt8]) {
        guard ForeignJSON.isSound(line),
            let read = try? JSONDecoder().decode(Self.self, from: Data(line))
        else { return nil }
        self = read
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        func member<Value: Decodable>(_ key: CodingKeys) -> Value? {
            (try? members.decodeIfPresent(Value.self, forKey: key)) ?? nil
        }
        act = member(.act)
        seq = member(.seq)
        ack = member(.ack)
        accepted = member(.accepted)
        key = member(.key)
        index = member(.index)
        address = member(.address)
        port = member(.port)
        addressType = member(.addressType)
        fd = member(.fd)
        data = member(.data)
    }
}

/// A JSON value that is passed on.
package enum NodeData: Codable, Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([NodeData])
    case object([String: NodeData])

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([NodeData].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: NodeData].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let object): try value.encode(object)
        }
    }
}
