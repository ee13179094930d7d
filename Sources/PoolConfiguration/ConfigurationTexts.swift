// What a configuration was read from, kept word for word: so that another master can read it again as
// it was, whatever the files say by then.
// Invariant: it answers what was answered when it was recorded, and to nothing else.

/// Files and directories by their paths, as they were. Text is text in JSON, for people; encoded
/// with sorted keys, equal ones are equal byte for byte.
package struct ConfigurationTexts: Codable, Equatable, Sendable {
    fileprivate var files: [String: RecordedFile] = [:]
    fileprivate var directories: [String: RecordedDirectory] = [:]

    package init() {}
}

extension ConfigurationTexts: ConfigurationSource {
    package func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]? {
        guard let file = files[path] else { throw Self.unknown(path) }
        switch file {
        case .bytes(let bytes): return bytes
        case .absent: return nil
        case .refused(let sentence): throw ConfigurationReadError(sentence)
        }
    }

    package func list(_ directory: String) throws(ConfigurationReadError) -> [String]? {
        guard let directory = directories[directory] else { throw Self.unknown(directory) }
        switch directory {
        case .names(let names): return names
        case .absent: return nil
        case .refused(let sentence): throw ConfigurationReadError(sentence)
        }
    }

    private static func unknown(_ path: String) -> ConfigurationReadError {
        ConfigurationReadError("could not find \(path) in what the master has kept of its files")
    }
}

/// Notes all answers of another source. Who asks again is answered as the first time, so that what was
/// read and what is noted can't be two different things.
package final class RecordingSource<Source: ConfigurationSource>: ConfigurationSource {
    private let source: Source
    package private(set) var texts = ConfigurationTexts()

    package init(_ source: Source) {
        self.source = source
    }

    package func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]? {
        if texts.files[path] == nil {
            do throws(ConfigurationReadError) {
                texts.files[path] = try source.read(path).map { .bytes($0) } ?? .absent
            } catch {
                texts.files[path] = .refused(error.sentence)
            }
        }
        return try texts.read(path)
    }

    package func list(_ directory: String) throws(ConfigurationReadError) -> [String]? {
        if texts.directories[directory] == nil {
            do throws(ConfigurationReadError) {
                let names = try source.list(directory)?
                    .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                texts.directories[directory] = names.map { .names($0) } ?? .absent
            } catch {
                texts.directories[directory] = .refused(error.sentence)
            }
        }
        return try texts.list(directory)
    }
}

// MARK: Answers

/// `{"text": …}`, `{"base64": …}` for what is no UTF-8, `{"absent": true}` or `{"refused": …}`.
private enum RecordedFile: Equatable, Sendable {
    case bytes([UInt8])
    case absent
    case refused(String)
}

/// `{"names": […]}`, `{"absent": true}` or `{"refused": …}`.
private enum RecordedDirectory: Equatable, Sendable {
    case names([String])
    case absent
    case refused(String)
}

private enum RecordedKey: String, CodingKey {
    case text, base64, names, absent, refused
}

extension RecordedFile: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: RecordedKey.self)
        if let text = try container.decodeIfPresent(String.self, forKey: .text) {
            self = .bytes(Array(text.utf8))
        } else if let text = try container.decodeIfPresent(String.self, forKey: .base64) {
            guard let bytes = Base64.decode(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .base64, in: container, debugDescription: "this is no base64")
            }
            self = .bytes(bytes)
        } else if let sentence = try container.decodeIfPresent(String.self, forKey: .refused) {
            self = .refused(sentence)
        } else {
            _ = try container.decode(Bool.self, forKey: .absent)
            self = .absent
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: RecordedKey.self)
        switch self {
        case .bytes(let bytes):
            if let text = String(validating: bytes, as: UTF8.self) {
                try container.encode(text, forKey: .text)
            } else {
                try container.encode(Base64.encode(bytes), forKey: .base64)
            }
        case .absent: try container.encode(true, forKey: .absent)
        case .refused(let sentence): try container.encode(sentence, forKey: .refused)
        }
    }
}

extension RecordedDirectory: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: RecordedKey.self)
        if let names = try container.decodeIfPresent([String].self, forKey: .names) {
            self = .names(names)
        } else if let sentence = try container.decodeIfPresent(String.self, forKey: .refused) {
            self = .refused(sentence)
        } else {
            _ = try container.decode(Bool.self, forKey: .absent)
            self = .absent
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: RecordedKey.self)
        switch self {
        case .names(let names): try container.encode(names, forKey: .names)
        case .absent: try container.encode(true, forKey: .absent)
        case .refused(let sentence): try container.encode(sentence, forKey: .refused)
        }
    }
}
