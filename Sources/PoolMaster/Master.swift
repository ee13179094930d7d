// One thread, one wait, one interpreter of effects: the loop that a pool runs in.
// Invariant: events reach the core one at a time and in order, and each effect is carried out before
// the next event is taken; nothing in a turn waits for anybody.

import LinuxKernel
import PoolConfiguration
import PoolCore
import Systemd

/// The master of one pool.
package final class Master {
    let arrangement: Arrangement
    let chronicle: Chronicle
    let launcher: WorkerLauncher
    let epoll: Epoll
    /// Watches the channels of workers whose answers may wait, and is watched by `epoll` unless these
    /// rest; the others are watched by `epoll` itself.
    let channels: Epoll
    var channelsRestUntil: Instant?
    var answerRest = AnswerRest()
    var hearing = Hearing()
    let signals: SignalSource
    let control: ControlServer
    /// `nil` without a service manager.
    let manager: ServiceChannel?
    var company: Company
    /// Its next deadline, which changes only when it hears of something.
    private var coreDeadline: Instant?
    /// The settings of each generation the core knows.
    var settings: [GenerationNumber: PoolSettings] = [:]
    /// Of what they were read.
    var texts: [GenerationNumber: ConfigurationTexts] = [:]
    /// Where the programs of these generations listen, if they are Node's.
    var nodeListeners: [GenerationNumber: NodeListeners] = [:]

    /// By incarnation, as are the next two.
    var workers: [UInt64: WorkerHandle] = [:]
    var relays: [UInt64: OutputRelay] = [:]
    var leftovers: [UInt64: Leftover] = [:]
    /// Whose next notification has been heard, and stays in its socket until that is written down.
    var heard: [WorkerHandle] = []
    /// By the index of their sockets.
    var dispatchers: [Int: Dispatcher] = [:]
    var annals = Annals()
    var tally = Tally()
    /// Whether the loop waits for the console to take more, and not for the output of workers.
    var isOutputHeld = false

    /// By ``MonotonicClock``.
    let began = MonotonicClock.now()
    /// `nil` where the loop is all that its program does.
    let port: MasterPort?
    /// Who of the program waits for a verdict. The numbers are above those of the control socket.
    var portRequests: [RequestID: @Sendable (Verdict) -> Void] = [:]
    var lastPortRequest: RequestID = 1 << 63

    /// Files that have changed, until a reload is asked for.
    var changes: PendingChanges?

    /// Which master of this pool this is since the pool was started, from 1.
    let number: Int
    /// `nil` where nobody could go on after us.
    let keeper: StateKeeper?
    /// On the way out, with workers that stay.
    var departure: Departure?
    /// Until then a stop is a restart.
    var leaves: Instant?

    private var events: [Event] = []
    private var isHandling = false
    private var happened: [EpollEvent] = []
    private(set) var outcome: Outcome?
    /// After this the end is not put off any more for cgroups that do not empty.
    private var patienceEnds: Int64?

    /// Signals that the master takes; each has its meaning in `Master+Signals.swift`.
    private static let heeded: [Signal] = [.hangup, .interrupt, .terminate, .quit, .user1]
    /// Those that a program with threads of its own may have another use for, or get by reading its
    /// terminal in the background.
    private static let heededAlone: [Signal] = [.user2, .terminalInput, .terminalOutput]

    /// - Parameter port: For the other threads of a program that is more than its master.
    package init(
        _ arrangement: Arrangement, port: MasterPort? = nil
    ) throws(StartRefused) {
        self.arrangement = arrangement
        self.port = port
        chronicle = arrangement.chronicle
        let succession = arrangement.succession
        launcher = WorkerLauncher(arrangement)
        number = (succession?.state.number ?? 0) + 1
        company =
            succession?.state.company
            ?? Company(
                policy: arrangement.settings.policyHere(),
                watchdogInterval: arrangement.watchdogInterval, seed: .random(in: 0 ... .max))
        keeper = port == nil ? StateKeeper.make(after: succession, arrangement.chronicle) : nil
        do throws(SystemError) {
            try ProcessSignals.ignoreFailedWrites()
            let heeded = Self.heeded + (port == nil ? Self.heededAlone : [])
            signals = try SignalSource(heeded.map(\.number))
            if port != nil { try ProcessSignals.passToThisThread(heeded.map(\.number)) }
            epoll = try Epoll()
            channels = try Epoll()
            try epoll.add(channels, token: Token.channels.rawValue)
            manager = try ServiceChannel.open()
            control = try ControlServer(
                path: arrangement.directory.controlPath,
                listener: succession?.kept.first(.control))
            // Who holds the control socket is alone here.
            arrangement.directory.sweep(
                sparing: Set(succession?.notifyPaths(arrangement.directory) ?? []))
            try epoll.add(signals.descriptor, .readable, token: Token.signals.rawValue)
            try epoll.add(
                control.listener.descriptor, .readable, token: Token.controlListener.rawValue)
            if let tree = arrangement.watched {
                try epoll.add(
                    tree.inotify.descriptor, .readable, token: Token.changes.rawValue)
            }
            if let port {
                try epoll.add(port.bell.descriptor, .readable, token: Token.port.rawValue)
            }
        } catch {
            guard error.isAddressInUse else { throw StartRefused(.system, error.description) }
            throw StartRefused(
                .unavailable,
                "the pool \"\(arrangement.pool)\" has a master already; see "
                    + "martletctl status \(arrangement.pool)")
        }
        if let succession {
            take(succession)
        } else {
            take(arrangement.reading, as: 1)
        }
    }

    /// Runs the pool to its end, or until another master is to go on with it.
    package func run() throws(SystemError) -> Outcome {
        try begin()
        tellTroublesOfWatching()
        while true {
            keepIfStale()
            if try advanceDeparture() { return leave() }
            if let outcome, isNothingLeft { return end(with: outcome) }
            try turn()
        }
    }

    private func begin() throws(SystemError) {
        beginToStore()
        if let succession = arrangement.succession {
            resume(succession)
            succession.kept = .none
        } else {
            try endLeftWorkers()
            tell(.start)
        }
    }

    private func turn() throws(SystemError) {
        let dispatch = nextDispatch
        let ofOthers = earlier(channelsRestUntil, changes?.due)
        let deadline = earlier(
            earlier(earlier(coreDeadline, dispatch), ofOthers),
            earlier(departureDeadline, keepDeadline))
        let end = deadline?.nanoseconds ?? patienceEnds
        try takeEvents(waiting: end.map { $0 - MonotonicClock.now() })
        if let dispatch, dispatch <= Self.now { resumeDispatch() }
        let early = happened.isEmpty ? Duration.zero : AnswerRest.early
        if let end = channelsRestUntil, end <= Self.now + early { serveChannels() }
        if let due = changes?.due, due <= Self.now { reloadForChanges() }
        guard let next = coreDeadline, next <= Self.now else { return }
        try takeWhatWaits()
        tell(.deadline)
    }

    func takeEvents(waiting nanoseconds: Int64?) throws(SystemError) {
        holdOutputIfNeeded()
        happened.removeAll(keepingCapacity: true)
        _ = try epoll.wait(nanoseconds: nanoseconds) { happened.append($0) }
        for event in happened { dispatch(event) }
        keepHeard()
    }

    /// Before anybody is called late: if we were stalled, what they have said since waits unread.
    /// As many rounds as it takes to hear everybody, not as many as somebody can talk.
    private func takeWhatWaits() throws(SystemError) {
        wakeChannels()
        for _ in 0..<4 + workers.count / 16 {
            try takeEvents(waiting: 0)
            if happened.isEmpty { return }
        }
    }

    static var now: Instant { Instant(nanoseconds: MonotonicClock.now()) }

    /// Hands an event to the core, and those that come of it after it.
    func tell(_ event: Event) {
        events.append(event)
        holding {}
    }

    /// Does something whose events are handed to the core only after it.
    func holding(_ deed: () -> Void) {
        guard !isHandling else { return deed() }
        isHandling = true
        defer { isHandling = false }
        deed()
        var next = 0
        while next < events.count {
            let event = events[next]
            next += 1
            let effects = company.handle(event, at: Self.now)
            carryOut(effects, of: event)
            tellPort(event, effects)
        }
        events.removeAll(keepingCapacity: true)
        coreDeadline = company.nextDeadline
        tellAgentOfWorkers()
    }

    private func carryOut(_ effects: [Effect], of event: Event) {
        let isKept = keep(effects, of: event)
        for effect in effects {
            carryOut(effect)
            if isKept { keeper?.carriedOutOne() }
        }
    }

    func finish(_ outcome: Outcome) {
        self.outcome = outcome
        patienceEnds = MonotonicClock.now() + 5_000_000_000
    }

    private var isNothingLeft: Bool {
        if leftovers.isEmpty && !control.isBusy { return true }
        return patienceEnds.map { $0 <= MonotonicClock.now() } ?? true
    }

    private func end(with outcome: Outcome) -> Outcome {
        passLastWords()
        clearStore()
        control.close()
        arrangement.directory.remove()
        return outcome
    }

    /// The workers stay, with the sockets that they write to.
    private func leave() -> Outcome {
        control.close()
        return .stopped
    }

    /// Watches a descriptor; where the kernel has no room for that, its owner is told so.
    func watch(_ descriptor: borrowing FileDescriptor, _ events: EpollEvents, _ token: Token)
        throws(SystemError)
    {
        try epoll.add(descriptor, events, token: token.rawValue)
    }

    func unwatch(_ descriptor: borrowing FileDescriptor) {
        try? epoll.remove(descriptor)
    }
}

/// `nil` is never.
private func earlier(_ one: Instant?, _ other: Instant?) -> Instant? {
    guard let one, let other else { return one ?? other }
    return min(one, other)
}
