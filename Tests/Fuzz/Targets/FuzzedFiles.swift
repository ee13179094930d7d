// The files of one pool out of one input, so that a fuzzer can change any of them: a line
// `==> drop-in <==` or `==> environment <==` begins another file, as head(1) shows several.

import PoolConfiguration

struct FuzzedFiles: ConfigurationSource {
    static let main = "/etc/martlet/web.conf"
    static let dropIn = "/etc/martlet/web.conf.d/10.conf"
    static let environment = "/env"
    private static let marks: [(line: [UInt8], path: String)] = [
        (Array("==> drop-in <==".utf8), dropIn), (Array("==> environment <==".utf8), environment),
    ]

    private(set) var files: [String: [UInt8]]

    init(_ input: [UInt8]) {
        var lines: [String: [ArraySlice<UInt8>]] = [Self.main: []]
        var path = Self.main
        for line in input.split(separator: 0x0a, omittingEmptySubsequences: false) {
            if let mark = Self.marks.first(where: { $0.line.elementsEqual(line) }) {
                path = mark.path
            } else {
                lines[path, default: []].append(line)
            }
        }
        files = lines.mapValues { Array($0.joined(separator: [0x0a])) }
    }

    /// The same environment, and another pool.
    func replacing(main text: String) -> FuzzedFiles {
        var others = self
        others.files = files.filter { $0.key == Self.environment }
        others.files[Self.main] = Array(text.utf8)
        return others
    }

    /// From 1; an end in a carriage return counts in environment files.
    func lineCount(of path: String) -> Int {
        (files[path] ?? []).reduce(1) { $0 + ($1 == 0x0a || $1 == 0x0d ? 1 : 0) }
    }

    func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]? { files[path] }

    func list(_ directory: String) throws(ConfigurationReadError) -> [String]? {
        switch directory {
        case "/etc/martlet": ["web.conf"]
        case "/etc/martlet/web.conf.d" where files[Self.dropIn] != nil: ["10.conf"]
        // New enough for all that the generator writes.
        case "/usr/lib/systemd": ["libsystemd-shared-257.so"]
        default: nil
        }
    }
}
