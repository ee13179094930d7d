// `martletctl import`: pools' files from what another program is told, PM2 so far.
// Invariant: all applications become files, or none does; no file that is there is touched.

import EcosystemImport
import LinuxKernel
import PoolConfiguration

struct Import: Command {
    let file: String
    let environment: String?
    /// Those named, by PM2's names or the pools'; all if none is.
    let chosen: [String]
    let listeners: [ImportListener]
    let output: Output

    enum Output: Equatable, Sendable {
        case system
        case directory(String)
        /// Printed in place of being written.
        case printed
    }

    private static let environment = CommandOption("env", takesValue: true)
    private static let only = CommandOption("only", takesValue: true)
    private static let listen = CommandOption("listen", takesValue: true)
    private static let directory = CommandOption("output", "o", takesValue: true)

    static let verbs = [
        Verb(
            "import", "pm2 FILE [OPTION…]",
            options: [environment, only, listen, directory, .standardOutput],
            help: """
                writes a pool's file for each application of PM2's ecosystem file, and names what has
                no counterpart; a file that is a program is executed by node
                --env NAME         takes env_NAME, too
                --only NAME        this application; several times
                --listen [POOL=]ADDRESS
                                   where it listens, if its port does not say so; several times
                -o, --output DIR   writes there, and not to /etc
                --stdout           prints it instead
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        let path = try absolutePath()
        let file = try ecosystem(at: path, on: console)
        let pools = try translate(try chosen(of: file), in: circumstances(of: path))
        for note in file.notes { console.remark(note.description) }
        for pool in pools {
            for note in pool.notes { console.remark("\(pool.pool): \(note.description)") }
        }
        switch output {
        case .printed: ImportedFiles(pools).show(on: &console)
        case .system: try ImportedFiles(pools).write(on: &console)
        case .directory(let path): try ImportedFiles(pools, below: path).write(on: &console)
        }
        return .done
    }

    // MARK: Reading

    private func absolutePath() throws(Failure) -> String {
        guard !file.hasPrefix("/") else { return file }
        do throws(SystemError) {
            return "\(try OwnProcess.workingDirectory())/\(file)"
        } catch {
            throw Failure(.system, "martletctl: \(error)")
        }
    }

    private func ecosystem(
        at path: String, on console: Console
    ) throws(Failure) -> EcosystemFile {
        let value = try EcosystemSource(path: path).read(on: console)
        do throws(EcosystemRefused) {
            return try EcosystemFile(value)
        } catch {
            throw Failure(.configuration, "\(path.withoutLineBreaks): \(error.sentence)")
        }
    }

    private func circumstances(of path: String) -> ImportCircumstances {
        let directory = path.split(separator: "/").dropLast()
            .filter { $0 != "." }.joined(separator: "/")
        return ImportCircumstances(environment: environment, directory: "/\(directory)") { name in
            try? Executable.find(name)
        }
    }

    private func chosen(of file: EcosystemFile) throws(Failure) -> [EcosystemApp] {
        let names = file.apps.map(\.name)
        if let missing = chosen.first(where: { !names.contains($0) }) {
            let known = names.map(\.withoutLineBreaks).joined(separator: ", ")
            throw Failure(
                .noInput,
                "martletctl: there is no application \(missing.withoutLineBreaks) in it, but \(known)"
            )
        }
        return chosen.isEmpty ? file.apps : file.apps.filter { chosen.contains($0.name) }
    }

    // MARK: Translating

    private func translate(
        _ apps: [EcosystemApp], in circumstances: ImportCircumstances
    ) throws(Failure) -> [ImportedPool] {
        if apps.count > 1, let listener = listeners.first(where: { $0.pool == nil }) {
            let address = listener.address.withoutLineBreaks
            throw .usage(
                "--listen \(address): which of the \(apps.count) applications? POOL=\(address)")
        }
        var pools: [ImportedPool] = []
        var complaints: [String] = []
        for app in apps {
            do throws(EcosystemRefused) {
                let name = try ImportedPool.name(of: app)
                let given = listeners.filter { $0.pool == nil || $0.pool == name }
                pools.append(
                    try ImportedPool(app, listeners: given.map(\.address), in: circumstances))
            } catch {
                complaints.append(error.sentence)
            }
        }
        complaints += conflicts(among: pools)
        guard complaints.isEmpty else {
            throw Failure(
                .configuration,
                complaints.joined(separator: "\n") + "\nmartletctl: nothing is written")
        }
        if let foreign = listeners.compactMap(\.pool).first(where: { name in
            !pools.contains { $0.pool == name }
        }) {
            throw .usage("--listen \(foreign)=…: there is no such pool among them")
        }
        return pools
    }

    private func conflicts(among pools: [ImportedPool]) -> [String] {
        var complaints: [String] = []
        for (index, pool) in pools.enumerated() {
            for other in pools[..<index] {
                if other.pool == pool.pool {
                    complaints.append(
                        "\(pool.pool): two applications have this name; give one of them another")
                }
                for listener in pool.listeners where other.listeners.contains(listener) {
                    complaints.append(
                        "\(pool.pool): \(other.pool) listens on \(listener.withoutLineBreaks), too; "
                            + "give --listen \(pool.pool)=ADDRESS")
                }
            }
        }
        return complaints
    }
}

/// Where a pool is to listen: `8000` of the only one, `web=8000`.
struct ImportListener: Equatable, Sendable {
    let pool: String?
    let address: String
}

// MARK: The words

extension Import {
    init(_ words: VerbWords) throws(Failure) {
        guard words.operands.first == "pm2", words.operands.count == 2 else {
            throw .usage("import takes pm2 and the name of PM2's ecosystem file")
        }
        var listeners: [ImportListener] = []
        for word in words.values(of: Self.listen) { listeners.append(try ImportListener(word)) }
        let directory = words.value(of: Self.directory)
        guard directory == nil || !words.has(.standardOutput) else {
            throw .usage("import takes --output or --stdout, not both")
        }
        guard directory?.isEmpty != true else { throw .usage("--output needs a directory") }
        let environment = words.value(of: Self.environment)
        guard environment?.isEmpty != true else { throw .usage("--env needs a name") }
        self.init(
            file: words.operands[1], environment: environment,
            chosen: words.values(of: Self.only), listeners: listeners,
            output: words.has(.standardOutput)
                ? .printed : directory.map { .directory($0) } ?? .system)
    }
}

extension ImportListener {
    init(_ word: String) throws(Failure) {
        // A path and an abstract name may have an equals sign of their own.
        let isNamed = !word.hasPrefix("/") && !word.hasPrefix("@")
        if isNamed, let equals = word.firstIndex(of: "=") {
            pool = try PoolWord(String(word[..<equals])).name
            address = String(word[word.index(after: equals)...])
        } else {
            pool = nil
            address = word
        }
        switch SocketAddress(listenStream: address) {
        case .inet4(_, port: 0), .inet6(_, port: 0, _), nil:
            throw .usage(
                "--listen \(word.withoutLineBreaks): expects a port from 1 to 65535, "
                    + "ADDRESS:PORT, [ADDRESS]:PORT, /PATH or @NAME, perhaps after POOL=")
        default: break
        }
    }
}
