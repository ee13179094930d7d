// The memory in which a master leaves its state for the next one.
// Invariant: a process that is killed at any instruction leaves a whole image, the last or the one
// before; the memory never shrinks under whoever has it mapped; nothing that is read from it is
// believed before it was compared with the size of the file.
//
// The first 4,096 bytes are words of eight bytes in the machine's own order: a magic number, the
// number of this layout, which record is current (0: none), aliveAt, departure; from byte 64 and
// from byte 128 on a record of an image: offset, length, checksum, sequence, done. Behind them are
// the images, each where it does not touch the current one.

import CLinux
import Glibc

package final class StateMemory {
    /// An image is as large as this at most.
    package static let largestImage = 64 << 20
    static let headerSize = 4_096
    private static let magic: Int64 = 0x0A74_656C_7472_616D  // "martlet\n"
    private static let layout: Int64 = 1

    /// To be kept for the next master.
    package let file: SharedDescriptor
    private let header: UnsafeMutableRawPointer

    /// - Parameter file: Of ``make()``, here or in another process.
    /// - Throws: EBADMSG if it is no such memory, or one of another layout.
    ///
    /// The corresponding C function is `mmap(2)`.
    package init(_ file: SharedDescriptor) throws(SystemError) {
        let operation = "take over the state of a former master"
        let raw = file.rawValue
        let isKept = try systemCall { martlet_memfd_never_shrinks(raw) }
            .get(except: EINVAL, operation: operation)
        guard isKept == 1, try file.descriptor.status().size >= Int64(Self.headerSize) else {
            throw SystemError(code: EBADMSG, operation: operation)
        }
        let mapped = mmap(nil, Self.headerSize, PROT_READ | PROT_WRITE, MAP_SHARED, raw, 0)
        guard let mapped, mapped != MAP_FAILED else {
            let code = errno
            // Sealed against writing, or open for reading only.
            let isForeign = code == EPERM || code == EACCES
            throw SystemError(code: isForeign ? EBADMSG : code, operation: operation)
        }
        self.file = file
        header = mapped
        guard load(.magic) == Self.magic, load(.layout) == Self.layout else {
            throw SystemError(code: EBADMSG, operation: operation)
        }
    }

    deinit {
        munmap(header, Self.headerSize)
    }

    /// Memory without an image.
    ///
    /// The corresponding C function is `memfd_create(2)`.
    package static func make() throws(SystemError) -> StateMemory {
        let operation = "make memory for the state"
        let raw = try systemCall("martlet.state") { martlet_memfd_create($0) }.get(operation)
        let file = SharedDescriptor(FileDescriptor(owning: raw))
        let start = [magic, layout]
        let size = start.count * MemoryLayout<Int64>.size
        _ = try systemCall { pwrite(raw, start, size, 0) }.get(operation)
        _ = try systemCall { ftruncate(raw, headerSize) }.get(operation)
        _ = try systemCall { martlet_memfd_seal_shrink(raw) }.get(operation)
        return try StateMemory(file)
    }

    // MARK: Images

    /// Makes this the current image, of which nothing is done yet.
    ///
    /// - Throws: ENOSPC, ENOMEM, EFBIG and others when there is no room; the image before is the
    ///   current one still.
    ///
    /// The corresponding C function is `pwrite(2)`.
    package func write(_ image: [UInt8]) throws(SystemError) {
        let operation = "write the state"
        guard image.count <= Self.largestImage else {
            throw SystemError(code: EFBIG, operation: operation)
        }
        let offset = try freeOffset(for: image.count)
        try write(image, at: offset, operation)
        let (record, sequence) = (current == .first ? Record.second : .first, sequence)
        store(Int64(offset), record.offset)
        store(Int64(image.count), record.length)
        store(Int64(bitPattern: Self.checksum(image, sequence &+ 1)), record.checksum)
        store(Int64(bitPattern: sequence &+ 1), record.sequence)
        store(0, record.done)
        store(record.rawValue, .current)
    }

    /// The current image; `nil` if there was none yet.
    ///
    /// - Throws: EBADMSG if it is not what was written.
    ///
    /// The corresponding C function is `pread(2)`.
    package func image() throws(SystemError) -> [UInt8]? {
        let operation = "read the state of a former master"
        guard load(.current) != 0 else { return nil }
        guard let current, let extent = try extent(of: current) else {
            throw SystemError(code: EBADMSG, operation: operation)
        }
        let raw = file.rawValue
        var image = [UInt8](repeating: 0, count: extent.count)
        var count = 0
        while count < image.count {
            let more = try image.withUnsafeMutableBytes { buffer in
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                return systemCall {
                    pread(raw, rest.baseAddress, rest.count, off_t(extent.lowerBound + count))
                }
            }.get(operation)
            guard more > 0 else { break }
            count += more
        }
        let checksum = UInt64(bitPattern: load(current.checksum))
        guard count == image.count, Self.checksum(image, sequence) == checksum else {
            throw SystemError(code: EBADMSG, operation: operation)
        }
        return image
    }

    /// How many images there were until the current one; 0 if there was none.
    package var sequence: UInt64 {
        current.map { UInt64(bitPattern: load($0.sequence)) } ?? 0
    }

    /// How much of the current image was done meanwhile, never negative; each new image begins
    /// with 0. Before the first there is nowhere to note it.
    package var done: Int {
        get { current.map { max(0, Int(load($0.done))) } ?? 0 }
        set {
            if let current { store(Int64(newValue), current.done) }
        }
    }

    // MARK: Signs of the master

    /// When it was seen at work, CLOCK_MONOTONIC in nanoseconds; 0 if never.
    package var aliveAt: Int64 {
        get { load(.aliveAt) }
        set { store(newValue, .aliveAt) }
    }

    /// How it meant to leave; 0 as long as it did not. The meaning of others is their writer's.
    package var departure: UInt32 {
        get { UInt32(truncatingIfNeeded: load(.departure)) }
        set { store(Int64(newValue), .departure) }
    }

    // MARK: The room behind the header

    /// In front of the current image if there is room, or else right behind it: so the file is never
    /// larger than three times the largest image.
    private func freeOffset(for count: Int) throws(SystemError) -> Int {
        guard let current, let taken = try extent(of: current) else { return Self.headerSize }
        return taken.lowerBound - Self.headerSize >= count ? Self.headerSize : taken.upperBound
    }

    /// `nil` if the file has no such place.
    private func extent(of record: Record) throws(SystemError) -> Range<Int>? {
        let (offset, length) = (load(record.offset), load(record.length))
        let size = try file.descriptor.status().size
        guard offset >= Int64(Self.headerSize), (0...Int64(Self.largestImage)).contains(length),
            length <= size, offset <= size - length
        else { return nil }
        return Int(offset)..<Int(offset + length)
    }

    private func write(
        _ image: [UInt8], at offset: Int, _ operation: String
    ) throws(SystemError) {
        let raw = file.rawValue
        var written = 0
        while written < image.count {
            written += try image[written...].withUnsafeBytes { rest in
                systemCall {
                    pwrite(raw, rest.baseAddress, rest.count, off_t(offset + written))
                }
            }.get(operation)
        }
    }

    /// FNV-1a with eight bytes at a step instead of one, and the upper half folded into the lower
    /// one after each, which a multiplication alone never reaches.
    private static func checksum(_ image: [UInt8], _ sequence: UInt64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func take(_ word: UInt64) {
            hash = (hash ^ word) &* 0x100_0000_01B3
            hash ^= hash >> 32
        }
        let step = MemoryLayout<UInt64>.size
        let whole = image.count / step * step
        image.withUnsafeBytes { bytes in
            for offset in stride(from: 0, to: whole, by: step) {
                take(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
        }
        for byte in image[whole...] { take(UInt64(byte)) }
        take(UInt64(image.count))
        take(sequence)
        return hash
    }

    // MARK: The words of the header

    private struct Word {
        let offset: Int

        static let magic = Word(offset: 0)
        static let layout = Word(offset: 8)
        static let current = Word(offset: 16)
        static let aliveAt = Word(offset: 24)
        static let departure = Word(offset: 32)
    }

    private enum Record: Int64 {
        case first = 1
        case second = 2

        private var start: Int { Int(rawValue) * 64 }
        var offset: Word { Word(offset: start) }
        var length: Word { Word(offset: start + 8) }
        var checksum: Word { Word(offset: start + 16) }
        var sequence: Word { Word(offset: start + 24) }
        var done: Word { Word(offset: start + 32) }
    }

    private var current: Record? { Record(rawValue: load(.current)) }

    private func load(_ word: Word) -> Int64 {
        martlet_atomic_load((header + word.offset).assumingMemoryBound(to: Int64.self))
    }

    private func store(_ value: Int64, _ word: Word) {
        martlet_atomic_store((header + word.offset).assumingMemoryBound(to: Int64.self), value)
    }
}
