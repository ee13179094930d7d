// The settings that a pool runs with, as it is told to others: what Configuration answers.

package struct ConfigurationReport: Codable, Hashable, Sendable {
    /// That they were read from, in order.
    package let files: [String]
    package let settings: [SettingReport]

    package init(files: [String], settings: [SettingReport]) {
        self.files = files
        self.settings = settings
    }
}

/// One line, as a file could have it.
package struct SettingReport: Codable, Hashable, Sendable {
    /// Without its brackets.
    package let section: String
    package let name: String
    package let value: String
    /// File and line, or where else it comes from.
    package let origin: String

    package init(section: String, name: String, value: String, origin: String) {
        self.section = section
        self.name = name
        self.value = value
        self.origin = origin
    }
}
