// Files that exist in a test only.

import PoolConfiguration
import Testing

struct MemorySource: ConfigurationSource {
    var files: [String: [UInt8]] = [:]
    /// Paths that answer with an error.
    var broken: Set<String> = []

    init(_ files: [String: String]) {
        self.files = files.mapValues { Array($0.utf8) }
    }

    func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]? {
        if broken.contains(path) {
            throw ConfigurationReadError("could not open \(path): Permission denied (EACCES)")
        }
        return files[path]
    }

    func list(_ directory: String) throws(ConfigurationReadError) -> [String]? {
        if broken.contains(directory) {
            throw ConfigurationReadError("could not list \(directory): Permission denied (EACCES)")
        }
        let prefix = directory + "/"
        let names = files.keys.filter { $0.hasPrefix(prefix) }.compactMap {
            $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
        }
        return names.isEmpty ? nil : Array(Set(names))
    }
}

/// The least that a pool needs, before what a test adds.
let leastSocket = "[Socket]\nListenStream=8000\n"
let leastPool = leastSocket + "[Worker]\nExecStart=/usr/bin/node\n"

/// Loads the pool `web` from one file.
func load(_ text: String, and more: [String: String] = [:]) throws -> PoolSettings {
    var files = more
    files["/etc/martlet/web.conf"] = text
    return try PoolSettings.load(pool: "web", from: MemorySource(files))
}

/// Loads a pool whose [Worker] has these lines besides its command.
func load(worker lines: String) throws -> PoolSettings { try load(leastPool + lines + "\n") }

/// A pool with an agent, before what a test adds to [Agent], which begins at line 5.
let leastAgent = leastPool + "[Agent]\nExecStart=/usr/bin/agent\n"

/// Loads a pool whose [Agent] has these lines besides its command.
func load(agent lines: String) throws -> PoolSettings { try load(leastAgent + lines + "\n") }

/// The problems of a file, each without the path's directory.
func problems(_ text: String, and more: [String: String] = [:]) -> [String] {
    var files = more
    files["/etc/martlet/web.conf"] = text
    return problems(MemorySource(files))
}

func problems(_ source: MemorySource) -> [String] {
    do {
        _ = try PoolSettings.load(pool: "web", from: source)
        return []
    } catch {
        return error.problems.map {
            let text = $0.description
            return text.hasPrefix("/etc/martlet/") ? String(text.dropFirst(13)) : text
        }
    }
}

/// The problems of lines in [Worker], which begins at line 3.
func problems(worker lines: String) -> [String] { problems(leastPool + lines + "\n") }

/// The problems of lines in [Agent], which begins at line 5.
func problems(agent lines: String) -> [String] { problems(leastAgent + lines + "\n") }

/// What a body throws; `#expect(throws:)` hands it out from Swift 6.1 on only.
func thrown<Failure: Error>(_: Failure.Type, _ body: () throws -> some Any) -> Failure? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? Failure
    }
}
