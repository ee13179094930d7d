// What a configuration was read from, kept for another master.

import FoundationEssentials
import Testing

@testable import PoolConfiguration

@Suite struct ConfigurationTextsTests {
    /// Loads, and gives what was read.
    private func record(
        _ source: MemorySource
    ) -> (loaded: Result<PoolSettings, ConfigurationRefused>, texts: ConfigurationTexts) {
        let recorder = RecordingSource(source)
        let loaded = Result { () throws(ConfigurationRefused) in
            try PoolSettings.load(pool: "web", from: recorder)
        }
        return (loaded, recorder.texts)
    }

    private func encode(_ texts: ConfigurationTexts) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(texts)
    }

    /// As another master gets it.
    private func passOn(_ texts: ConfigurationTexts) throws -> ConfigurationTexts {
        try JSONDecoder().decode(ConfigurationTexts.self, from: try encode(texts))
    }

    /// Whatever there is to a pool.
    private static let rich = [
        "/etc/martlet/web.conf": leastAgent + "EnvironmentFile=/env\n[Worker]\n"
            + "EnvironmentFile=/env\nEnvironmentFile=-/missing\n[Pool]\nWorkers=3\n",
        "/etc/martlet/web.conf.d/20.conf": "[Pool]\nRolloutSurge=2\n",
        "/etc/martlet/web.conf.d/README": "not read",
        "/usr/lib/martlet/web.conf": "not read",
        "/usr/lib/martlet/web.conf.d/10.conf": "[Worker]\nRestart=no\n",
        "/env": "A=1\nB='ü \t x'\r\n",
    ]

    @Test("gives the same settings again, when there are other files by then")
    func again() throws {
        let (loaded, texts) = record(MemorySource(Self.rich))
        let settings = try loaded.get()
        #expect(settings.files.count == 4)
        let other = try PoolSettings.load(pool: "web", from: try passOn(texts))
        #expect(other == settings)
        #expect(other.worker.environment.map(\.name) == ["A", "B"])
        #expect(try passOn(texts) == texts)
    }

    @Test("is text for people, the same in each encoding")
    func text() throws {
        let (_, texts) = record(MemorySource(["/etc/martlet/web.conf": leastPool]))
        let json = String(decoding: try encode(texts), as: UTF8.self)
        let main =
            #""/etc/martlet/web.conf":{"text":"[Socket]\nListenStream=8000\n[Worker]\n"#
            + #"ExecStart=/usr/bin/node\n"}"#
        let directories =
            #""directories":{"/etc/martlet/web.conf.d":{"absent":true},"#
            + #""/usr/lib/martlet/web.conf.d":{"absent":true}}"#
        #expect(json == "{\(directories),\"files\":{\(main)}}")
        for _ in 0..<8 {
            let rich = record(MemorySource(Self.rich)).texts
            #expect(try encode(rich) == encode(try passOn(rich)))
        }
    }

    @Test("keeps bytes that are no text")
    func bytes() throws {
        var source = MemorySource(["/etc/martlet/web.conf": leastPool])
        source.files["/etc/martlet/web.conf.d/1.conf"] = [0xFF, 0xFE, 0]
        let (loaded, texts) = record(source)
        let json = String(decoding: try encode(texts), as: UTF8.self)
        #expect(json.contains(#""/etc/martlet/web.conf.d/1.conf":{"base64":"//4A"}"#))
        let kept = try passOn(texts)
        let again = Result { () throws(ConfigurationRefused) in
            try PoolSettings.load(pool: "web", from: kept)
        }
        #expect(again == loaded)
        #expect(try kept.read("/etc/martlet/web.conf.d/1.conf") == [0xFF, 0xFE, 0])
    }

    @Test("is refused for the same reasons, also for what could not be read")
    func refusals() throws {
        for broken in ["/etc/martlet/web.conf", "/etc/martlet/web.conf.d", "/env"] {
            var source = MemorySource(Self.rich)
            source.broken = [broken]
            let (loaded, texts) = record(source)
            guard case .failure(let refused) = loaded else {
                Issue.record("\(broken) was read")
                continue
            }
            let kept = try passOn(texts)
            let again = thrown(ConfigurationRefused.self) {
                try PoolSettings.load(pool: "web", from: kept)
            }
            #expect(again?.problems == refused.problems)
        }
    }

    @Test("knows nothing that nobody asked for")
    func unknown() throws {
        let (_, texts) = record(MemorySource(Self.rich))
        let sentence = "in what the master has kept of its files"
        let file = thrown(ConfigurationReadError.self) { try texts.read("/other") }
        #expect(file?.sentence == "could not find /other \(sentence)")
        let directory = thrown(ConfigurationReadError.self) { try texts.list("/other") }
        #expect(directory?.sentence == "could not find /other \(sentence)")
        #expect(thrown(ConfigurationReadError.self) { try texts.read("/etc/martlet") } != nil)
        #expect(try texts.read("/missing") == nil)
        #expect(try texts.list("/etc/martlet/web.conf.d") == ["20.conf", "README"])
    }

    /// A file that is another one each time.
    private final class Changing: ConfigurationSource {
        var count: UInt8 = 0

        func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]? {
            count += 1
            return [count]
        }

        func list(_ directory: String) throws(ConfigurationReadError) -> [String]? {
            count += 1
            return ["\(count)"]
        }
    }

    @Test("answers who asks again as the first time")
    func changing() throws {
        let recorder = RecordingSource(Changing())
        for _ in 0..<3 {
            #expect(try recorder.read("/a") == [1])
            #expect(try recorder.list("/b") == ["2"])
        }
        #expect(try recorder.texts.read("/a") == [1])
    }

    @Test(
        "is not taken from what is no record of files",
        arguments: [
            #"{}"#, #"{"files":{},"directories":{"/a":{}}}"#,
            #"{"files":{"/a":{}},"directories":{}}"#,
            #"{"files":{"/a":{"base64":"A"}},"directories":{}}"#,
            #"{"files":{"/a":{"base64":"AB=="}},"directories":{}}"#,
            #"{"files":{"/a":{"base64":"AA==AA=="}},"directories":{}}"#,
            #"{"files":{"/a":{"base64":"A*=="}},"directories":{}}"#,
            #"{"files":{"/a":{"text":1}},"directories":{}}"#,
        ])
    func senseless(json: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(ConfigurationTexts.self, from: Data(json.utf8))
        }
    }

    @Test(
        "writes bytes as RFC 4648 has them",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(bytes: String, text: String) {
        #expect(Base64.encode(Array(bytes.utf8)) == text)
        #expect(Base64.decode(text) == Array(bytes.utf8))
    }
}
