// The form in which a master leaves its pool to the next one: for ever readable, or refused.

import Glibc
import LinuxKernel
import PoolCore
import Testing

@testable import PoolMaster

@Suite struct MasterStateTests {
    private static let policy = PoolPolicy(workers: 2, worker: WorkerPolicy())

    private static func state() -> MasterState {
        var company = Company(policy: policy, watchdogInterval: .seconds(10), seed: 7)
        let outbox = company.handle(.start, at: Instant(nanoseconds: 1_000))
        let worker = MasterState.Worker(
            id: WorkerID(slot: 0, incarnation: 1), pid: 815, startTime: 4_711,
            executable: "/usr/bin/node", session: SessionState(), requests: 3)
        return MasterState(
            pool: "web", number: 2, company: company, outbox: outbox,
            generations: [1: MasterState.Generation(texts: nil, listeners: nil)],
            workers: [worker],
            sockets: [
                MasterState.Socket(
                    name: "http", address: "[::]:80", hasFile: false, isBlocking: true)
            ])
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let image = try Self.state().encoded()
        let read = try MasterState(decoding: image)
        #expect(try read.encoded() == image)
        #expect(read.number == 2 && read.outbox.contains(.launch(read.company.everybody[0].id, 1)))
    }

    /// Each form that was ever released. A file here is never changed.
    @Test func everyFormThatWasReleasedIsReadStill() throws {
        let directory = "\(Fixture.root)/Tests/Fixtures/states"
        let names = try #require(try FileSystem.listDirectory(directory)).sorted()
        #expect(names.count == MasterState.version)
        for name in names {
            let image = try FileSystem.readFile("\(directory)/\(name)", limit: 1 << 20)
            let state = try MasterState(decoding: image)
            #expect(state.pool == "web" && state.company.everybody.count == 2, "\(name)")
            #expect(state.generations[1]?.texts != nil, "\(name)")
        }
    }

    @Test func aNewerFormIsRefusedAndNamed() throws {
        let text = #"{"version": 99, "product": "7.0", "pool": {"of": "the future"}}"#
        let refusal = Self.refusal(Array(text.utf8))
        #expect(
            refusal.contains("martlet 7.0, in form 99") && refusal.contains("forms up to 1"),
            "\(refusal)")
    }

    @Test(arguments: ["", "{}", "[]", "{\"version\": 1, \"product\": \"0.1\"}", "\u{1}", "{"])
    func whatIsNoStateIsRefused(text: String) {
        #expect(Self.refusal(Array(text.utf8)).contains("damaged"))
    }

    @Test func anythingCutShortIsRefused() throws {
        let image = try Self.state().encoded()
        for length in stride(from: 0, to: image.count, by: 97) {
            #expect(Self.refusal(Array(image[..<length])).contains("damaged"), "\(length)")
        }
    }

    @Test func aStateThatContradictsItselfIsRefused() throws {
        var text = String(decoding: try Self.state().encoded(), as: UTF8.self)
        // Two workers of one slot and incarnation.
        text.replace(#""incarnation":2"#, with: #""incarnation":1"#)
        #expect(Self.refusal(Array(text.utf8)).contains("contradicts itself"))
    }

    private static func refusal(_ image: [UInt8]) -> String {
        do throws(StateRefused) {
            _ = try MasterState(decoding: image)
            return "it was read"
        } catch {
            return error.description
        }
    }
}
