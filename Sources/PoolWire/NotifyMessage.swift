// What a worker says on its notify socket: one datagram of sd_notify(3), read.
// Invariant: any bytes are read as some list; nothing in it can harm a terminal or a journal line.

/// One assignment of a datagram, in the order it was written.
package enum NotifyMessage: Hashable, Sendable {
    /// READY=1
    case ready
    /// RELOADING=1
    case reloading
    /// STOPPING=1
    case stopping
    /// WATCHDOG=1
    case watchdog
    /// WATCHDOG=trigger
    case watchdogTrigger
    /// WATCHDOG_USEC=
    case watchdogInterval(microseconds: UInt64)
    /// EXTEND_TIMEOUT_USEC=
    case extendTimeout(microseconds: UInt64)
    /// STATUS=, without control characters, at most ``longestStatus`` characters.
    case status(String)
    /// ERRNO=
    case errorNumber(Int32)
    /// MAINPID=
    case mainProcess(Int32)
    /// Anything else by its name, and what is above with a value it can't have.
    case other(String)

    package static let longestStatus = 256
    package static let longestName = 64
}

extension NotifyMessage {
    /// Reads a datagram.
    ///
    /// - Returns: Nothing for one with a NUL inside, as systemd does; NULs at its end are allowed.
    package static func parse(_ datagram: some Sequence<UInt8>) -> [NotifyMessage] {
        var bytes = Array(datagram)
        while bytes.last == 0 { bytes.removeLast() }
        guard !bytes.contains(0) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).map { NotifyMessage(line: $0) }
    }

    private init(line: ArraySlice<UInt8>) {
        let equals = line.firstIndex(of: UInt8(ascii: "=")) ?? line.endIndex
        let name = Self.text(line[..<equals], limit: Self.longestName)
        let value = line[equals...].dropFirst()
        self = Self.message(name, value) ?? .other(name)
    }

    private static func message(_ name: String, _ value: ArraySlice<UInt8>) -> NotifyMessage? {
        switch name {
        case "READY": isOne(value) ? .ready : nil
        case "RELOADING": isOne(value) ? .reloading : nil
        case "STOPPING": isOne(value) ? .stopping : nil
        case "WATCHDOG" where value.elementsEqual("trigger".utf8): .watchdogTrigger
        case "WATCHDOG": isOne(value) ? .watchdog : nil
        case "WATCHDOG_USEC": number(value).map { .watchdogInterval(microseconds: $0) }
        case "EXTEND_TIMEOUT_USEC": number(value).map { .extendTimeout(microseconds: $0) }
        case "STATUS": .status(text(value, limit: longestStatus))
        case "ERRNO": number(value).map { .errorNumber($0) }
        case "MAINPID": number(value).flatMap { $0 > 0 ? .mainProcess($0) : nil }
        default: nil
        }
    }

    private static func isOne(_ value: ArraySlice<UInt8>) -> Bool {
        value.elementsEqual(CollectionOfOne(UInt8(ascii: "1")))
    }

    /// Decimal digits and nothing else; `nil` for a number the type can't hold.
    private static func number<Number: FixedWidthInteger>(_ value: ArraySlice<UInt8>) -> Number? {
        guard !value.isEmpty else { return nil }
        var number: Number = 0
        for byte in value {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (shifted, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let digit = Number(byte - UInt8(ascii: "0"))
            let (sum, isTooLargeNow) = shifted.addingReportingOverflow(digit)
            guard !isTooLarge, !isTooLargeNow else { return nil }
            number = sum
        }
        return number
    }

    /// What is not UTF-8 becomes U+FFFD; what would move a cursor or break a line is left out.
    private static func text(_ bytes: ArraySlice<UInt8>, limit: Int) -> String {
        String(decoding: bytes, as: UTF8.self).withoutControlCharacters(limit: limit)
    }
}
