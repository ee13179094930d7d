// Names of kept descriptors: what is written is read back, and nothing else is read.

import PoolCore
import Systemd
import Testing

@testable import PoolMaster

@Suite struct KeptNameTests {
    static let all: [KeptName] = [
        .state, .counters, .control, .worker(WorkerID(slot: 3, incarnation: 17)),
        .worker(WorkerID(slot: 0, incarnation: (1 << 40) + 1)),
        .relay(WorkerID(slot: 0, incarnation: .max)), .connection(2),
    ]

    @Test(arguments: all)
    func aNameThatIsWrittenIsReadBack(name: KeptName) {
        #expect(KeptName(name.description) == name)
        let prefix = name == .control ? Activation.handoverPrefix : Activation.storePrefix
        #expect(name.description.hasPrefix(prefix))
    }

    @Test(arguments: [
        "", "martlet", "martlet.", "web", "state", "martlet.state.1", "martlet.worker",
        "martlet.worker.1", "martlet.worker.1.2.3", "martlet.worker.-1.2", "martlet.worker.a.2",
        "martlet.worker.1.99999999999999999999", "martlet.connection.", "martlet.connection.x",
        "martlet.other.1", "martlet.connection.9223372036854775808",
    ])
    func anythingElseIsNone(text: String) {
        #expect(KeptName(text) == nil)
    }
}
