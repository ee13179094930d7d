// How many workers an application has, how they start and leave, and what happens when they end.

import PoolConfiguration

extension Translation {
    mutating func addWorkers() {
        let count = app[.instances]
        guard let count, count != .null else {
            add(.pool, "Workers", "1")
            return
        }
        switch (count.word, count.integer) {
        case ("max", _), (_, 0?): add(.pool, "Workers", "auto")
        case (_, let number?) where abs(number) <= 1_024: add(.pool, "Workers", "\(number)")
        default:
            noteMalformed(.instances, "a number, or max")
            add(.pool, "Workers", "1")
        }
    }

    mutating func addMemory() {
        guard let value = app[.maxMemoryRestart], !value.isOff else { return }
        switch value.bytes {
        case let bytes? where bytes >= 1 << 20:
            add(.worker, "RecycleMemory", Self.sizeText(bytes))
        case nil: noteMalformed(.maxMemoryRestart, "a size such as 300M")
        default: note(.maxMemoryRestart, "not taken over: less than 1M means nothing")
        }
    }

    private static func sizeText(_ bytes: Int) -> String {
        for (letter, factor) in [("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)]
        where bytes % factor == 0 {
            return "\(bytes / factor)\(letter)"
        }
        return "\(bytes)"
    }

    /// `nil` if the option is not there, or was complained of.
    private mutating func milliseconds(_ option: EcosystemOption) -> Int? {
        guard let value = app[option], !value.isOff else { return nil }
        if let milliseconds = value.milliseconds { return milliseconds }
        noteMalformed(option, "a number of milliseconds")
        return nil
    }

    /// Zero means "for ever" to systemd, and "at once" to PM2.
    private static func timeText(_ milliseconds: Int) -> String {
        Duration.milliseconds(max(milliseconds, 1)).timeSpanText
    }

    mutating func addLife() {
        if let time = milliseconds(.listenTimeout) {
            add(.worker, "TimeoutStartSec", Self.timeText(time))
        }
        if let time = milliseconds(.killTimeout) {
            add(.worker, "TimeoutStopSec", Self.timeText(time))
        }
        addMessage(.waitReady, "ReadyMessage")
        addMessage(.shutdownWithMessage, "ShutdownMessage")
        if app[.treekill]?.flag == false {
            note(.treekill, "what a worker has started always ends with it")
        }
    }

    private mutating func addMessage(_ option: EcosystemOption, _ directive: String) {
        guard app[option]?.flag == true else { return }
        if isNode {
            add(.worker, directive, "yes")
        } else {
            note(option, "only programs on Node get such messages")
        }
    }

    // MARK: When a worker ends

    mutating func addRestarts() {
        if app[.autorestart]?.flag == false { add(.worker, "Restart", "no") }
        addPreventingStatuses()
        let most = count(.maxRestarts)
        let least = milliseconds(.minUptime)
        if let most {
            // PM2 counts ends before min_uptime; more than these in a row are too many.
            let interval = max(1, min(most, 10_000)) * min(least ?? 1_000, 86_400_000)
            add(.worker, "StartLimitBurst", most > 10_000 ? "0" : "\(max(most, 1))")
            add(.worker, "StartLimitIntervalSec", Self.timeText(interval))
        }
        addDelay(provedAfter: least)
    }

    private mutating func count(_ option: EcosystemOption) -> Int? {
        guard let value = app[option], !value.isOff else { return nil }
        if let count = value.integer, count >= 0 { return count }
        noteMalformed(option, "a number")
        return nil
    }

    private mutating func addPreventingStatuses() {
        guard let value = app[.stopExitCodes], !value.isOff else { return }
        let values: [EcosystemValue]
        if case .list(let several) = value { values = several } else { values = [value] }
        let codes = values.compactMap(\.integer).filter { (0...255).contains($0) }
        guard codes.count == values.count, !codes.isEmpty else {
            noteMalformed(.stopExitCodes, "numbers from 0 to 255")
            return
        }
        add(
            .worker, "RestartPreventExitStatus",
            codes.map(String.init).joined(separator: " "))
    }

    /// PM2's growing delay wins over the constant one.
    private mutating func addDelay(provedAfter least: Int?) {
        let constant = milliseconds(.restartDelay)
        if let first = milliseconds(.expBackoffRestartDelay), first > 0 {
            let longest = max(first, Self.longestDelay)
            add(.worker, "RestartSec", Self.timeText(first))
            add(.worker, "RestartMaxDelaySec", Self.timeText(longest))
            add(.worker, "RestartSteps", "\(Self.steps(from: first, to: longest))")
            add(.worker, "RestartResetSec", "30s")
            if constant != nil {
                note(.restartDelay, "exp_backoff_restart_delay is there, and wins in PM2 as well")
            }
        } else {
            if let constant, constant > 0 {
                add(.worker, "RestartSec", Self.timeText(constant))
                add(.worker, "RestartSteps", "0")
            }
            if let least { add(.worker, "RestartResetSec", Self.timeText(least)) }
        }
    }

    private static let longestDelay = 15_000

    /// How often PM2 grows the delay by half until it is as long.
    private static func steps(from first: Int, to longest: Int) -> Int {
        var delay = Double(first)
        var steps = 0
        while delay < Double(longest), steps < 1_000 {
            delay *= 1.5
            steps += 1
        }
        return steps
    }

    // MARK: Units beside the pool's own

    mutating func addUnits() {
        if let value = app[.cronRestart], !value.isOff, value != .text("0"), value != .number(0) {
            do throws(EcosystemRefused) {
                guard let text = value.word else { throw EcosystemRefused("expects a text") }
                calendar = try CronPattern(parsing: text).calendar
            } catch {
                note(.cronRestart, "not taken over: \(error.sentence)")
            }
        }
        guard let value = app[.watch], !value.isOff else { return }
        guard let words = value.flag == true ? ["."] : value.words else {
            noteMalformed(.watch, "true, a path or a list of paths")
            return
        }
        for word in words {
            let path = absolute(word, from: workingDirectory)
            if path.onOneLine == path, path.utf8.last != UInt8(ascii: "\\") {
                watched.append(path.literal)
            } else {
                note(.watch, "a path with control characters is left out")
            }
        }
        note(
            .watch,
            "the directory is looked at, not what is below it; to deploy by a link, name the one "
                + "that the link is in, see martletd(8)")
    }
}
