// How much a terminal shows.

import CLinux
import Glibc

package struct TerminalSize: Hashable, Sendable {
    package let lines: Int
    package let columns: Int

    package init(lines: Int, columns: Int) {
        self.lines = lines
        self.columns = columns
    }

    /// What is assumed of one that does not tell, as a serial line.
    package static let usual = TerminalSize(lines: 24, columns: 80)

    /// - Returns: `nil` if the stream is no terminal, or one that does not know.
    ///
    /// The corresponding system call is `ioctl(2)` with `TIOCGWINSZ`.
    package static func of(_ stream: StandardStream) -> TerminalSize? {
        var lines: UInt16 = 0
        var columns: UInt16 = 0
        guard martlet_window_size(stream.rawValue, &lines, &columns) == 0, lines > 0, columns > 0
        else { return nil }
        return TerminalSize(lines: Int(lines), columns: Int(columns))
    }
}
