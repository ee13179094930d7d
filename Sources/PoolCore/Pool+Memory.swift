// Workers that have grown too large make room for fresh ones, as those do that have served their
// time.
// Invariant: only `measurementsInARow` in a row above the limit count; one below it forgives.

extension Pool {
    static let measurementInterval = Duration.seconds(5)
    static let measurementsInARow = 3

    private func isMeasured(_ worker: Worker) -> Bool {
        phase == .serving && worker.role == .incumbent && worker.isReady
            && policy(of: worker.generation).worker.memoryLimit != nil
    }

    /// The first measurement comes an interval after there is something to measure.
    mutating func scheduleMeasurement() {
        if !workers.contains(where: isMeasured) {
            measureDue = nil
        } else if measureDue == nil {
            measureDue = clock + Self.measurementInterval
        }
    }

    mutating func measureMemory() {
        guard let due = measureDue, due <= clock else { return }
        measureDue = nil
        let measured = workers.filter(isMeasured)
        if !measured.isEmpty { effects.append(.measureMemory(measured.map(\.id))) }
    }

    mutating func memoryMeasured(_ id: WorkerID, _ bytes: UInt64) {
        guard let index = index(of: id), workers[index].isReady,
            let limit = policy(of: workers[index].generation).worker.memoryLimit
        else { return }
        workers[index].memory = bytes
        workers[index].heavySamples = bytes > limit ? workers[index].heavySamples + 1 : 0
    }

    func isTooHeavy(_ worker: Worker) -> Bool {
        worker.isReady && worker.heavySamples >= Self.measurementsInARow
    }
}
