// What a worker writes, line by line with its tag, for a person who runs a pool in the foreground.
// Invariant: nothing is read while something read before waits to be taken, so a terminal that is
// stopped holds up the workers that write to it, never the master.

import LinuxKernel
import PoolConfiguration

/// The read end of the pipe that is one worker's standard output and error.
final class OutputRelay {
    let reader: SharedDescriptor
    private let tag: String
    private var line: [UInt8] = []
    /// A longer line is broken up.
    private static let longestLine = 8_192

    init(_ reader: SharedDescriptor, pool: String, post: Post, isColoured: Bool) {
        self.reader = reader
        let name = "\(pool)/\(post)"
        tag = isColoured ? Colour.of(post).around(name) : name
    }

    /// Passes on what there is, within one turn's measure.
    ///
    /// - Returns: Whether more can come.
    func pass(to console: Console) -> Bool {
        passNext(to: console) != nil
    }

    /// At the end: passes on what still is in the pipe, and a line that has no end.
    func passRest(to console: Console) {
        while let count = passNext(to: console), count > 0 {}
        if !line.isEmpty { console.pass(endOfLine()) }
    }

    /// How many bytes were passed on; `nil` at the end of the stream.
    private func passNext(to console: Console) -> Int? {
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            switch try? reader.descriptor.read(into: buffer) {
            case .bytes(let count):
                console.pass(lines(UnsafeRawBufferPointer(rebasing: buffer[..<count])))
                return count
            case .wouldBlock: return 0
            case .closed, nil:
                if !line.isEmpty { console.pass(endOfLine()) }
                return nil
            }
        }
    }

    /// The lines that these bytes complete.
    private func lines(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var complete: [UInt8] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || line.count >= Self.longestLine {
                complete += endOfLine()
            }
            if byte != UInt8(ascii: "\n") { line.append(byte) }
        }
        return complete
    }

    private func endOfLine() -> [UInt8] {
        defer { line.removeAll(keepingCapacity: true) }
        return Array("\(tag) ".utf8) + line + [UInt8(ascii: "\n")]
    }
}
