// A time of day on the wall's clock, which may be set and which knows of summer.

import Glibc

struct TimeOfDay: Sendable {
    private var hour = 0
    private var minute = 0
    private var second = 0

    /// - Parameter text: `HH:MM:SS`; anything else is midnight.
    init(_ text: String?) {
        let numbers = (text ?? "").split(separator: ":").compactMap { Int($0) }
        if numbers.count == 3 { (hour, minute, second) = (numbers[0], numbers[1], numbers[2]) }
    }

    /// Waits for it.
    ///
    /// - Returns: False if the task is cancelled.
    func comes() async -> Bool {
        let due = next(after: Glibc.time(nil))
        while true {
            let left = due - Glibc.time(nil)
            if left <= 0 { return true }
            // Not longer, as the clock may be set meanwhile.
            guard (try? await Task.sleep(for: .seconds(min(left, 30)))) != nil else { return false }
        }
    }

    private func next(after now: time_t) -> time_t {
        var now = now
        var fields = tm()
        localtime_r(&now, &fields)
        (fields.tm_hour, fields.tm_min, fields.tm_sec) = (Int32(hour), Int32(minute), Int32(second))
        fields.tm_isdst = -1
        let today = mktime(&fields)
        if today > now { return today }
        fields.tm_mday += 1
        fields.tm_isdst = -1
        return mktime(&fields)
    }
}
