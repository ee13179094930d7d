// What people ask for of single workers, and what they have to say to them.

import LinuxKernel
import PoolConfiguration
import PoolCore
import PoolWire

extension Master {
    func list(_ slot: Int?) -> [WorkerReport] {
        let report = report()
        let all = (report.agent.map { [$0] } ?? []) + report.workers
        return slot.map { wanted in all.filter { $0.slot == wanted } } ?? all
    }

    /// That of the generation which has settled.
    var configuration: ConfigurationReport {
        ConfigurationReport(settings[company.workers.settled] ?? arrangement.settings)
    }

    func restart(for session: ControlSession, _ slot: Int?) {
        wait(session) { .restartRequested($0, slot) }
    }

    func kill(for session: ControlSession, _ slot: Int, with name: String) {
        guard let signal = Signal(named: name) else {
            let reason = "there is no signal \(name.prefix(32))"
            return advance(session, .refused(.notPossible(reason: reason)))
        }
        wait(session) { .signalRequested($0, slot, signal) }
    }

    /// The answer is the verdict, which may come in this turn or in a later one.
    func wait(_ session: ControlSession, _ event: (RequestID) -> Event) {
        session.request = session.number
        session.isSteering = true
        tell(event(session.number))
        settle(session)
    }

    func send(for session: ControlSession, _ message: PoolMessage) {
        guard message.isSound else {
            return advance(session, .refused(.notPossible(reason: "the message is no JSON value")))
        }
        guard workers.values.contains(where: { $0.session != nil }) || message.to == .subscribers
        else {
            return advance(session, .refused(.notPossible(reason: noChannels)))
        }
        let told = pass(message, from: .outside, sentBy: nil, isChecked: true)
        advance(session, .sent(recipients: told))
    }

    private var noChannels: String {
        "no worker has a channel to be told anything through; that comes with Protocol=node and "
            + "Protocol=martlet"
    }
}

extension ConfigurationReport {
    init(_ settings: PoolSettings) {
        self.init(
            files: settings.files,
            settings: settings.effectiveSettings.map {
                SettingReport(
                    section: $0.section.rawValue, name: $0.name, value: $0.value,
                    origin: $0.origin.description)
            })
    }
}
