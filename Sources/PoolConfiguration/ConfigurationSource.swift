// How this module sees files: through whoever calls it.
// Invariant: nothing in this module opens a file; a test can be a dictionary.

/// Where configuration files are read from.
package protocol ConfigurationSource {
    /// The bytes of a file; `nil` if nothing has this name.
    func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]?

    /// The names in a directory in any order; `nil` if there is no such directory.
    func list(_ directory: String) throws(ConfigurationReadError) -> [String]?
}

/// Why a file or directory can't be read, as a sentence: `could not open …: permission denied`.
package struct ConfigurationReadError: Error, Equatable, Sendable {
    package let sentence: String

    package init(_ sentence: String) {
        self.sentence = sentence
    }
}

/// The directories in which pools are looked for, the one that wins first.
package struct ConfigurationDirectories: Equatable, Sendable {
    package let paths: [String]

    package init(_ paths: [String]) {
        self.paths = paths
    }

    /// The administrator's, then the vendor's.
    package static let standard = ConfigurationDirectories(["/etc/martlet", "/usr/lib/martlet"])
}
