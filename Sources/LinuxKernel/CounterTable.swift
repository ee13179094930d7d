// Named numbers that several processes count in.
// Invariant: an entry belongs to one name for ever, whoever dies while it claims it; a number never
// loses an increment; the memory never shrinks under whoever reads it.
//
// The memory is 1,024 entries of 16 bytes: UInt64, a hash of the name, 0 for an entry that is free;
// Int64, the value. An entry is looked for from the place that its hash says, one after the other.

import CLinux
import Glibc

package final class CounterTable: @unchecked Sendable {
    /// How many names there can be.
    package static let capacity = 1_024
    private static let entrySize = 16

    private let memory: UnsafeMutableRawPointer
    private let isMapped: Bool

    /// - Parameter file: Of ``makeFile()``, here or in another process.
    ///
    /// The corresponding C function is `mmap(2)`.
    package init(mapping file: borrowing FileDescriptor) throws(SystemError) {
        let raw = file.rawValue
        var status = stat()
        _ = try systemCall { fstat(raw, &status) }.get("map the counters")
        guard Int(status.st_size) >= Self.capacity * Self.entrySize else {
            throw SystemError(code: EINVAL, operation: "map the counters")
        }
        let mapped = mmap(
            nil, Self.capacity * Self.entrySize, PROT_READ | PROT_WRITE, MAP_SHARED, raw, 0)
        guard let mapped, mapped != MAP_FAILED else {
            throw SystemError(code: errno, operation: "map the counters")
        }
        memory = mapped
        isMapped = true
    }

    /// For this process alone.
    package init() {
        memory = .allocate(byteCount: Self.capacity * Self.entrySize, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.capacity * Self.entrySize)
        isMapped = false
    }

    /// Nobody holds a counter any more: each keeps its table.
    deinit {
        if isMapped {
            munmap(memory, Self.capacity * Self.entrySize)
        } else {
            memory.deallocate()
        }
    }

    /// Memory that is all zero and can be mapped by several, and that nobody can make smaller.
    ///
    /// The corresponding C function is `memfd_create(2)`.
    package static func makeFile() throws(SystemError) -> FileDescriptor {
        let operation = "make memory for counters"
        let raw = try systemCall("counters") { martlet_memfd_create($0) }.get(operation)
        let file = FileDescriptor(owning: raw)
        _ = try systemCall { ftruncate(raw, capacity * entrySize) }.get(operation)
        _ = try systemCall { martlet_memfd_seal_size(raw) }.get(operation)
        return file
    }

    /// The counter of this name; it begins at 0.
    ///
    /// - Returns: `nil` if there are 1,024 others.
    package func counter(named name: String) -> SharedCounter? {
        let key = Self.key(of: name)
        for step in 0..<Self.capacity {
            let index = Int((key &+ UInt64(step)) % UInt64(Self.capacity))
            let entry = memory + index * Self.entrySize
            let held = martlet_atomic_claim(entry.assumingMemoryBound(to: UInt64.self), key)
            if held == key { return SharedCounter(table: self, value: entry + 8) }
        }
        return nil
    }

    /// FNV-1a; two of a thousand names share a number once in 10^13 pools.
    private static func key(of name: String) -> UInt64 {
        let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return hash == 0 ? 1 : hash
    }
}

/// A number that all who have the table share.
package struct SharedCounter: @unchecked Sendable {
    private let table: CounterTable
    private let place: UnsafeMutablePointer<Int64>

    fileprivate init(table: CounterTable, value: UnsafeMutableRawPointer) {
        self.table = table
        place = value.assumingMemoryBound(to: Int64.self)
    }

    /// - Returns: The new value; it wraps around.
    @discardableResult
    package func add(_ difference: Int64) -> Int64 { martlet_atomic_add(place, difference) }

    package var value: Int64 { martlet_atomic_load(place) }
}
