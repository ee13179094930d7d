// Text with specifiers: %i the pool, %w the worker's slot or `agent`, %g the generation,
// %% a percent sign.
// Invariant: every specifier was checked when the text was parsed; expanding can't fail.

/// A text that may differ from process to process.
package struct SpecifierText: Equatable, Sendable {
    enum Part: Equatable, Sendable {
        case text(String)
        case post
        case generation
    }

    /// As it stands in the file, quotes and escapes removed.
    package let written: String
    let parts: [Part]

    /// Text that has no specifiers, whatever it contains.
    package init(literal text: String) {
        // For `written` to be read back as the same text.
        written = text.doublingPercentSigns
        parts = [.text(text)]
    }

    package init(parsing text: String, pool: String) throws(InvalidValue) {
        written = text
        var parts: [Part] = []
        var literal: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                literal.append(byte)
                continue
            }
            switch try Self.specifier(rest.popFirst(), pool: pool) {
            case .text(let word): literal.append(contentsOf: word.utf8)
            case let part:
                parts.append(.text(String(decoding: literal, as: UTF8.self)))
                parts.append(part)
                literal = []
            }
        }
        parts.append(.text(String(decoding: literal, as: UTF8.self)))
        self.parts = parts
    }

    static func specifier(_ letter: UInt8?, pool: String) throws(InvalidValue) -> Part {
        switch letter {
        case UInt8(ascii: "i"): return .text(pool)
        case UInt8(ascii: "w"): return .post
        case UInt8(ascii: "g"): return .generation
        case UInt8(ascii: "%"): return .text("%")
        default:
            let shown = letter.map { $0 < 0x80 ? "%\(Unicode.Scalar($0))" : "%…" } ?? "%"
            let unknown = "unknown specifier \"\(shown)\": %i is the pool"
            let others = "%g the generation, %% a percent sign"
            throw InvalidValue(
                "\(unknown), %w the slot, \(others)",
                ofAgent: "\(unknown), %w the word \"agent\", \(others)")
        }
    }

    /// Whether the text is the same for every process of every generation.
    package var isConstant: Bool {
        parts.allSatisfy { if case .text = $0 { true } else { false } }
    }

    package func expand(post: Post, generation: Int) -> String {
        if parts.count == 1, case .text(let text) = parts[0] { return text }
        return parts.reduce(into: "") { result, part in
            switch part {
            case .text(let text): result += text
            case .post: result += "\(post)"
            case .generation: result += "\(generation)"
            }
        }
    }
}

extension String {
    private var hasPercentSign: Bool { utf8.contains(UInt8(ascii: "%")) }

    fileprivate var doublingPercentSigns: String {
        guard hasPercentSign else { return self }
        return utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }.joined(separator: "%%")
    }
}
