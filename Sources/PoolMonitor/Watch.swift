// The monitor at work: one wait for keys, masters, the journal and signals.
// Invariant: nothing that somebody else does or fails to do holds up the view; the terminal is given
// back on every way out.

import Glibc
import LinuxKernel
import PoolWire

package final class Watch {
    /// How it came to an end.
    package enum End: Hashable, Sendable {
        /// Somebody has had enough.
        case quit
        case signal(Int32)
        /// The terminal is gone.
        case terminalLost
    }

    let masters: any Masters
    /// All there are if none is named.
    let named: [String]
    let terminal: Terminal
    let input: FileDescriptor
    let signals: SignalSource
    let epoll: Epoll
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    var board = Board()
    var links: [String: MasterLink] = [:]
    var errands: [(deed: Deed, link: MasterLink)] = []
    var tail: JournalTail?
    /// Tails that were told to end, and are to be forgotten.
    var ending: [JournalTail] = []
    var lastToken = Token.first
    var emptyReads = 0
    var end: End?

    var nextTick: Int64
    var nextFrame: Int64?
    /// Whose journal is open, or is to be opened then.
    var wantedTail: JournalSubject?
    var nextTail: Int64?

    enum Token {
        static let input: UInt64 = 0
        static let signals: UInt64 = 1
        static let journal: UInt64 = 2
        static let complaints: UInt64 = 3
        /// Of connections to masters: from here on.
        static let first: UInt64 = 16
    }

    static let second: Int64 = 1_000_000_000
    static let moment: Int64 = 30_000_000
    static let heeded = [
        SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT,
    ]

    package init(_ terminal: Terminal, _ masters: any Masters, named: [String]) throws(SystemError)
    {
        self.terminal = terminal
        self.masters = masters
        self.named = named
        input = try StandardStream.input.duplicate()
        signals = try SignalSource(Self.heeded)
        epoll = try Epoll(capacity: 32)
        nextTick = MonotonicClock.now()
        try epoll.add(input, .readable, token: Token.input)
        try epoll.add(signals.descriptor, .readable, token: Token.signals)
        nextFrame = nextTick
    }

    deinit {
        buffer.deallocate()
    }

    /// Returns when somebody has had enough; deeds that are under way then go on without us.
    package func run() throws(SystemError) -> (end: End, goingOn: [Deed]) {
        defer {
            terminal.close()
            tail?.end()
        }
        while end == nil {
            var events: [EpollEvent] = []
            _ = try epoll.wait(nanoseconds: nearest - MonotonicClock.now()) { events.append($0) }
            for event in events { heed(event) }
            let now = MonotonicClock.now()
            if now >= nextTick { tick(now) }
            settleTail(now)
            if let frame = nextFrame, now >= frame { draw() }
        }
        return (end ?? .quit, board.underWay.map(\.deed))
    }

    var nearest: Int64 { min(nextTick, nextFrame ?? .max, nextTail ?? .max) }

    /// What has changed is to be seen within so long.
    func drawWithin(_ delay: Int64) {
        nextFrame = min(nextFrame ?? .max, MonotonicClock.now() + delay)
    }

    func draw() {
        nextFrame = nil
        // `2026-11-21 04:05:06.789`
        board.clock = String(LocalTime.text(microseconds: WallClock.now()).dropFirst(11).prefix(8))
        terminal.show(Layout.frame(board, terminal.size, terminal.typeface))
    }

    func heed(_ event: EpollEvent) {
        switch event.token {
        case Token.input: readKeys(event.events)
        case Token.signals: readSignals()
        case Token.journal: readJournal()
        case Token.complaints: readComplaints()
        default: readMaster(event.token)
        }
    }
}

// MARK: The terminal

extension Watch {
    func readKeys(_ events: EpollEvents) {
        var hasRead = false
        // Bounded: somebody may paste a book.
        for _ in 0..<256 {
            guard end == nil, let pressed = terminal.read() else { break }
            hasRead = true
            if case .key(let key) = pressed, let wish = board.press(key) { fulfil(wish) }
        }
        emptyReads = hasRead ? 0 : emptyReads + 1
        // Readable and nothing to be read: nobody sits there any more.
        if emptyReads > 16 || events.contains(.hangUp) && !hasRead { end = .terminalLost }
        drawWithin(0)
    }

    func fulfil(_ wish: Board.Wish) {
        switch wish {
        case .quit: end = .quit
        case .perform(let deed): begin(deed)
        }
    }

    func readSignals() {
        guard let received = try? signals.read() else { return }
        for signal in received {
            switch signal.number {
            case SIGWINCH:
                terminal.startAnew()
                drawWithin(0)
            case SIGTSTP:
                terminal.close()
                signals.stopThisProcess()
                resume()
            case SIGCONT: resume()
            case SIGINT: end = end ?? .quit
            default: end = end ?? .signal(signal.number)
            }
        }
    }

    /// The terminal may be another size by now.
    func resume() {
        terminal.startAnew()
        nextTick = MonotonicClock.now()
        drawWithin(0)
    }
}
