// Which files make up a pool: NAME.conf of the first directory that has one, and drop-ins
// NAME.conf.d/*.conf of all directories, sorted by name, the first directory's before its namesakes.
// Invariant: an empty file (as a link to /dev/null is) masks what it overrides.

/// One file with its content.
package struct TextFile: Equatable, Sendable {
    package let path: String
    package let bytes: [UInt8]
}

package struct PoolFiles: Equatable, Sendable {
    /// NAME.conf; `nil` if it is missing or can't be read.
    package private(set) var main: TextFile?
    private(set) var dropIns: [TextFile] = []
    package private(set) var problems: [ConfigurationProblem] = []
    /// Whether there was nothing under the pool's name.
    package private(set) var isMissing = false

    /// Whether somebody switched the pool off with an empty file.
    package var isMasked: Bool { main?.bytes.isEmpty == true }

    /// All files there are, in the order in which they are read.
    package var all: [TextFile] { (main.map { [$0] } ?? []) + dropIns }

    /// The files of a pool by its name.
    package init(
        pool: String, in directories: ConfigurationDirectories,
        from source: some ConfigurationSource
    ) {
        let candidates = directories.paths.map { "\($0)/\(pool).conf" }
        readMain(candidates, from: source)
        guard main != nil, !isMasked else { return }
        readDropIns(in: candidates.map { "\($0).d" }, from: source)
    }

    /// A file by its path, with the drop-ins beside it.
    init(file: String, from source: some ConfigurationSource) {
        readMain([file], from: source)
        guard main != nil, !isMasked else { return }
        readDropIns(in: ["\(file).d"], from: source)
    }

    /// A file that is in one of the directories, with all drop-ins of its pool.
    init(
        file: String, sharingDropInsOf pool: String, in directories: ConfigurationDirectories,
        from source: some ConfigurationSource
    ) {
        readMain([file], from: source)
        guard main != nil, !isMasked else { return }
        readDropIns(in: directories.paths.map { "\($0)/\(pool).conf.d" }, from: source)
    }

    static func isConfiguration(_ name: String) -> Bool {
        name.utf8.first != UInt8(ascii: ".") && name.hasSuffix(".conf")
    }

    private mutating func readMain(_ candidates: [String], from source: some ConfigurationSource) {
        for path in candidates {
            do throws(ConfigurationReadError) {
                guard let bytes = try source.read(path) else { continue }
                main = TextFile(path: path, bytes: bytes)
                if bytes.isEmpty { refuse(path, "the pool is masked: this file is empty") }
            } catch {
                // The one of the next directory is not what was meant.
                refuse(path, error.sentence)
            }
            return
        }
        isMissing = true
        refuse(
            candidates.first ?? "",
            candidates.count > 1
                ? "no such file, and none in " + candidates.dropFirst().joined(separator: ", ")
                : "no such file")
    }

    private mutating func readDropIns(
        in directories: [String], from source: some ConfigurationSource
    ) {
        var winners: [String: String] = [:]
        for directory in directories {
            do throws(ConfigurationReadError) {
                for name in try source.list(directory) ?? []
                where Self.isConfiguration(name) && winners[name] == nil {
                    winners[name] = "\(directory)/\(name)"
                }
            } catch {
                refuse(directory, error.sentence)
            }
        }
        let sorted = winners.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (_, path) in sorted { readDropIn(path, from: source) }
    }

    private mutating func readDropIn(_ path: String, from source: some ConfigurationSource) {
        do throws(ConfigurationReadError) {
            guard let bytes = try source.read(path) else {
                refuse(path, "the file is gone, or a link that leads nowhere")
                return
            }
            dropIns.append(TextFile(path: path, bytes: bytes))
        } catch {
            refuse(path, error.sentence)
        }
    }

    private mutating func refuse(_ path: String, _ message: String) {
        problems.append(ConfigurationProblem(file: path, message: message))
    }
}
