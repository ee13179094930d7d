import PoolWire
import Testing

@testable import martletctl

@Suite("What martletctl says when the master refuses")
struct FailureTests {
    @Test(
        "is a sentence and the status that fits",
        arguments: [
            (
                ControlError.reloadFailed(reason: "worker 1 exited with status 3", serving: 3),
                ExitCode.failed,
                """
                web: reload failed: worker 1 exited with status 3; generation 3 serves on
                see: journalctl -u martlet@web -e
                """
            ),
            (
                .reloadFailed(reason: "web.conf:3: bad\nweb.conf:4: worse\u{1b}[2J", serving: 3),
                .failed,
                """
                web: reload failed; generation 3 serves on:
                    web.conf:3: bad
                    web.conf:4: worse[2J
                see: journalctl -u martlet@web -e
                """
            ),
            (
                .reloadFailed(reason: "no", serving: nil), .failed,
                "web: reload failed: no\nsee: journalctl -u martlet@web -e"
            ),
            (
                .permissionDenied(user: 1000), .noPermission,
                "web: only root and the pool's own user may do that, and members of the group "
                    + "martlet may look; try sudo"
            ),
            (.stopping, .unavailable, "web: the pool is being stopped"),
            (
                .tooManyClients, .unavailable,
                "web: the master has too many connections open; try again later"
            ),
            (
                .other("a.b\u{1b}\n"), .unavailable,
                "web: the master gave an answer this version does not understand: a.b"
            ),
        ])
    func sentences(_ error: ControlError, _ code: ExitCode, _ sentence: String) {
        #expect(Failure("web", error) == Failure(code, sentence))
    }
}
