// What the service manager hears, in order: golden transcripts of whole lives.

import Glibc
import LinuxKernel
import Testing

@Suite struct NotificationTests {
    @Test(.timeLimit(.minutes(1)))
    func aStartIsToldStepByStep() throws {
        try Stage.play { stage in
            _ = try stage.raise(Script())
            try stage.awaitStatus("gen 1: 1/1 ready")
            print(stage.story)
        }
    }
}
