// Numbers that several processes count in.

import Glibc
import Testing

@testable import LinuxKernel

@Suite("A table of counters") struct CounterTests {
    @Test("begins at 0, and is the same wherever it is mapped")
    func shared() throws {
        let file = try CounterTable.makeFile()
        let (one, other) = (try CounterTable(mapping: file), try CounterTable(mapping: file))
        let visits = try #require(one.counter(named: "visits"))
        #expect(visits.value == 0)
        #expect(visits.add(3) == 3)
        #expect(other.counter(named: "errors")?.add(-1) == -1)
        #expect(other.counter(named: "visits")?.value == 3)
        #expect(CounterTable().counter(named: "visits")?.value == 0)
    }

    @Test("loses no increment of several threads, with a mapping each")
    func exact() throws {
        let file = SharedDescriptor(try CounterTable.makeFile())
        let threads = 4
        let rounds: Int64 = 20_000
        var started: [pthread_t] = []
        for _ in 0..<threads {
            let table = try CounterTable(mapping: file.descriptor)
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    let table = Unmanaged<CounterTable>.fromOpaque(context).takeRetainedValue()
                    for round in 0..<20_000 {
                        table.counter(named: "\(round % 100)")?.add(1)
                        table.counter(named: "all")?.add(2)
                    }
                    return nil
                }, Unmanaged.passRetained(table).toOpaque())
            started.append(thread)
        }
        for thread in started { pthread_join(thread, nil) }
        let table = try CounterTable(mapping: file.descriptor)
        #expect(table.counter(named: "all")?.value == Int64(threads) * rounds * 2)
        for name in 0..<100 {
            #expect(table.counter(named: "\(name)")?.value == Int64(threads) * rounds / 100)
        }
    }

    @Test("has 1,024 names, and then no more")
    func full() throws {
        let table = CounterTable()
        for number in 0..<CounterTable.capacity {
            #expect(table.counter(named: "name \(number)")?.add(Int64(number)) == Int64(number))
        }
        #expect(table.counter(named: "one more") == nil)
        for number in 0..<CounterTable.capacity {
            #expect(table.counter(named: "name \(number)")?.value == Int64(number))
        }
        #expect(table.counter(named: "name 1")?.add(.max) == .min)
    }

    @Test("is not mapped if it is too small, and never gets smaller")
    func size() throws {
        let file = try CounterTable.makeFile()
        #expect(ftruncate(file.rawValue, 0) == -1)
        let small = try MemoryFile.sealed(name: "small", [1, 2, 3])
        var isRefused = false
        do throws(SystemError) {
            _ = try CounterTable(mapping: small)
        } catch {
            isRefused = true
        }
        #expect(isRefused)
    }
}
