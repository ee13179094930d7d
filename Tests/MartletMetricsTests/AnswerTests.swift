import LinuxKernel
import PoolWire
import Testing

@testable import martlet_metrics

@Suite("The answer to an HTTP request")
struct AnswerTests {
    private static func answer(_ method: String, _ path: String) -> Answer {
        Answer(method: method, path: path) { () throws(SystemError) in "figures" }
    }

    @Test("has the figures at /metrics alone", arguments: ["GET", "HEAD"])
    func figures(_ method: String) {
        let answer = Self.answer(method, "/metrics")
        #expect(answer.status == 200)
        #expect(answer.body == "figures")
        #expect(
            answer.type == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        let front = Self.answer(method, "/")
        #expect(front.status == 200)
        #expect(front.body.contains(#"href="/metrics""#))
        for path in ["/metrics/", "/metric", "", "//metrics", "/../metrics"] {
            #expect(Self.answer(method, path).status == 404)
        }
    }

    @Test("refuses other methods and says which there are", arguments: ["POST", "get", "", "PUT"])
    func methods(_ method: String) {
        let answer = Self.answer(method, "/metrics")
        #expect(answer.status == 405)
        #expect(answer.allowed == "GET, HEAD")
        #expect(Self.answer("GET", "/metrics").allowed == nil)
        #expect(Self.answer(method, "/nothing").status == 404)
    }

    @Test("says what went wrong")
    func failure() {
        let answer = Answer(method: "GET", path: "/metrics") { () throws(SystemError) in
            throw SystemError(code: 24, operation: "list /run/martlet")
        }
        #expect(answer.status == 500)
        #expect(answer.body.contains("/run/martlet"))
    }

    @Test("obeys or refuses each word of its command line")
    func invocation() {
        func read(_ words: String...) -> Invocation {
            Invocation(arguments: ["martlet-metrics"] + words)
        }
        #expect(read() == .serve(Options(idleNanoseconds: 300_000_000_000)))
        #expect(
            read("--exit-idle-time=1min 1s") == .serve(Options(idleNanoseconds: 61_000_000_000)))
        #expect(read("--exit-idle-time=infinity") == .serve(Options(idleNanoseconds: nil)))
        #expect(read("--help") == .help)
        #expect(read("-h") == .help)
        #expect(read("--version") == .version)
        for wrong in ["8000", "--exit-idle-time=soon", "--exit-idle-time", "-x"] {
            guard case .refused(let sentence) = read(wrong) else {
                Issue.record("\(wrong) is taken")
                continue
            }
            #expect(!sentence.isEmpty)
        }
    }
}
