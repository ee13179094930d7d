// An ecosystem file of PM2, taken apart into its applications.
// Invariant: what is not an option of an application is named.

import PoolConfiguration

/// Why a file or an application can't be translated: a sentence that begins with neither's name.
package struct EcosystemRefused: Error, Equatable, Sendable {
    package let sentence: String

    package init(_ sentence: String) {
        self.sentence = sentence
    }
}

package struct EcosystemFile: Equatable, Sendable {
    package let apps: [EcosystemApp]
    /// What stands beside the applications.
    package let notes: [ImportNote]

    /// - Parameter value: `{ apps: […] }`, a list of applications, or one alone, as PM2 has it.
    package init(_ value: EcosystemValue) throws(EcosystemRefused) {
        var notes: [ImportNote] = []
        let listed: EcosystemValue
        if case .object(let members) = value, let apps = members["apps"] ?? members["pm2"] {
            listed = apps
            for name in members.keys.sorted() where name != "apps" && name != "pm2" {
                let reason =
                    name == "deploy"
                    ? "deploying is not the pool's part" : "it is no part of an application"
                notes.append(ImportNote(name, reason))
            }
        } else {
            listed = value
        }
        let values: [EcosystemValue]
        if case .list(let several) = listed { values = several } else { values = [listed] }
        guard !values.isEmpty else { throw EcosystemRefused("there is no application in it") }
        var apps: [EcosystemApp] = []
        for (index, value) in values.enumerated() {
            guard case .object(let members) = value else {
                throw EcosystemRefused("application \(index + 1) is no object with options")
            }
            apps.append(EcosystemApp(members))
        }
        (self.apps, self.notes) = (apps, notes)
    }
}

/// What somebody has to know who used PM2 before.
package struct ImportNote: Equatable, Sendable {
    /// As the file has it.
    package let option: String
    package let sentence: String

    init(_ option: String, _ sentence: String) {
        (self.option, self.sentence) = (option.onOneLine.shortened(to: 60), sentence.onOneLine)
    }

    package var description: String { "\(option): \(sentence)" }
}

/// One application as it stands in the file.
package struct EcosystemApp: Equatable, Sendable {
    private(set) var options: [EcosystemOption: EcosystemValue] = [:]
    /// By what follows `env_`.
    private(set) var environments: [String: EcosystemValue] = [:]
    private(set) var unknown: [ImportNote] = []

    init(_ members: [String: EcosystemValue]) {
        // In an order of their own, as an object has none.
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if let option = EcosystemOption(name: name) {
                // The documented name wins over its aliases.
                if options[option] == nil || option.rawValue == name { options[option] = value }
            } else if name.hasPrefix("env_") {
                environments[String(name.dropFirst(4))] = value
            } else {
                let nearest = nearestName(to: name, among: EcosystemOption.names)
                unknown.append(
                    ImportNote(
                        name,
                        "PM2 has no such option"
                            + (nearest.map { " (did you mean \($0)?)" } ?? "")))
            }
        }
    }

    subscript(option: EcosystemOption) -> EcosystemValue? { options[option] }

    /// As PM2 calls it: by its name, or by its script's.
    package var name: String {
        if let name = options[.name]?.word, !name.isEmpty { return name }
        let file = options[.script]?.word?.split(separator: "/").last.map(String.init) ?? ""
        guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return file }
        return String(file[..<dot])
    }
}
