// Where a worker runs: the value of `WorkingDirectory=`.

package struct WorkingDirectory: Equatable, Sendable {
    /// Absolute.
    package let path: SpecifierText
    /// Whether a directory that can't be entered is no reason to fail, written `-/path`.
    package let isOptional: Bool

    init(parsing text: String, pool: String) throws(InvalidValue) {
        isOptional = text.utf8.first == UInt8(ascii: "-")
        let written = isOptional ? String(decoding: text.utf8.dropFirst(), as: UTF8.self) : text
        guard written.utf8.first != UInt8(ascii: "~") else {
            throw InvalidValue("\"~\" is not supported: write the whole path")
        }
        path = try SpecifierText(parsing: written, pool: pool)
        guard written.utf8.first == UInt8(ascii: "/") else {
            throw InvalidValue("expects an absolute path")
        }
    }

    /// A path that is taken as it is.
    init(literal path: String) throws(InvalidValue) {
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw InvalidValue("expects an absolute path")
        }
        self.path = SpecifierText(literal: path)
        isOptional = false
    }

    var text: String { (isOptional ? "-" : "") + path.written }
}
