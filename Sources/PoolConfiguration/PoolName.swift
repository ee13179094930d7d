// Which names a pool may have: those that systemd takes as an instance without escaping.

package enum PoolName {
    package static let longest = 64

    /// The name as it was given, if a unit, a directory and a journal identifier can carry it.
    package static func validated(_ name: String) throws(InvalidValue) -> String {
        guard !name.isEmpty else { throw InvalidValue("a pool needs a name") }
        guard name.utf8.count <= longest else {
            throw InvalidValue("a pool's name has at most \(longest) characters")
        }
        guard name.utf8.allSatisfy(isAllowed) else {
            throw InvalidValue("a pool's name is made of letters, digits, \"-\", \"_\" and \".\"")
        }
        guard name.utf8.first != UInt8(ascii: "."), name.utf8.first != UInt8(ascii: "-") else {
            throw InvalidValue("a pool's name begins with a letter, a digit or \"_\"")
        }
        // It is the name of the pool's sockets, if they are given no other.
        guard !name.hasPrefix("martlet.") else {
            throw InvalidValue("a pool's name does not begin with \"martlet.\"")
        }
        return name
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit
            || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
    }
}
