// The program that the loop is a part of: its commands, and what it is told.

import LinuxKernel
import PoolCore
import PoolWire

extension Master {
    // MARK: Commands

    func takeCommands() {
        for command in port?.takeCommands() ?? [] { obey(command) }
    }

    private func obey(_ command: MasterCommand) {
        switch command {
        case .reload(let answer):
            lastPortRequest += 1
            // Before the event: the verdict may come in the same turn.
            portRequests[lastPortRequest] = answer
            tell(.reloadRequested(lastPortRequest))
        case .scale(let scaling): tell(.scaleRequested(scaling))
        case .stop: tell(.stopRequested)
        case .send(let message): pass(message)
        case .deliver(let body, let number):
            guard let id = workers[number]?.id else { return }
            let message = PoolMessage(to: .slot(UInt32(clamping: id.slot)), body: body)
            deliver(message, to: id, from: .agent, true)
        case .signal(let number, let signal):
            _ = try? workers[number]?.process.signal(signal.number)
        case .disconnect(let number): askToLeave(number)
        }
    }

    /// As if the worker had wished it.
    private func askToLeave(_ number: UInt64) {
        guard let worker = workers[number] else { return }
        tell(.noticed(worker.id, .stopping))
        leaveRosters(worker.id, isGone: false)
        if worker.session?.disconnect() == true {
            watchChannel(of: worker)
        } else if let policy = settings[worker.generation]?.worker.policy {
            _ = try? worker.process.signal(policy.killSignal.number)
        }
    }

    /// Passes on what the program itself says.
    private func pass(_ message: PoolMessage) {
        pass(message, from: .agent, sentBy: nil, isChecked: true)
        // The sender is one of all.
        if message.to == .all || message.to == .agent { tellPort(message, from: .agent) }
    }

    // MARK: News

    /// What has happened and what was done about it, as far as it is about workers.
    func tellPort(_ event: Event, _ effects: [Effect]) {
        guard let port else { return }
        switch event {
        case .launched(let id): port.tell(.online(id))
        case .noticed(let id, .stopping): port.tell(.leaving(id, isAsked: true))
        case .launchFailed(let id, let failure):
            port.tell(.notStarted(id, because: failure.description))
        case .exited(let id, let status): port.tell(.exited(id, status))
        default: break
        }
        for effect in effects { tellPort(effect, port) }
    }

    private func tellPort(_ effect: Effect, _ port: MasterPort) {
        switch effect {
        case .launch(let id, let generation):
            guard let process = workers[id.incarnation]?.process else { return }
            port.tell(.forked(id, generation, pid: process.pid))
        case .record(.workerReady(let id, let generation, _)):
            port.tell(.ready(id))
            for address in sharedAddresses(id, generation) {
                port.tell(.listening(id, address: address))
            }
        case .disconnect(let id): port.tell(.leaving(id, isAsked: true))
        case .signal(let id, _), .kill(let id): port.tell(.leaving(id, isAsked: false))
        case .answer(let requests, let verdict):
            for request in requests { portRequests.removeValue(forKey: request)?(verdict) }
        default: break
        }
    }

    /// The sockets that a worker accepts from itself; of the others it says when it is open for them.
    private func sharedAddresses(_ id: WorkerID, _ generation: GenerationNumber) -> [String] {
        guard let settings = settings[generation],
            let order = LaunchOrder(id, generation, settings)
        else { return [] }
        return launcher.inherited(order).map(\.facts.address.description)
    }

    /// A message that reaches the one process beside the workers, where that is the program.
    func tellPort(_ message: PoolMessage, from sender: MessageSender) {
        switch message.to {
        case .all, .others, .agent: port?.tell(.message(body: message.body, sender: sender))
        case .workers, .subscribers, .random, .slot: break
        }
    }

    func tellPortOfListening(_ worker: WorkerHandle, _ index: Int) {
        let address = arrangement.sockets[index].facts.address.description
        port?.tell(.listening(worker.id, address: address))
    }

    func tellPortOfDisconnect(_ worker: WorkerHandle) {
        guard let port, worker.isDisconnectNews else { return }
        worker.isDisconnectNews = false
        port.tell(.disconnected(worker.id))
    }
}
