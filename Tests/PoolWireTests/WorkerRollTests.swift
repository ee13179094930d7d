// Who serves, as an agent reads it.

import PoolWire
import Testing

@Suite struct WorkerRollTests {
    private let roll = WorkerRoll(workers: [
        WorkerRoll.Entry(slot: 0, pid: 4711, generation: 2),
        WorkerRoll.Entry(slot: 3, pid: 9, generation: 1),
    ])

    @Test func itHasOneForm() {
        let text =
            #"[{"slot":0,"pid":4711,"generation":2},{"slot":3,"pid":9,"generation":1}]"#
        #expect(String(decoding: roll.json, as: UTF8.self) == text)
        #expect(
            String(decoding: roll.line, as: UTF8.self)
                == #"{"type":"martlet:workers","workers":\#(text)}"# + "\n")
        #expect(WorkerRoll(json: roll.json) == roll)
        #expect(WorkerRoll(json: Array("[]".utf8)) == WorkerRoll(workers: []))
    }

    @Test func anythingElseIsNone() {
        for text in ["", "{}", "[1]", "[{}]", #"[{"slot":0}]"#, "[\u{1}]"] {
            #expect(WorkerRoll(json: Array(text.utf8)) == nil)
        }
    }
}
