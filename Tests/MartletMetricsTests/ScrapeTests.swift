import LinuxKernel
import PoolWire
import TestSupport
import Testing

@testable import martlet_metrics

/// Somebody in a master's place.
private final class Impostor {
    private let listener: FileDescriptor

    init(_ pool: String, in directory: TemporaryDirectory) throws {
        try FileSystem.makeDirectories("\(directory.path)/\(pool)")
        let path = "\(directory.path)/\(pool)/control"
        listener = try ListeningSocket.make(at: .path(path))
    }

    /// Answers who has asked, and hangs up.
    func answer(_ bytes: [UInt8]) throws {
        guard let client = try ListeningSocket.accept(from: listener) else {
            throw SupportFailed("nobody has asked")
        }
        _ = bytes.withUnsafeBytes { try? client.send($0) }
    }
}

@Suite("A look at all pools", .timeLimit(.minutes(1)))
struct ScrapeTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Without the heads of the families.
    private func samples(
        _ scrape: Scrape, _ questions: [Scrape.Question]
    ) throws -> [String] {
        let lines = try scrape.text(of: questions, until: MonotonicClock.now() + scrape.nanoseconds)
            .split(separator: "\n")
        #expect(lines.last == "# EOF")
        return lines.filter { !$0.hasPrefix("#") }.map(String.init)
    }

    private static func reply(ready: Int) -> [UInt8] {
        let families = [MetricFamily(.workersReady, [MetricSample([:], ready)])]
        var conversation = ControlConversation()
        _ = conversation.receive(ControlRequest.metrics.frame)
        return conversation.answer(.metrics(families)).output
    }

    @Test("finds no pool where there is none")
    func none() throws {
        #expect(try Scrape(directory: "\(directory.path)/none").text() == "# EOF\n")
        try FileSystem.makeDirectories("\(directory.path)/left-by-a-master")
        #expect(try Scrape(directory: directory.path).text() == "# EOF\n")
    }

    @Test("has the figures of each, in the order of their names")
    func several() throws {
        let web = try Impostor("web", in: directory)
        let mail = try Impostor("mail", in: directory)
        let scrape = Scrape(directory: directory.path, nanoseconds: 30_000_000_000)
        let questions = try scrape.ask()
        try web.answer(Self.reply(ready: 3))
        try mail.answer(Self.reply(ready: 4))
        #expect(
            try samples(scrape, questions) == [
                #"martlet_up{pool="mail"} 1"#, #"martlet_up{pool="web"} 1"#,
                #"martlet_workers_ready{pool="mail"} 4"#, #"martlet_workers_ready{pool="web"} 3"#,
            ])
    }

    @Test("tells of a pool as down that does not answer, and of the others as they are")
    func silent() throws {
        let silent = try Impostor("a", in: directory)
        let web = try Impostor("web", in: directory)
        let scrape = Scrape(directory: directory.path, nanoseconds: 50_000_000)
        let questions = try scrape.ask()
        try web.answer(Self.reply(ready: 3))
        let expected = [
            #"martlet_up{pool="a"} 0"#, #"martlet_up{pool="web"} 1"#,
            #"martlet_workers_ready{pool="web"} 3"#,
        ]
        #expect(try samples(scrape, questions) == expected)
        withExtendedLifetime(silent) {}
    }

    @Test("tells of a master that has no figures as up")
    func older() throws {
        let web = try Impostor("web", in: directory)
        let scrape = Scrape(directory: directory.path, nanoseconds: 30_000_000_000)
        let questions = try scrape.ask()
        var older = ControlConversation()
        try web.answer(older.receive(VarlinkCall(method: "io.martlet.Pool.Nonsense").frame).output)
        #expect(try samples(scrape, questions) == [#"martlet_up{pool="web"} 1"#])
    }

    @Test(
        "believes no answer that is none",
        arguments: [
            [], Array("{}".utf8), Array("nonsense\0".utf8),
            Array(#"{"error":"io.martlet.Pool.PermissionDenied"}"#.utf8) + [0],
            Array(#"{"parameters":{"pool":{}}}"#.utf8) + [0],
            Array(#"{"parameters":{"families":[{"name":1}]}}"#.utf8) + [0],
        ])
    func refused(_ reply: [UInt8]) throws {
        let web = try Impostor("web", in: directory)
        let scrape = Scrape(directory: directory.path, nanoseconds: 30_000_000_000)
        let questions = try scrape.ask()
        try web.answer(reply)
        #expect(try samples(scrape, questions) == [#"martlet_up{pool="web"} 0"#])
    }
}
