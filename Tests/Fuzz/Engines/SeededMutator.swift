// A fuzzer without libFuzzer, for a toolchain that has none: mutations from a seed, without coverage.
// It is called like libFuzzer, as far as `run` does: options -seed=, -max_total_time=, -runs=,
// -artifact_prefix=, then directories of inputs; or files, to check these alone.
//
// Invariant: the input under check stands in a shared mapping of the file PREFIXcurrent, so that it
// outlives a trap.

import Glibc
import LinuxKernel

@main
struct SeededMutator {
    private let target: FuzzTarget
    private var options: [String: String] = [:]
    private var paths: [String] = []

    static func main() {
        do {
            try SeededMutator(CommandLine.arguments).run()
        } catch {
            StandardStream.error.write("FAULT: \(error)\n".utf8)
            exit(77)
        }
    }

    init(_ arguments: [String]) throws {
        let name = OwnProcess.variable("MARTLET_FUZZ_TARGET") ?? ""
        target = try need(FuzzTarget(rawValue: name), "MARTLET_FUZZ_TARGET names no target")
        for argument in arguments.dropFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            if argument.hasPrefix("-"), parts.count == 2 {
                options[parts[0]] = parts[1]
            } else {
                paths.append(argument)
            }
        }
    }

    private func run() throws {
        var corpus: [[UInt8]] = []
        for path in paths {
            if try FileSystem.status(of: path)?.kind == .directory {
                corpus += try KeptInputs.inputs(in: path).map(\.bytes)
            } else {
                try target.check(try FileSystem.readFile(path, limit: 1 << 20))
            }
        }
        guard !corpus.isEmpty else { return }
        try fuzz(corpus)
    }

    private func fuzz(_ corpus: [[UInt8]]) throws {
        let current = try CurrentInput(path: (options["-artifact_prefix"] ?? "./") + "current")
        let seconds = options["-max_total_time"].flatMap(Int64.init) ?? 0
        let limit = options["-runs"].flatMap(Int.init) ?? .max
        let end = seconds > 0 ? MonotonicClock.now() + seconds * 1_000_000_000 : Int64.max
        let kept = KeptInputs(directory: "Tests/Fuzz")
        var mutator = Mutator(
            seed: options["-seed"].flatMap(UInt64.init) ?? 1, corpus: corpus,
            dictionary: try kept.dictionary(of: target))
        var executions = 0
        for input in corpus {
            current.hold(input)
            try target.check(input)
            executions += 1
        }
        while executions < limit, MonotonicClock.now() < end {
            let input = mutator.next()
            current.hold(input)
            try target.check(input)
            executions += 1
        }
        current.release()
        StandardStream.error.write("stat::number_of_executed_units: \(executions)\n".utf8)
    }
}

/// The input under check, in a file.
private struct CurrentInput {
    private static let room = 1 << 20
    private let path: String
    private let start: UnsafeMutableRawPointer

    /// The first eight bytes of the file are the input's length.
    init(path: String) throws {
        self.path = path
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        try demand(file >= 0 && ftruncate(file, off_t(Self.room)) == 0, "can't write \(path)")
        let mapping = mmap(nil, Self.room, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        close(file)
        start = try need(mapping == MAP_FAILED ? nil : mapping, "can't map \(path)")
    }

    func hold(_ input: [UInt8]) {
        let kept = input.prefix(Self.room - 8)
        start.storeBytes(of: UInt64(kept.count).littleEndian, as: UInt64.self)
        UnsafeMutableRawBufferPointer(start: start + 8, count: kept.count).copyBytes(from: kept)
    }

    func release() { unlink(path) }
}
