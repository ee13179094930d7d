import LinuxKernel
import Testing

@testable import martlet_metrics

@Suite("The figures that were read last")
struct LatestFiguresTests {
    @Test("serve for as long as it took to read them, and no longer")
    func age() throws {
        var time: Int64 = 100
        var readings = 0
        var latest = LatestFigures()
        latest.now = { time }
        func ask(at now: Int64) throws -> String {
            time = now
            return try latest.text { () throws(SystemError) in
                time += 30
                readings += 1
                return "\(readings)"
            }
        }
        #expect(try ask(at: 100) == "1")
        // Whoever has waited meanwhile.
        #expect(try ask(at: 130) == "1")
        #expect(try ask(at: 160) == "1")
        #expect(try ask(at: 161) == "2")
        #expect(try ask(at: 1_000) == "3")
    }

    @Test("are not what failed")
    func failure() throws {
        var latest = LatestFigures()
        latest.now = { 5 }
        #expect(throws: SystemError.self) {
            try latest.text { () throws(SystemError) in
                throw SystemError(code: 24, operation: "list /run/martlet")
            }
        }
        let text = try latest.text { () throws(SystemError) in "figures" }
        #expect(text == "figures")
    }
}
