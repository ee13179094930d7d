// A report as programs read it from `martletctl status --json`.

extension PoolReport {
    /// One JSON object on one line, without the line's end; equal reports are equal bytes.
    package var json: [UInt8] {
        // `nil` is for numbers without a JSON form, and a report's initialisers let none in.
        printableJSON ?? Array("{}".utf8)
    }
}
