// A time of day for people, in their own zone.

import Glibc

package enum LocalTime {
    /// `2026-11-21 04:05:06.789`.
    ///
    /// - Parameter microseconds: since 1970.
    ///
    /// The corresponding C functions are `localtime_r(3)` and `strftime(3)`.
    package static func text(microseconds: Int64) -> String {
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        var time = time_t(seconds)
        var parts = tm()
        guard localtime_r(&time, &parts) != nil else { return "?" }
        let date = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
            let length = strftime(buffer.baseAddress!, buffer.count, "%Y-%m-%d %H:%M:%S", &parts)
            return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        let milliseconds = String(1_000 + abs(rest) / 1_000).dropFirst()
        return "\(date).\(milliseconds)"
    }
}
