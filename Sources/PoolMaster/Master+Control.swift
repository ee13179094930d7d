// Answering those who are connected to the control socket.

import LinuxKernel
import PoolCore
import PoolWire

extension Master {
    /// How many clients are let in in one turn.
    private static let welcomesPerTurn = 16

    func acceptClients() {
        for _ in 0..<Self.welcomesPerTurn {
            guard let session = control.accept() else { break }
            do throws(SystemError) {
                try watch(session.connection, .readable, .client(session.number))
            } catch {
                control.drop(session.number)
            }
        }
        for session in control.makeRoom() { dismiss(session) }
    }

    func serveClient(_ number: UInt64) {
        guard let session = control.session(number) else { return }
        if session.hasOutput { return settle(session) }
        switch session.receive() {
        case .turn(let turn): advance(session, turn)
        case .nothing: break
        case .gone: dismiss(session)
        }
    }

    func advance(_ session: ControlSession, _ answer: ControlAnswer) {
        advance(session, session.conversation.answer(answer))
    }

    private func advance(_ session: ControlSession, _ turn: ControlTurn) {
        session.take(turn)
        guard session.mayChange || turn.request?.isQuestion != false else {
            return advance(session, .refused(.permissionDenied(user: session.user)))
        }
        switch turn.request {
        case .status: advance(session, .report(report()))
        case .list(let slot): advance(session, .workers(list(slot)))
        case .configuration: advance(session, .configuration(configuration))
        case .why(let slot): advance(session, .story(story(of: slot)))
        case .metrics: advance(session, .metrics(metrics()))
        case .subscribe:
            session.isSubscribed = true
            settle(session)
        case .reload(let patience): reload(for: session, patience)
        case .scale(let wish): scale(for: session, wish)
        case .steer(let steering): steer(for: session, steering)
        case .restart(let slot): restart(for: session, slot)
        case .kill(let slot, let signal): kill(for: session, slot, with: signal)
        case .send(let message): send(for: session, message)
        case .reexec: reexecute(for: session)
        case .leave: leave(for: session)
        case nil: settle(session)
        }
    }

    private func reload(for session: ControlSession, _ patience: ReloadPatience) {
        guard patience != .acceptance else {
            let answer = isStopping ? ControlAnswer.refused(.stopping) : .accepted
            tell(.reloadRequested(nil))
            return advance(session, answer)
        }
        // Before the event: the verdict may come in the same turn.
        session.request = session.number
        tell(.reloadRequested(session.number))
        settle(session)
    }

    private func scale(for session: ControlSession, _ wish: ScaleWish) {
        guard !isStopping else {
            return advance(session, .refused(.stopping))
        }
        switch wish {
        case .to(let count): tell(.scaleRequested(.to(count)))
        case .by(let difference): tell(.scaleRequested(.by(difference)))
        }
        let result = ScaleResult(
            wanted: company.workers.wantedNext,
            isEffective: company.workers.wantedNext == company.workers.wanted)
        advance(session, .scaled(result))
    }

    private func steer(for session: ControlSession, _ steering: Steering) {
        wait(session) { request in
            switch steering {
            case .pause: .pauseRequested(request)
            case .resume: .resumeRequested(request)
            case .abort: .abortRequested(request)
            }
        }
    }

    private var isStopping: Bool {
        switch company.workers.phase {
        case .stopping, .ended: true
        case .idle, .rising, .serving: false
        }
    }

    /// The verdict on a reload, for those who waited for it.
    func answer(_ requests: [RequestID], _ verdict: Verdict) {
        for request in requests {
            guard let session = control.session(request), session.request == request else {
                continue
            }
            let answer = controlAnswer(verdict, isSteering: session.isSteering)
            session.request = nil
            session.isSteering = false
            advance(session, answer)
        }
    }

    private func controlAnswer(_ verdict: Verdict, isSteering: Bool) -> ControlAnswer {
        switch verdict {
        case .done: .accepted
        case .replaced(let generation):
            .reloaded(
                ReloadResult(
                    generation: generation, ready: company.workers.readySlots,
                    wanted: company.workers.wanted))
        case .refused where isStopping: .refused(.stopping)
        case .refused(let why) where isSteering: .refused(.notPossible(reason: why))
        case .refused(let why):
            .refused(.reloadFailed(reason: why, serving: company.workers.settled))
        }
    }

    func reportProgress(_ status: String) {
        for session in control.clients.values where session.request != nil {
            session.take(progress: status)
            settle(session)
        }
    }

    // MARK: Output

    /// Sends what there is, and waits for the rest to be taken before anything more is read.
    func settle(_ session: ControlSession) {
        guard session.flush(), !session.isOver else { return dismiss(session) }
        let wanted: EpollEvents = session.hasOutput ? .writable : .readable
        try? epoll.modify(session.connection, wanted, token: Token.client(session.number).rawValue)
    }

    private func dismiss(_ session: ControlSession) {
        unwatch(session.connection)
        control.drop(session.number)
    }
}
