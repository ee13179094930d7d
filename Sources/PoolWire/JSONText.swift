// JSON as it is written: objects, lists and what is in them, byte after byte, nothing twice.
// Invariant: members of an object come in the order of their names, whatever order they were written
// in, so that equal values are equal bytes; what is open is closed before its parent goes on.

/// The text, and what is open at its end.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var open: [Opened] = []
    /// Of all objects that are open, the outermost first.
    private var members: [Member] = []
    private var lastOpened = 0

    /// An object or a list that is not closed yet.
    struct Place: Equatable {
        fileprivate let depth: Int
        /// Never given twice: what is closed does not come to life when another one is opened there.
        fileprivate let number: Int
    }

    private struct Opened {
        let number: Int
        let isObject: Bool
        let start: Int
        let firstMember: Int
        var count = 0
    }

    private struct Member {
        let start: Int
        /// Without its quotation marks.
        let name: Range<Int>
    }

    var depth: Int { open.count }

    // MARK: Objects and lists

    mutating func beginObject() -> Place { begin(isObject: true) }
    mutating func beginList() -> Place { begin(isObject: false) }

    private mutating func begin(isObject: Bool) -> Place {
        lastOpened += 1
        bytes.append(UInt8(ascii: isObject ? "{" : "["))
        open.append(
            Opened(
                number: lastOpened, isObject: isObject, start: bytes.count,
                firstMember: members.count))
        return Place(depth: open.count - 1, number: lastOpened)
    }

    /// The object or list that is open at a depth; `nil` if there is none of this kind.
    func place(at depth: Int, isObject: Bool) -> Place? {
        guard depth < open.count, open[depth].isObject == isObject else { return nil }
        return Place(depth: depth, number: open[depth].number)
    }

    func isOpen(_ place: Place) -> Bool {
        place.depth < open.count && open[place.depth].number == place.number
    }

    /// How much is in it.
    func count(in place: Place) -> Int { isOpen(place) ? open[place.depth].count : 0 }

    /// Closes what is deeper.
    mutating func close(to depth: Int) {
        while open.count > depth {
            let closed = open.removeLast()
            if closed.isObject { sortMembers(of: closed) }
            bytes.append(UInt8(ascii: closed.isObject ? "}" : "]"))
        }
    }

    /// The next value is the one of this name.
    mutating func beginMember(_ name: String, of object: Place) {
        beginElement(of: object)
        let start = bytes.count
        write(name)
        members.append(Member(start: start, name: start + 1..<bytes.count - 1))
        bytes.append(UInt8(ascii: ":"))
    }

    /// The next value is the next one of the list, or of the object.
    mutating func beginElement(of place: Place) {
        close(to: place.depth + 1)
        if open[place.depth].count > 0 { bytes.append(UInt8(ascii: ",")) }
        open[place.depth].count += 1
    }

    // MARK: The order of members

    private mutating func sortMembers(of closed: Opened) {
        let own = members[closed.firstMember...]
        defer { members.removeSubrange(closed.firstMember...) }
        guard zip(own, own.dropFirst()).contains(where: { !isBefore($0, $1) }) else { return }
        let ends = own.dropFirst().map { $0.start - 1 } + [bytes.count]
        let texts = zip(own, ends).sorted { isBefore($0.0, $1.0) }.map { bytes[$0.0.start..<$0.1] }
        bytes.replaceSubrange(closed.start..., with: Array(texts.joined(separator: [0x2c])))
    }

    private func isBefore(_ one: Member, _ other: Member) -> Bool {
        bytes[one.name].lexicographicallyPrecedes(bytes[other.name])
    }

    // MARK: Values

    mutating func writeNull() { bytes += "null".utf8 }

    mutating func write(_ value: Bool) { bytes += (value ? "true" : "false").utf8 }

    mutating func write(_ value: some BinaryInteger) {
        // The longest has 20 places; of larger types the library knows the way.
        guard value.magnitude <= UInt64.max else {
            bytes += value.description.utf8
            return
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = UInt64(value.magnitude)
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// - Parameter digits: Of a finite number, as Swift describes it.
    mutating func write(digits: String) {
        bytes += digits.utf8.dropLast(digits.hasSuffix(".0") ? 2 : 0)
    }

    mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { units in
            var plain = 0
            for index in units.indices where units[index].isEscaped {
                bytes += units[plain..<index]
                writeEscape(units[index])
                plain = index + 1
            }
            bytes += units[plain...]
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func writeEscape(_ unit: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch unit {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(unit)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0c: bytes.append(UInt8(ascii: "f"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes += [0x75, 0x30, 0x30, digits[Int(unit >> 4)], digits[Int(unit & 15)]]
        }
    }
}

extension UInt8 {
    /// RFC 8259, section 7: what must not stand in a string as it is.
    fileprivate var isEscaped: Bool {
        self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\")
    }
}
