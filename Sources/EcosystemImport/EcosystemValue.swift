// A value of an ecosystem file, which is JSON or has been made JSON.
// Invariant: whatever a file says is kept as it said it; what it means is for the options to know.

import FoundationEssentials
import PoolWire

package enum EcosystemValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([EcosystemValue])
    case object([String: EcosystemValue])

    /// - Returns: `nil` for what is no JSON.
    package init?(json: [UInt8]) {
        // FoundationEssentials would end the process for some of what this keeps from it.
        guard ForeignJSON.isSound(json),
            let value = try? JSONDecoder().decode(EcosystemValue.self, from: Data(json))
        else { return nil }
        self = value
    }
}

extension EcosystemValue: Decodable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([EcosystemValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: EcosystemValue].self))
        }
    }
}

extension EcosystemValue {
    /// Whether it only says that there is nothing.
    var isOff: Bool { self == .null || self == .boolean(false) || self == .text("") }

    /// `nil` for what can be no text: lists and objects.
    var word: String? {
        switch self {
        case .null, .list, .object: nil
        case .boolean(let value): value ? "true" : "false"
        case .number(let value): Int(exactly: value).map(String.init) ?? "\(value)"
        case .text(let value): value
        }
    }

    var flag: Bool? {
        switch self {
        case .boolean(let value): value
        case .text("true"): true
        case .text("false"): false
        default: nil
        }
    }

    var integer: Int? {
        switch self {
        case .number(let value): Int(exactly: value)
        case .text(let value): Int(value)
        default: nil
        }
    }

    /// A list of words, or one word alone.
    var words: [String]? {
        guard case .list(let values) = self else { return word.map { [$0] } }
        let words = values.compactMap(\.word)
        return words.count == values.count ? words : nil
    }

    /// A number of milliseconds, or a text such as `3s`, `5m`, `1h`.
    var milliseconds: Int? { quantity(of: ["s": 1_000, "m": 60_000, "h": 3_600_000]) }

    /// A number of bytes, or a text such as `300M`.
    var bytes: Int? { quantity(of: ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]) }

    private func quantity(of units: [Character: Int]) -> Int? {
        guard let word, let last = word.last else { return nil }
        let factor = units[last] ?? 1
        let digits = units[last] == nil ? word[...] : word.dropLast()
        guard let number = Int(digits), number >= 0 else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        // A year, or more memory than there is anywhere: nobody means it.
        return overflow || product > 1 << 50 ? nil : product
    }
}
