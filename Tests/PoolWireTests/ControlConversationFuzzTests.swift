import Testing

@testable import PoolWire

@Suite("Whatever a client sends to the control socket")
struct ControlConversationFuzzTests {
    private static let calls = [
        "{\"method\":\"io.martlet.Pool.Status\"}",
        "{\"method\":\"io.martlet.Pool.Status\",\"oneway\":true}",
        "{\"method\":\"io.martlet.Pool.Reload\",\"more\":true}",
        "{\"method\":\"io.martlet.Pool.Reload\",\"parameters\":{\"wait\":false}}",
        "{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{}}",
        "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
            + "\"parameters\":{\"interface\":\"io.martlet.Pool\"}}",
        "{\"method\":\"a.b.\u{e4}\\ud83d\\udc26\",\"upgrade\":false,\"x\":[1,2.5,{\"y\":null}]}",
    ].map { Array($0.utf8) }

    /// One client from its first byte to its last, with a master that answers now or later.
    private struct Play {
        var generator: Generator
        var conversation = ControlConversation()
        var sent = 0
        var finalReplies = 0
        var hungUp = false
        var faults: [String] = []

        mutating func run() {
            for _ in 0...generator.below(6) {
                var bytes = calls[generator.below(calls.count)]
                if generator.below(4) > 0 { generator.mutate(&bytes) }
                bytes.append(0)
                sent += bytes.count { $0 == 0 }
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(1 + generator.below(bytes.count))
                    rest = rest.dropFirst(piece.count)
                    let wasWaiting = conversation.isWaitingForAnswer
                    let turn = conversation.receive(piece)
                    if wasWaiting, turn.request != nil { faults.append("two requests at once") }
                    check(turn)
                }
                if generator.below(2) == 0 { answer() }
            }
            for _ in 0..<sent { answer() }
            if conversation.isWaitingForAnswer { faults.append("a request without a call") }
            if finalReplies > sent { faults.append("more replies than calls") }
        }

        private mutating func answer() {
            let wasWaiting = conversation.isWaitingForAnswer
            if generator.below(3) == 0 {
                let progress = conversation.progress("gen 2: \(generator.below(3))/4 ready")
                let replies = ForeignReply.all(in: progress)
                let isProgress = replies?.allSatisfy { $0.continues == true } == true
                if !isProgress || !wasWaiting && !progress.isEmpty {
                    faults.append("progress: \(progress.text)")
                }
            }
            let answer = Samples.answers[generator.below(Samples.answers.count)]
            let turn = conversation.answer(answer)
            if !wasWaiting, turn != ControlTurn() { faults.append("an answer to nothing") }
            check(turn)
        }

        private mutating func check(_ turn: ControlTurn) {
            if hungUp, turn != ControlTurn() { faults.append("it speaks after its end") }
            if turn.hangUp != nil { hungUp = true }
            if turn.hangUp != nil, turn.request != nil { faults.append("it asks at its end") }
            if turn.hangUp == .unspeakable { faults.append("a reply had no JSON form") }
            if (turn.request != nil) != conversation.isWaitingForAnswer, turn.request != nil {
                faults.append("a request that needs no answer")
            }
            guard let replies = ForeignReply.all(in: turn.output) else {
                faults.append("not JSON: \(turn.output.text)")
                return
            }
            finalReplies += replies.count
        }
    }

    @Test(
        "gets whole replies in answer, or the end: 40,000 clients",
        arguments: [UInt64(7), 424_242])
    func plays(_ seed: UInt64) {
        for round in 0..<UInt64(20_000) {
            var play = Play(generator: Generator(seed: seed &+ round))
            play.run()
            #expect(play.faults.isEmpty, "seed \(seed &+ round)")
        }
    }

    @Test("takes the master no time worth speaking of, by the worst of 64 KiB either")
    func slowest() {
        let limit = VarlinkFramer.callLimit - 100
        let array = "0,".repeated(limit / 2)
        let members = (0..<(limit / 10)).map { "\"\($0)\":1" }.joined(separator: ",")
        let escapes = "\\u00e4".repeated(limit / 6)
        let depth = "[".repeated(400) + "]".repeated(400)
        let worst: [String] = [
            "{\"method\":\"a.b\",\"parameters\":{\"x\":[\(array)0]}}",
            "{\"method\":\"a.b\",\"parameters\":{\(members)}}",
            "{\"method\":\"\(escapes)\"}",
            "{\"method\":\"a.b\",\"x\":\(depth)}",
        ]
        let clock = ContinuousClock()
        for call in worst {
            var conversation = ControlConversation()
            let time = clock.measure { _ = conversation.receive((call + "\0").utf8) }
            #expect(time < .seconds(2), "\(call.prefix(60))")
        }
    }
}
