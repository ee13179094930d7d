import Testing

@testable import PoolWire

@Suite("martletctl and the master")
struct ControlClientTests {
    @Test("understand each other's requests", arguments: questions + reloads + changes)
    func requests(_ request: ControlRequest) {
        var conversation = ControlConversation()
        #expect(conversation.receive(request.frame) == ControlTurn(request: request))
    }

    private static let questions = [
        ControlRequest.status, .why(slot: nil), .why(slot: 3), .why(slot: -1), .subscribe,
        .list(slot: nil), .list(slot: 2), .configuration, .metrics,
    ]
    private static let events: [PoolEvent] = [
        .happening(
            Happening(
                time: 1, slot: -1, generation: 2, priority: 6, kind: "worker-ready", reason: nil,
                sentence: "the agent of generation 2 is ready after 1 s")),
        .message(body: Array(#"{"a":[1,"}\n"]}"#.utf8), sender: .slot(3)),
        .message(body: Array("null".utf8), sender: .agent),
        .message(body: Array("1".utf8), sender: .outside), .lost(7),
    ]
    private static let changes =
        [.scale(.to(1)), .scale(.to(1_024)), .scale(.by(.min)), .scale(.by(2))]
        + Steering.allCases.map { ControlRequest.steer($0) } + [
            .restart(slot: nil), .restart(slot: -1), .kill(slot: 0, signal: "SIGRTMIN+3"),
            .reexec, .leave,
            .send(PoolMessage(to: .slot(3), body: Array(#"{"a":[1,"}"]}"#.utf8))),
            .send(PoolMessage(to: .all, body: Array("null".utf8))),
        ]
    private static let reloads = ReloadPatience.allCases.map { ControlRequest.reload($0) }

    @Test("understand each other's answers, even byte by byte", arguments: Samples.answers)
    func answers(_ answer: ControlAnswer) throws {
        let request: ControlRequest =
            switch answer {
            case .report: .status
            case .story: .why(slot: nil)
            case .metrics: .metrics
            case .accepted: .reload(.acceptance)
            case .scaled: .scale(.by(1))
            case .workers: .list(slot: nil)
            case .configuration: .configuration
            case .sent: .send(PoolMessage(to: .agent, body: Array("1".utf8)))
            case .reloaded, .refused: .reload(.progress)
            }
        var conversation = ControlConversation()
        _ = conversation.receive(request.frame)
        let progress = conversation.progress("gen 4: 1/4 ready")
        var client = ControlClient(request)
        var news: [ControlNews] = []
        for byte in progress + conversation.answer(answer).output {
            news += try client.receive(CollectionOfOne(byte))
        }
        #expect(news.last == .answer(answer))
        #expect(news.dropLast() == (progress.isEmpty ? [] : [.progress("gen 4: 1/4 ready")]))
    }

    @Test("understand what subscribers are told")
    func subscription() throws {
        var client = ControlClient(.subscribe)
        for event in Self.events {
            #expect(try client.receive(try #require(event.frame)) == [.event(event)])
        }
        let message = String(decoding: Self.events[1].json, as: UTF8.self)
        #expect(message == #"{"message":{"from":3,"msg":{"a":[1,"}\n"]}}}"#)
        #expect(String(decoding: Self.events[4].json, as: UTF8.self) == #"{"lost":7}"#)
        for reply in [#"{"parameters":{"lost":1}}"#, #"{"continues":true,"parameters":{}}"#] {
            #expect(throws: UnintelligibleReply()) { try client.receive((reply + "\0").utf8) }
        }
    }

    @Test("take a report of a thousand workers, more than a call may have bytes")
    func largeReport() throws {
        let workers = (0..<1024).map { slot in
            WorkerReport(
                slot: slot, incarnation: .max, generation: .max, state: "ready", pid: .max,
                restarts: 0, lastReason: "x".repeated(100), statusText: "y".repeated(256))
        }
        let report = PoolReport(
            pool: "web", state: "serving", pid: 1, generation: 1, wanted: 1024, ready: 1024,
            status: "", workers: workers, listeners: [])
        var conversation = ControlConversation()
        _ = conversation.receive(ControlRequest.status.frame)
        let output = conversation.answer(.report(report)).output
        #expect(output.count > VarlinkFramer.callLimit)
        var client = ControlClient(.status)
        #expect(try client.receive(output) == [.answer(.report(report))])
    }

    @Test(
        "understand that something was done",
        arguments: [
            .steer(.pause), .restart(slot: 1), .kill(slot: 1, signal: "9"), .reexec, .leave,
        ] as [ControlRequest])
    func steered(_ request: ControlRequest) throws {
        var conversation = ControlConversation()
        _ = conversation.receive(request.frame)
        var client = ControlClient(request)
        #expect(try client.receive(conversation.answer(.accepted).output) == [.answer(.accepted)])
    }

    @Test("have a reply for numbers JSON has no form for")
    func infinite() {
        let worker = WorkerReport(
            slot: 0, generation: 1, state: "ready", uptimeSeconds: .infinity,
            nextStartSeconds: .nan, restarts: 0, lastReason: "")
        #expect(worker.uptimeSeconds == 0)
        #expect(worker.nextStartSeconds == 0)
    }

    @Test("take an error neither has heard of for what it is: a name")
    func unknownError() throws {
        var client = ControlClient(.status)
        let reply =
            "{\"error\":\"org.varlink.service.MethodNotFound\","
            + "\"parameters\":{\"method\":\"a\"}}\0"
        #expect(
            try client.receive(reply.utf8)
                == [.answer(.refused(.other("org.varlink.service.MethodNotFound")))])
    }

    @Test(
        "don't take anything else for an answer",
        arguments: [
            "{}", "{\"parameters\":{}}", "[]", "SSH-2.0-x", "{\"parameters\":{\"pool\":{}}}",
        ])
    func unintelligible(_ reply: String) {
        for request in [ControlRequest.status, .reload(.result), .scale(.by(1))] {
            var client = ControlClient(request)
            #expect(throws: UnintelligibleReply()) { try client.receive((reply + "\0").utf8) }
        }
    }
}
