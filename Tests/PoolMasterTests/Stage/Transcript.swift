// The master's notifications as golden text: what differs from run to run is taken out.

import LinuxKernel
import Testing

extension Stage {
    /// A line for each datagram, ` + ` between its assignments; puppets are left out. Times to wait
    /// are in seconds, as they are the same in each run; points in time and durations are `#`.
    var transcript: String {
        saidByMaster.map(normalised).joined(separator: "\n")
    }

    func normalised(_ datagram: String) -> String {
        datagram.split(separator: "\n").map { line in
            var line = String(line).replacingAll(configuration, with: "FILE")
            line = line.replacingAll(directory, with: "STAGE").replacingAll(pool, with: "POOL")
            if line.hasPrefix("MONOTONIC_USEC=") { return "MONOTONIC_USEC=#" }
            if line.hasPrefix("EXTEND_TIMEOUT_USEC="), let value = line.number(after: "=") {
                return "EXTEND_TIMEOUT_USEC=\(value / 1_000_000) s"
            }
            return line.withoutDurations
        }.joined(separator: " + ")
    }
}

extension String {
    func replacingAll(_ old: String, with new: String) -> String {
        var result = ""
        var rest = self[...]
        while let place = rest.firstRange(of: old) {
            result += rest[..<place.lowerBound] + new
            rest = rest[place.upperBound...]
        }
        return result + rest
    }

    func number(after mark: Character) -> Int64? {
        firstIndex(of: mark).flatMap { Int64(self[index(after: $0)...]) }
    }

    /// `312 ms` and `1.6 s` become `# s`.
    fileprivate var withoutDurations: String {
        var words = split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        for (index, word) in words.enumerated().dropLast() where Double(word) != nil {
            let unit = words[index + 1].prefix { $0.isLetter }
            guard unit == "ms" || unit == "s" else { continue }
            words[index] = "#"
            words[index + 1] = "s" + words[index + 1].dropFirst(unit.count)
        }
        return words.joined(separator: " ")
    }
}

extension Substring {
    /// The first place where the text stands.
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        guard !text.isEmpty else { return nil }
        var place = startIndex
        while place < endIndex {
            if self[place...].hasPrefix(text) {
                return place..<index(place, offsetBy: text.count)
            }
            place = index(after: place)
        }
        return nil
    }
}
