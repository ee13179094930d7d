// What a worker writes, line by line with its tag, for a person who runs a pool in the foreground.
// Invariant: nothing is read that could not be written at once, so a terminal that is stopped holds
// up the workers that write to it, never the master.

import LinuxKernel

/// The read end of the pipe that is one worker's standard output and error.
final class OutputRelay {
    let reader: SharedDescriptor
    private let tag: String
    private var line: [UInt8] = []
    /// A longer line is broken up: with its tag it stays below PIPE_BUF, so that a stream that is
    /// ready takes it whole.
    private static let longestLine = 3_900

    init(_ reader: SharedDescriptor, pool: String, slot: Int, isColoured: Bool) {
        self.reader = reader
        let name = "\(pool)/\(slot)"
        tag = isColoured ? Colour.ofSlot(slot).around(name) : name
    }

    enum Passing {
        case passed
        /// Standard error takes nothing at the moment; nothing was read.
        case held
        case ended
    }

    /// Passes on what there is, within one turn's measure.
    func pass() -> Passing {
        guard StandardStream.error.isWritableNow else { return .held }
        return passNext() == nil ? .ended : .passed
    }

    /// At the end: passes on what still is in the pipe, however long the terminal takes.
    func passRest() {
        while let count = passNext(), count > 0 {}
        if !line.isEmpty { flush() }
    }

    /// How many bytes were passed on; `nil` at the end of the stream.
    private func passNext() -> Int? {
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            switch try? reader.descriptor.read(into: buffer) {
            case .bytes(let count):
                take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                return count
            case .wouldBlock: return 0
            case .closed, nil:
                if !line.isEmpty { flush() }
                return nil
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || line.count >= Self.longestLine { flush() }
            if byte != UInt8(ascii: "\n") { line.append(byte) }
        }
    }

    private func flush() {
        StandardStream.error.write(Array("\(tag) ".utf8) + line + [UInt8(ascii: "\n")])
        line.removeAll(keepingCapacity: true)
    }

    /// The master's own lines go the same way.
    ///
    /// - Returns: Whether the line was taken; it does not wait for that.
    static func writeToTerminal(_ text: String) -> Bool {
        guard StandardStream.error.isWritableNow else { return false }
        return StandardStream.error.write(text.utf8.prefix(4_096))
    }
}
