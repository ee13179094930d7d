import Glibc
import LinuxKernel
import Testing

@testable import martletctl

@Suite("What another program says", .timeLimit(.minutes(1)))
struct ProgramReadingTests {
    private static let long: Int64 = 50_000_000_000

    @Test("is known when that has ended, though a process that it leaves behind holds the pipe")
    func leftBehind() throws {
        let output = try #require(
            try ProgramOutput.of(
                "sh", ["-c", "sleep 1000 & echo $!"], nanoseconds: Self.long))
        let left = try #require(Int32(output.text.prefix { $0.isNumber }))
        // It is there to be ended, so nobody has waited for it.
        #expect(kill(left, SIGKILL) == 0)
        #expect(output.exit == .exited(0))
    }

    @Test("is not waited for beyond the deadline, though it has closed the pipe")
    func closedPipe() {
        let late = SystemError(code: ETIMEDOUT, operation: "read what sh says")
        #expect(throws: late) {
            try ProgramOutput.of(
                "sh", ["-c", "exec sleep 55 >&-"], nanoseconds: 100_000_000)
        }
    }

    @Test("has a limit")
    func limit() {
        let tooMuch = SystemError(code: EFBIG, operation: "read what sh says")
        #expect(throws: tooMuch) {
            try ProgramOutput.of("sh", ["-c", "yes"], limit: 1_000, nanoseconds: Self.long)
        }
    }

    @Test("comes whole, with how it ended")
    func whole() throws {
        let output = try ProgramOutput.of(
            "sh", ["-c", "head -c 300000 /dev/zero; exit 3"], nanoseconds: Self.long)
        #expect(output?.text.utf8.count == 300_000)
        #expect(output?.exit == .exited(3))
    }
}
