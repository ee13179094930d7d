import LinuxKernel
import PoolConfiguration
import Testing

@testable import martletctl

/// A machine without a file.
private struct NoFiles: ConfigurationSource {
    func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]? { nil }
    func list(_ directory: String) throws(ConfigurationReadError) -> [String]? { nil }
}

@Suite("The file of a new pool")
struct PoolDraftTests {
    private let path = "/etc/martlet/web.conf"

    private func settings(of draft: PoolDraft) throws(ConfigurationRefused) -> PoolSettings {
        let files = DraftedFiles(path: path, text: draft.text, files: NoFiles())
        return try PoolSettings.load(pool: draft.pool, from: files)
    }

    private func value(_ name: String, in settings: PoolSettings) -> [String] {
        settings.effectiveSettings.filter { $0.name == name }.map(\.value)
    }

    @Test("holds what was asked for, whatever that is")
    func whole() throws {
        let draft = PoolDraft(
            pool: "web", command: "/usr/bin/node /srv/web.js --port \"a b\"",
            listeners: ["8000", "[::1]:81", "/run/web.sock"], workers: "-1",
            workerProtocol: "martlet", readiness: "exec", user: "www-data", directory: "/srv")
        let settings = try settings(of: draft)
        #expect(settings.listeners.map(\.address) == ["8000", "[::1]:81", "/run/web.sock"])
        #expect(settings.workers == .autoMinus(1))
        #expect(settings.workerProtocol == .martlet)
        #expect(value("User", in: settings) == ["www-data"])
        #expect(value("ExecStart", in: settings) == [draft.command])
        #expect(value("Type", in: settings) == ["exec"])
        #expect(value("WorkingDirectory", in: settings) == ["/srv"])
        #expect(value("ProtectHome", in: settings) == [])
    }

    @Test("says on a line of its own what each setting is for")
    func comments() {
        let draft = PoolDraft(
            pool: "web", command: "/usr/bin/x", listeners: ["8000"], user: "u", directory: "/d")
        let lines = draft.text.split(separator: "\n", omittingEmptySubsequences: false)
        for (before, line) in zip(lines, lines.dropFirst()) where line.contains("=") {
            #expect(before.hasPrefix("#"), "\(line)")
        }
        #expect(lines.allSatisfy { $0.utf8.count <= 100 })
        #expect(draft.text.hasSuffix("\n"))
    }

    @Test(
        "speaks Node's protocol to Node, and to others only if that was asked for",
        arguments: [
            ("/usr/bin/node /srv/a.js", nil, WorkerProtocol.node),
            ("node a.js", nil, .node), ("nodejs a.js", nil, .node),
            ("/usr/bin/node /srv/a.js", "systemd", .systemd),
            ("/usr/bin/nodemon a.js", nil, .systemd), ("/srv/node/run", nil, .systemd),
            ("/usr/bin/python3 a.py", "node", .node),
        ])
    func protocols(_ command: String, _ asked: String?, _ expected: WorkerProtocol) throws {
        let draft = PoolDraft(
            pool: "web", command: command, listeners: ["8000"], workerProtocol: asked)
        #expect(try settings(of: draft).workerProtocol == expected)
    }

    @Test(
        "opens home directories to a program in one of them, and to no other",
        arguments: [
            ("/home/a/run", nil, ["read-only"]), ("/usr/bin/node /root/a.js", nil, ["read-only"]),
            ("/usr/bin/run", "/home/a", ["read-only"]), ("/srv/home/a", "/srv", []),
        ])
    func homes(_ command: String, _ directory: String?, _ expected: [String]) throws {
        let draft = PoolDraft(
            pool: "web", command: command, listeners: ["8000"], directory: directory)
        #expect(value("ProtectHome", in: try settings(of: draft)) == expected)
    }

    @Test(
        "is refused with the name of the option that is to blame",
        arguments: [
            ("./server", nil, nil, "exec"), ("/usr/bin/x 'a", nil, nil, "exec"),
            ("/usr/bin/x", "none", nil, "workers"), ("/usr/bin/x", nil, "http", "protocol"),
        ])
    func refusals(
        _ command: String, _ workers: String?, _ spoken: String?, _ option: String
    ) throws {
        let draft = PoolDraft(
            pool: "web", command: command, listeners: ["8000"], workers: workers,
            workerProtocol: spoken)
        do throws(ConfigurationRefused) {
            _ = try settings(of: draft)
            Issue.record("it was taken")
        } catch {
            let sentences = error.problems.map(
                New(draft: draft, isPrinted: true).sentence)
            #expect(sentences.count == 1)
            #expect(sentences.allSatisfy { $0.hasPrefix("martletctl: --\(option): ") })
        }
    }

    @Test("that names a file relative to where it is made is refused: workers run in /")
    func relativeFile() {
        for word in ["./server.js", "../app/server.js"] {
            let draft = PoolDraft(
                pool: "web", command: "/nowhere/program \(word)", listeners: ["8000"])
            for isPrinted in [true, false] {
                var console = Console()
                do throws(Failure) {
                    _ = try New(draft: draft, isPrinted: isPrinted).run(on: &console)
                    Issue.record("it was made")
                } catch {
                    #expect(error.code == .usage)
                    #expect(error.sentence.contains(word))
                }
            }
        }
    }

    @Test("that names a file of this directory is refused")
    func fileOfThisDirectory() throws {
        let name = try #require(
            FileSystem.listDirectory(".")?.first { name in
                name.contains(".") && (try? FileSystem.status(of: name))?.kind == .regular
            })
        let draft = PoolDraft(
            pool: "web", command: "/nowhere/program \(name)", listeners: ["8000"])
        var console = Console()
        do throws(Failure) {
            _ = try New(draft: draft, isPrinted: false).run(on: &console)
            Issue.record("it was made")
        } catch {
            #expect(error.code == .usage)
        }
    }
}
