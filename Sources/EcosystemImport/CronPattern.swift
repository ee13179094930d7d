// A pattern of cron(8), as PM2 takes it, in the words of systemd.time(7).
// Invariant: the calendar expressions together elapse when the pattern does, and at no other time.

package struct CronPattern: Equatable, Sendable {
    /// Values of `OnCalendar=`; several where cron means "either", which one expression can't say.
    package let calendar: [String]

    /// - Parameter text: Five fields, or six with seconds first, or a nickname such as `@daily`.
    package init(parsing text: String) throws(EcosystemRefused) {
        let fields = text.split { $0 == " " || $0 == "\t" }.map(String.init)
        if fields.count == 1, let nickname = Self.nicknames[fields[0].lowercased()] {
            calendar = [nickname]
            return
        }
        guard fields.count == 5 || fields.count == 6 else {
            throw EcosystemRefused("expects five fields, or six with seconds first")
        }
        let seconds = try fields.count == 6 ? Self.second.read(fields[0]) : "00"
        let rest = Array(fields.suffix(5))
        let minute = try Self.minute.read(rest[0])
        let hour = try Self.hour.read(rest[1])
        let day = try Self.day.read(rest[2])
        let month = try Self.month.read(rest[3])
        let weekday = try Self.weekdays(rest[4])
        let time = "\(hour):\(minute):\(seconds)"
        switch (weekday, day) {
        case (nil, _): calendar = ["*-\(month)-\(day) \(time)"]
        case (let weekday?, "*"): calendar = ["\(weekday) *-\(month)-* \(time)"]
        case (let weekday?, _):
            // crontab(5): with both restricted, either is enough.
            calendar = ["\(weekday) *-\(month)-* \(time)", "*-\(month)-\(day) \(time)"]
        }
    }

    private static let nicknames = [
        "@yearly": "yearly", "@annually": "yearly", "@monthly": "monthly",
        // systemd's week begins on Monday, cron's on Sunday.
        "@weekly": "Sun *-*-* 00:00:00", "@daily": "daily", "@midnight": "daily",
        "@hourly": "hourly",
    ]

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private static let second = CronField(range: 0...59, name: "seconds")
    private static let minute = CronField(range: 0...59, name: "minutes")
    private static let hour = CronField(range: 0...23, name: "hours")
    private static let day = CronField(range: 1...31, name: "days")
    private static let month = CronField(range: 1...12, name: "months", words: months)
    /// 7 is Sunday, as 0 is.
    private static let weekday = CronField(range: 0...7, name: "weekdays", words: days)

    /// - Returns: `nil` if they are no matter.
    private static func weekdays(_ text: String) throws(EcosystemRefused) -> String? {
        guard text != "*" else { return nil }
        let numbers = Set(try weekday.parse(text).flatMap(\.values).map { $0 % 7 })
        return numbers.sorted().map { days[$0].prefix(1).uppercased() + days[$0].dropFirst() }
            .joined(separator: ",")
    }
}

/// One of the fields.
private struct CronField {
    let range: ClosedRange<Int>
    let name: String
    var words: [String] = []

    /// A part of a list: `*`, `5`, `1-5`, each perhaps with a step.
    struct Part {
        let range: ClosedRange<Int>
        let step: Int
        let isAll: Bool

        var values: [Int] {
            Array(stride(from: range.lowerBound, through: range.upperBound, by: step))
        }
    }

    func read(_ text: String) throws(EcosystemRefused) -> String {
        let parts = try parse(text)
        if parts.contains(where: { $0.isAll && $0.step == 1 }) { return "*" }
        let values = Set(parts.flatMap(\.values)).sorted()
        return values.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ",")
    }

    func parse(_ text: String) throws(EcosystemRefused) -> [Part] {
        var parts: [Part] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            parts.append(try part(String(word)))
        }
        return parts
    }

    private func part(_ text: String) throws(EcosystemRefused) -> Part {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { throw refusal(text) }
        var step = 1
        if halves.count == 2 {
            guard let number = Int(halves[1]), number > 0 else { throw refusal(text) }
            step = number
        }
        if halves[0] == "*" { return Part(range: range, step: step, isAll: true) }
        let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        guard let first = ends.first, ends.count <= 2, let low = number(first) else {
            throw refusal(text)
        }
        // `5/10` begins there and goes on to the end.
        var high = halves.count == 2 ? range.upperBound : low
        if ends.count == 2 {
            guard let number = number(ends[1]) else { throw refusal(text) }
            // `fri-sun`: the week's last day is 7 then.
            high = number == 0 && range.upperBound == 7 ? 7 : number
        }
        guard range.contains(low), range.contains(high), low <= high else { throw refusal(text) }
        return Part(range: low...high, step: step, isAll: false)
    }

    private func number(_ text: Substring) -> Int? {
        guard let index = words.firstIndex(of: text.lowercased()) else { return Int(text) }
        return range.lowerBound + index
    }

    private func refusal(_ text: String) -> EcosystemRefused {
        EcosystemRefused(
            "\"\(text)\" is none of \(name) from \(range.lowerBound) to \(range.upperBound) that a "
                + "calendar of systemd can say")
    }
}
