import CLinux
import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("The state's memory", .timeLimit(.minutes(2)))
struct StateMemoryTests {
    @Test("has no image at first, then the last that was written, wherever it is mapped")
    func images() throws {
        let memory = try StateMemory.make()
        let other = try StateMemory(memory.file)
        #expect(try other.image() == nil)
        #expect(other.sequence == 0)
        for (index, image) in [[1, 2, 3], [], [UInt8](repeating: 7, count: 70_000)].enumerated() {
            try memory.write(image)
            #expect(try other.image() == image)
            #expect(other.sequence == UInt64(index + 1))
        }
    }

    @Test("counts what was done of an image, from 0 for each")
    func done() throws {
        let memory = try StateMemory.make()
        memory.done = 5
        #expect(memory.done == 0, "there is no image yet")
        try memory.write([1])
        memory.done = 3
        #expect(try StateMemory(memory.file).done == 3)
        try memory.write([2])
        #expect(memory.done == 0)
        memory.done = -1
        #expect(memory.done == 0)
    }

    @Test("keeps the signs of the master, whatever images come")
    func signs() throws {
        let memory = try StateMemory.make()
        #expect(memory.aliveAt == 0)
        #expect(memory.departure == 0)
        memory.aliveAt = 123_456_789_000
        memory.departure = .max
        try memory.write([1])
        let other = try StateMemory(memory.file)
        #expect(other.aliveAt == 123_456_789_000)
        #expect(other.departure == .max)
    }

    @Test("can't be made smaller nor sealed, and is not inherited by accident")
    func seals() throws {
        let memory = try StateMemory.make()
        let raw = memory.file.rawValue
        #expect(ftruncate(raw, 0) == -1)
        #expect(fcntl(raw, 1033, 0x10) == -1, "F_ADD_SEALS")
        #expect(try memory.file.descriptor.isCloseOnExec())
        let name = try FileSystem.target(ofLink: "/proc/self/fd/\(raw)")
        #expect(name == "/memfd:martlet.state (deleted)")
    }

    // MARK: Killed writers

    @Test("holds a whole image whenever its writer is killed")
    func killed() throws {
        let memory = try StateMemory.make()
        var request = try probe("state-writer")
        request.descriptors = [memory.file]
        for round in 0..<60 {
            let before = memory.sequence
            let child = try ChildProcess.launch(request)
            // Later in each round, so that it is not always killed in its first images.
            #expect(try eventually { memory.sequence > before + UInt64(round) })
            try child.signal(SIGKILL)
            #expect(try child.awaitExit() == .signaled(SIGKILL, coreDumped: false))
            try expectWhole(memory)
        }
        #expect(memory.sequence > 60)
        #expect(memory.aliveAt > 0)
        #expect(try memory.file.descriptor.status().size < 200_000)
    }

    /// As the probe makes them.
    private func expectWhole(_ memory: StateMemory) throws {
        let image = try #require(try memory.image())
        let words = image.split(
            separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        try #require(words.count == 3)
        let sequence = UInt64(String(decoding: words[0], as: UTF8.self))
        #expect(sequence == memory.sequence)
        #expect(words[2].count == Int(String(decoding: words[1], as: UTF8.self)))
        #expect(Set(words[2]).count <= 1)
        #expect((0...3).contains(memory.done))
    }

    // MARK: Foreign bytes

    @Test("is not what is too small, can shrink, is no memory file or begins otherwise")
    func foreign() throws {
        let shrinking = FileDescriptor(owning: martlet_memfd_create("shrinking"))
        try #require(ftruncate(shrinking.rawValue, 8_192) == 0)
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        let files = [
            SharedDescriptor(try MemoryFile.sealed(name: "small", [1, 2, 3])),
            SharedDescriptor(
                try MemoryFile.sealed(name: "zero", [UInt8](repeating: 0, count: 8_192))),
            SharedDescriptor(try CounterTable.makeFile()),
            SharedDescriptor(FileDescriptor(owning: null)), SharedDescriptor(shrinking),
            try Pipe().readEnd,
        ]
        for file in files { #expect(openingCode(file) == EBADMSG) }
    }

    private func openingCode(_ file: SharedDescriptor) -> Int32 {
        do throws(SystemError) {
            _ = try StateMemory(file)
            return 0
        } catch {
            return error.code
        }
    }

    /// Byte offset of a word, what stands there instead.
    @Test(
        "refuses a header that somebody has written over, and is of use again with a new image",
        arguments: [
            (16, 3), (16, -1), (64, 0), (64, -1), (64, .max), (64, 4_095), (64, 4_097), (72, -1),
            (72, .max), (72, 0), (72, 2), (72, 1 << 40), (80, 0), (88, 9),
        ] as [(Int, Int64)])
    func garbage(offset: Int, value: Int64) throws {
        let memory = try StateMemory.make()
        try memory.write([1, 2, 3])
        overwrite(memory, offset, value)
        #expect(imageCode(memory) == EBADMSG)
        try memory.write([4, 5])
        #expect(try memory.image() == [4, 5])
        #expect(try memory.file.descriptor.status().size < 100_000)
    }

    @Test("refuses an image of which a byte was changed, and any other layout")
    func changed() throws {
        let memory = try StateMemory.make()
        let image = (0..<1_000).map { UInt8($0 % 251) }
        for place in [0, 7, 500, 999] {
            try memory.write([1])
            try memory.write(image)
            #expect(try memory.image() == image)
            let start = record(memory)
            var byte: UInt8 = image[place] ^ 0x80
            try #require(pwrite(memory.file.rawValue, &byte, 1, off_t(start + place)) == 1)
            #expect(imageCode(memory) == EBADMSG)
        }
        overwrite(memory, 8, 2)
        #expect(openingCode(memory.file) == EBADMSG)
        overwrite(memory, 8, 1)
        #expect(openingCode(memory.file) == 0)
        overwrite(memory, 0, 0)
        #expect(openingCode(memory.file) == EBADMSG)
    }

    private func overwrite(_ memory: StateMemory, _ offset: Int, _ value: Int64) {
        var value = value
        pwrite(memory.file.rawValue, &value, 8, off_t(offset))
    }

    /// Where the current image begins.
    private func record(_ memory: StateMemory) -> Int {
        var current: Int64 = 0
        var start: Int64 = 0
        pread(memory.file.rawValue, &current, 8, 16)
        pread(memory.file.rawValue, &start, 8, off_t(current * 64))
        return Int(start)
    }

    private func imageCode(_ memory: StateMemory) -> Int32 {
        do throws(SystemError) {
            _ = try memory.image()
            return 0
        } catch {
            return error.code
        }
    }

    // MARK: Room

    @Test("grows to three times its largest image at most")
    func growth() throws {
        let memory = try StateMemory.make()
        var number: UInt64 = 1
        let source = (0..<200_000).map { UInt8($0 % 256) }
        for _ in 0..<10_000 {
            number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Small ones as a rule.
            let most: UInt64 = number >> 60 == 0 ? 200_000 : 5_000
            let count = Int((number >> 33) % (most + 1))
            try memory.write(Array(source[..<count]))
        }
        try memory.write(source)
        #expect(try memory.image() == source)
        #expect(memory.sequence == 10_001)
        #expect(try memory.file.descriptor.status().size <= 4_096 + 3 * 200_000)
    }

    @Test("keeps the current image when there is no room for another")
    func full() throws {
        let memory = try StateMemory.make()
        var request = try probe("state-full")
        request.descriptors = [memory.file]
        let (output, exit) = try run(request)
        #expect(
            output.split(separator: "\n") == [
                "could not write the state: File too large (EFBIG)", "current true, 2",
                "current true",
            ])
        #expect(exit == .exited(0))
        #expect(try memory.image() == [3])
        do throws(SystemError) {
            try memory.write([UInt8](repeating: 0, count: StateMemory.largestImage + 1))
            Issue.record("an image of more than 64 MiB was written")
        } catch {
            #expect(error.code == EFBIG)
        }
        #expect(try memory.image() == [3])
    }
}
