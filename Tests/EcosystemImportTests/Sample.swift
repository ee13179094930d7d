import EcosystemImport
import Testing

/// An ecosystem file as its text, and what comes of it.
enum Sample {
    static let circumstances = ImportCircumstances(environment: nil, directory: "/srv/web") {
        ["node", "python3", "npm"].contains($0) ? "/usr/bin/\($0)" : nil
    }

    static func file(_ json: String) throws -> EcosystemFile {
        try EcosystemFile(#require(EcosystemValue(json: Array(json.utf8)), "no JSON: \(json)"))
    }

    /// The pool of one application, which is given what every one needs.
    static func pool(
        _ options: String, script: String = #""script": "server.js""#,
        listeners: [String] = ["8000"], in circumstances: ImportCircumstances = circumstances
    ) throws -> ImportedPool {
        let json = "{ \(options)\(options.isEmpty ? "" : ", ")\(script) }"
        let app = try #require(try file(json).apps.first)
        return try ImportedPool(app, listeners: listeners, in: circumstances)
    }

    /// The lines that are no comments, sections and blanks left out.
    static func lines(_ pool: ImportedPool) -> [String] {
        pool.text.split(separator: "\n").map(String.init).filter {
            !$0.hasPrefix("#") && !$0.hasPrefix("[")
        }
    }

    static func notes(_ pool: ImportedPool) -> [String] { pool.notes.map(\.description) }
}
