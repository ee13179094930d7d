// The counters of a pool, as the master has them.
// Invariant: made once, when the first worker needs them, and the same for all workers for as long as
// one of the pool's masters is there.

import LinuxKernel

final class CounterMemory {
    /// `nil` until somebody needs them.
    private(set) var file: SharedDescriptor?
    private var table: CounterTable?
    /// Told of the file as soon as it is there, before any worker has it, so that it can be kept.
    var onMake: ((SharedDescriptor) -> Void)?

    init() {}

    /// Goes on with those of the master before.
    ///
    /// - Throws: If the file is no memory for counters.
    init(kept file: SharedDescriptor) throws(SystemError) {
        table = try CounterTable(mapping: file.descriptor)
        self.file = file
    }

    /// To hand to a worker.
    func descriptor() throws(SystemError) -> SharedDescriptor {
        if let file { return file }
        let made = SharedDescriptor(try CounterTable.makeFile())
        file = made
        onMake?(made)
        return made
    }

    /// For a worker that has no memory in common with others.
    ///
    /// - Parameter difference: 0 only reads.
    /// - Returns: The new value; `nil` if there are too many names, or no memory.
    func add(_ difference: Int64, to name: String) -> Int64? {
        guard let counter = (try? mapped())?.counter(named: name) else { return nil }
        return difference == 0 ? counter.value : counter.add(difference)
    }

    private func mapped() throws(SystemError) -> CounterTable {
        if let table { return table }
        let made = try CounterTable(mapping: descriptor().descriptor)
        table = made
        return made
    }
}
