// The terminal, by ncurses: frames out, keys in.
// Invariant: it is as it was before when the value was closed, and whenever this program is stopped.

import CNcurses
import LinuxKernel
import PoolWire

/// One in a process, as standard input and output are.
package final class Terminal {
    package let typeface: Typeface
    private let hasColours: Bool
    private var isOpen = true

    /// Why there can be no monitor here.
    package struct Refused: Error, Hashable, Sendable {
        package let sentence: String
    }

    /// Takes the terminal over.
    package init() throws(Refused) {
        guard StandardStream.input.isTerminal, StandardStream.output.isTerminal else {
            throw Refused(
                sentence: "monitor needs a terminal; programs ask with: martletctl status --json")
        }
        let name = (OwnProcess.variable("TERM") ?? "").withoutControlCharacters(limit: 40)
        typeface = Typeface(isUnicode: martlet_locale_take())
        switch Int(martlet_terminal_look_up()) {
        case MARTLET_TERMINAL_KNOWN: break
        case MARTLET_TERMINAL_WITHOUT_CURSOR:
            throw Refused(
                sentence: "a terminal of the kind \"\(name)\" can't be written all over; "
                    + "use: martletctl status")
        default:
            guard !name.isEmpty else {
                throw Refused(
                    sentence: "TERM does not say what terminal this is: set it, to xterm for most")
            }
            throw Refused(
                sentence: "there is no description of a terminal \"\(name)\" here: set TERM to "
                    + "what it is like, xterm for most")
        }
        let wantsColours = Colour.areWanted(on: .output)
        guard martlet_screen_open(wantsColours) else {
            throw Refused(sentence: "the terminal can't be taken over; use: martletctl status")
        }
        hasColours = wantsColours && martlet_screen_has_colours()
    }

    deinit { close() }

    /// Gives the terminal back; the next frame takes it again.
    func close() {
        guard isOpen else { return }
        isOpen = false
        martlet_screen_close()
    }

    var size: TerminalSize {
        var rows: Int32 = 0
        var columns: Int32 = 0
        martlet_screen_size(&rows, &columns)
        return TerminalSize(lines: Int(rows), columns: Int(columns))
    }

    /// Its size has changed, or somebody else has written on it.
    func startAnew() { martlet_screen_resize() }

    func show(_ frame: Frame) {
        isOpen = true
        martlet_screen_clear()
        for (row, runs) in frame.rows.enumerated() {
            for run in runs {
                let (pair, attributes) = look(of: run.style)
                martlet_screen_style(pair, attributes)
                martlet_screen_write(Int32(row), Int32(run.column), run.text)
            }
        }
        martlet_screen_style(0, 0)
        martlet_screen_show()
    }

    /// Without colours what matters is bold.
    private func look(of style: Style) -> (pair: Int32, attributes: UInt32) {
        let pair =
            switch style.tone {
            case .plain: 0
            case .good: MARTLET_PAIR_GREEN
            case .warning: MARTLET_PAIR_YELLOW
            case .bad: MARTLET_PAIR_RED
            case .accent: MARTLET_PAIR_CYAN
            }
        let matters = style.tone == .bad || style.tone == .warning
        let isBold = style.isBold || matters && !hasColours
        var attributes = 0
        if isBold { attributes |= MARTLET_BOLD }
        if style.isDim { attributes |= MARTLET_DIM }
        if style.isReverse { attributes |= MARTLET_REVERSE }
        return (hasColours ? Int32(pair) : 0, UInt32(attributes))
    }
}

// MARK: Keys

extension Terminal {
    enum Input {
        case key(Key)
        /// Something was pressed that means nothing here.
        case other
    }

    /// The next thing pressed, without waiting.
    func read() -> Input? {
        var code: UInt32 = 0
        switch Int(martlet_screen_read(&code)) {
        case MARTLET_KEY_NONE: return nil
        case MARTLET_KEY_FUNCTION:
            return Self.function(Int32(bitPattern: code)).map { .key($0) } ?? .other
        default: return Self.character(code).map { .key($0) } ?? .other
        }
    }

    private static func function(_ code: Int32) -> Key? {
        switch code {
        case KEY_UP: .up
        case KEY_DOWN: .down
        case KEY_LEFT: .left
        case KEY_RIGHT: .right
        case KEY_PPAGE: .pageUp
        case KEY_NPAGE: .pageDown
        case KEY_HOME: .home
        case KEY_END: .end
        case KEY_ENTER: .enter
        case KEY_BACKSPACE: .backspace
        case KEY_BTAB: .tab
        default: nil
        }
    }

    private static func character(_ code: UInt32) -> Key? {
        switch code {
        case 9: .tab
        case 10, 13: .enter
        case 27: .escape
        case 8, 127: .backspace
        default:
            Unicode.Scalar(code).flatMap { scalar in
                scalar.properties.generalCategory == .control ? nil : .character(Character(scalar))
            }
        }
    }
}
