// What a program on Node may say to the pool with process.send(): a convention of ours, and PM2's.

import FoundationEssentials

/// A message of a program that means something to the pool; the names are those of sd_notify(3).
package enum NodeWord: Equatable, Sendable {
    /// `"ready"`, as PM2 has it, or `{"martlet": "ready"}`
    case ready
    /// `{"martlet": "watchdog"}`
    case heartbeat
    /// `{"martlet": "status", "text": "…"}`
    case status(String)
    /// `{"martlet": "load", "finished": 17, "underWay": 3}`
    case load(finished: UInt32, underWay: UInt16)
    /// For other workers.
    case spoken(SpokenMessage)
    /// It counts in what all workers share.
    case counter(CounterQuery)

    /// - Parameter line: Of ``NodeMessage/program(_:)``.
    /// - Returns: `nil` for what is between the program and others.
    package init?(_ line: [UInt8]) {
        if line == Array(#""ready""#.utf8) {
            self = .ready
            return
        }
        guard let members = JSONMembers(of: line) else { return nil }
        if let query = CounterQuery(members) {
            self = .counter(query)
            return
        }
        if let spoken = SpokenMessage(members) {
            self = .spoken(spoken)
            return
        }
        guard members["martlet"] != nil, !members.hasHalfCharacter,
            let spoken = try? JSONDecoder().decode(Spoken.self, from: Data(line))
        else { return nil }
        switch spoken.martlet {
        case "ready": self = .ready
        case "watchdog": self = .heartbeat
        case "load":
            self = .load(
                finished: UInt32(clamping: spoken.finished ?? 0),
                underWay: UInt16(clamping: spoken.underWay ?? 0))
        case "status":
            let text = spoken.text ?? ""
            self = .status(text.withoutControlCharacters(limit: NotifyMessage.longestStatus))
        default: return nil
        }
    }

    private struct Spoken: Decodable {
        let martlet: String
        let text: String?
        let finished: Int64?
        let underWay: Int64?
    }
}
