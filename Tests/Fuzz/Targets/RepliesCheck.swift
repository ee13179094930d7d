// What holds for whatever comes back to martletctl, from a master or from somebody in its place: news
// or one refusal, the same however the bytes were cut; what is shown of it stays in its lines, in
// proportion to what came.
//
// The first two bytes of an input are no part of the stream: what was asked, and how it is cut.

import LinuxKernel

@testable import PoolWire
@testable import martletctl

struct RepliesCheck {
    private static let requests: [ControlRequest] = [
        .status, .why(slot: nil), .reload(.progress), .reload(.result), .reload(.acceptance),
        .scale(.to(1)), .steer(.pause), .subscribe, .list(slot: nil), .configuration,
        .kill(slot: 0, signal: "9"), .send(PoolMessage(to: .all, body: [0x31])), .metrics,
    ]

    private let stream: [UInt8]
    private let plan: UInt8
    private let request: ControlRequest

    init(_ input: [UInt8]) {
        stream = Array(input.dropFirst(2))
        request = Self.requests[Int(input.first ?? 0) % Self.requests.count]
        plan = input.dropFirst().first ?? 0
    }

    func run() throws {
        let whole = news(plan: 0)
        for plan in [1, plan] {
            // What came whole before the nonsense may have been read already.
            let other = news(plan: plan)
            try demand(whole.isBroken == other.isBroken, "cut by \(plan) it is understood")
            try demand(
                whole.isBroken || whole.all == other.all, "cut by \(plan) it is other news")
        }
        for news in news(plan: 1).all { try check(news) }
    }

    private func news(plan: UInt8) -> (all: [ControlNews], isBroken: Bool) {
        var client = ControlClient(request)
        var all: [ControlNews] = []
        do throws(UnintelligibleReply) {
            for piece in Pieces(of: stream, plan: plan).all { all += try client.receive(piece) }
        } catch {
            return (all, true)
        }
        return (all, false)
    }

    private func check(_ news: ControlNews) throws {
        switch news {
        case .progress(let status):
            try demandHarmless(status.withoutLineBreaks, "the progress")
        case .event(let event):
            try demandHarmless(
                String(decoding: event.json, as: UTF8.self).withoutControlCharacters(), "an event")
        case .answer(.refused(let error)): try show(Failure("web", error).sentence, "a refusal")
        case .answer(.report(let report)):
            try check(report)
        case .answer(.story(let story)):
            try check(json: story.json, story)
            for happening in story {
                let time = LocalTime.text(microseconds: happening.time)
                try demand(time.utf8.count <= 40, "the time \(time)")
                try demandHarmless(time + happening.sentence.withoutLineBreaks, "a happening")
            }
        case .answer(.metrics(let families)):
            var text = OpenMetricsText()
            text.add(families, of: "web")
            for line in text.text.split(separator: "\n", omittingEmptySubsequences: false) {
                try demandHarmless(String(line), "the metrics")
            }
        case .answer(.workers(let workers)): for worker in workers { try check(json: worker) }
        case .answer(.configuration(let report)): try check(json: report)
        case .answer(.accepted), .answer(.reloaded), .answer(.scaled), .answer(.sent): break
        }
    }

    private func check(_ report: PoolReport) throws {
        try check(json: report.json, report)
        let plain = StatusText(report, hasColours: false).lines
        for line in plain { try demandHarmless(line, "the status") }
        let size = plain.reduce(0) { $0 + $1.utf8.count + 1 }
        // A slot's numbers have their columns, and a name may stand in a sentence.
        try demand(size <= 8 * stream.count + 2_000, "\(stream.count) bytes are shown in \(size)")
        let coloured = StatusText(report, hasColours: true).lines
        try demand(coloured.map(\.withoutColours) == plain, "colours change the text")
    }

    private func show(_ text: String, _ what: String) throws {
        try demand(text.utf8.count <= 4 * stream.count + 500, "\(what) of \(text.utf8.count) bytes")
        for line in text.split(separator: "\n") { try demandHarmless(String(line), what) }
    }

    private func check(json value: some Codable & Equatable & Sendable) throws {
        let again = VarlinkReply(value).frame.flatMap { frame in
            VarlinkReply(frame: Array(frame.dropLast()))?.parameters ?? value
        }
        try demand(again == value, "\(value) is something else after a round trip")
    }

    /// For programs, and for people who look at it.
    private func check<Value: Codable & Equatable>(json: [UInt8], _ value: Value) throws {
        let text = String(decoding: json, as: UTF8.self)
        try demandHarmless(text, "the JSON")
        let again = VarlinkFrame.decode([String: Value].self, from: Array("{\"v\":\(text)}".utf8))
        try demand(again?["v"] == value, "the JSON is something else: \(text)")
    }
}

extension String {
    /// Without the sequences that `inColour` writes.
    fileprivate var withoutColours: String {
        split(separator: "\u{1b}[", omittingEmptySubsequences: false).enumerated().map {
            $0.offset == 0 ? String($0.element) : String($0.element.drop { $0 != "m" }.dropFirst())
        }.joined()
    }
}
