// What a kernel, a worker and the people around can tell a pool, given what it has wished for.
// Invariant: whatever a world tells is lawful; a story that was cut down to something that could
// not happen proves nothing.

import PoolCore

package struct Law {
    /// Incarnations from here on belong to workers that no pool has launched.
    static let firstStranger: UInt64 = 1 << 40

    private enum Life { case wished, running, gone }

    private var lives: [WorkerID: Life] = [:]
    /// Those that were told to run, which may be heard of late.
    private var reported: Set<WorkerID> = []
    private var openReads = 0
    private var openMeasurements: Set<WorkerID> = []
    private var isStarted = false
    private var isOver = false

    package init() {}

    /// Whether this can happen now; if so, it has.
    package mutating func allows(_ event: Event) -> Bool {
        if isOver { return event.isResumption }
        if case .start = event {
            defer { isStarted = true }
            return !isStarted
        }
        guard isStarted else { return false }
        if let id = event.worker {
            return id.incarnation >= Self.firstStranger || allows(event, of: id)
        }
        guard case .configurationRead = event else { return true }
        openReads -= 1
        return openReads >= 0
    }

    private mutating func allows(_ event: Event, of id: WorkerID) -> Bool {
        guard let life = lives[id] else { return false }
        switch event {
        case .launched:
            if life == .wished { lives[id] = .running }
            return reported.insert(id).inserted
        case .launchFailed:
            guard life == .wished else { return false }
            lives[id] = .gone
            return reported.insert(id).inserted
        case .exited:
            lives[id] = .gone
            return life != .gone
        case .memoryMeasured: return openMeasurements.remove(id) != nil
        default: return true
        }
    }

    package mutating func note(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .launch(let id, _): lives[id] = .wished
            case .readConfiguration: openReads = 1
            case .measureMemory(let ids): openMeasurements.formUnion(ids)
            case .finish: isOver = true
            default: break
            }
        }
    }
}

extension Event {
    fileprivate var isResumption: Bool { if case .resumed = self { true } else { false } }

    /// The worker that it is about.
    var worker: WorkerID? {
        switch self {
        case .launched(let id), .launchFailed(let id, _), .noticed(let id, _), .unreachable(let id),
            .exited(let id, _), .memoryMeasured(let id, _):
            id
        default: nil
        }
    }

    /// The same about another worker.
    func with(_ id: WorkerID) -> Event {
        switch self {
        case .launched: .launched(id)
        case .launchFailed(_, let failure): .launchFailed(id, failure)
        case .noticed(_, let notice): .noticed(id, notice)
        case .unreachable: .unreachable(id)
        case .exited(_, let status): .exited(id, status)
        case .memoryMeasured(_, let bytes): .memoryMeasured(id, bytes)
        default: self
        }
    }
}
