// An ecosystem file of PM2 on its way in: JSON as it is, a program of Node by asking Node for what it
// exports.
// Invariant: what is executed has been said before; neither its silence nor its babble holds us up.

import EcosystemImport
import Glibc
import LinuxKernel

struct EcosystemSource {
    /// An absolute path.
    let path: String

    /// Far more than anybody writes, and what a configuration may take to say it.
    private static let limit = 4 << 20
    private static let patience: Int64 = 30_000_000_000

    /// Descriptor 3, as standard output is where the program may write what it likes.
    private static let script = """
        import(require('url').pathToFileURL(process.argv[1])).then((file) => {
          require('fs').writeFileSync(3, JSON.stringify(file.default ?? file))
          process.exit(0)
        })
        """

    func read(on console: Console) throws(Failure) -> EcosystemValue {
        switch path.split(separator: ".").last?.lowercased() {
        case "json": return try value(of: try readFile())
        case "js", "cjs", "mjs": return try value(of: try askNode(on: console))
        case "yaml", "yml":
            throw Failure(
                .noInput,
                "\(shown): YAML is not read; with python3-yaml installed this makes JSON of it: "
                    + "python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), "
                    + "sys.stdout)' < \(shown) > ecosystem.json")
        default:
            throw Failure(
                .noInput,
                "\(shown): expects a file whose name ends in .json, .js, .cjs or .mjs")
        }
    }

    private var shown: String { path.withoutLineBreaks }

    private func value(of json: [UInt8]) throws(Failure) -> EcosystemValue {
        if let value = EcosystemValue(json: json) { return value }
        throw Failure(
            .configuration,
            "\(shown): is no JSON. PM2 also takes comments and commas at the end of lists: if it has "
                + "such, write \"module.exports =\" before it all and name it ecosystem.config.js")
    }

    private func readFile() throws(Failure) -> [UInt8] {
        do throws(SystemError) {
            return try FileSystem.readFile(path, limit: Self.limit)
        } catch {
            throw Failure(error.code == EACCES ? .noPermission : .noInput, "martletctl: \(error)")
        }
    }

    // MARK: Node

    private func askNode(on console: Console) throws(Failure) -> [UInt8] {
        _ = try readFile()
        let node = try findNode()
        console.remark("\(shown): executed by \(node.withoutLineBreaks) for what it exports")
        do throws(SystemError) {
            if let json = try run(node) { return json }
        } catch {
            let sentence = error.code == ETIMEDOUT ? "node did not end within 30 s" : "\(error)"
            throw Failure(.system, "\(shown): \(sentence)")
        }
        throw Failure(.configuration, "\(shown): node could not say what it exports")
    }

    private func findNode() throws(Failure) -> String {
        let directories = (OwnProcess.variable("PATH") ?? "").split(separator: ":").map(String.init)
        let node: String?
        do throws(SystemError) {
            node = try Executable.find("node", searchPath: directories)
        } catch {
            throw Failure(.system, "martletctl: \(error)")
        }
        if let node { return node }
        throw Failure(
            .unavailable,
            "\(shown): is a program, and there is no node in PATH to say what it exports; where "
                + "there is one: node -p 'JSON.stringify(require(\"\(shown)\"))' > ecosystem.json")
    }

    /// - Returns: `nil` if it failed, which Node has complained of.
    private func run(_ node: String) throws(SystemError) -> [UInt8]? {
        let (child, reader) = try launch(node)
        let (json, exit) = try child.readToEnd(
            reader, limit: Self.limit, until: MonotonicClock.now() + Self.patience, "node")
        return exit == .exited(0) ? json : nil
    }

    /// The end that is written to is the child's alone when this returns.
    private func launch(_ node: String) throws(SystemError) -> (ChildProcess, SharedDescriptor) {
        let (reader, writer) = try Pipe.make()
        var request = LaunchRequest(
            executable: node, arguments: ["node", "-e", Self.script, path])
        request.environment = OwnProcess.environment
        request.descriptors = [writer]
        // What the program says and complains of is for whoever is here.
        let complaints = SharedDescriptor(try StandardStream.error.duplicate())
        request.standardOutput = complaints
        request.standardError = complaints
        // Whoever interrupts us at a terminal means it, too.
        request.leadsProcessGroup = false
        request.parentDeathSignal = SIGKILL
        return (try ChildProcess.launch(request), reader)
    }
}
