// Damaged files: bytes flipped, cut, repeated and inserted in valid ones, from a seed.
// Replay one case with MARTLET_FUZZ_SEED=N.

import Testing

@testable import PoolConfiguration

#if canImport(Glibc)
    import Glibc
#endif

/// A generator whose whole state is its seed (SplitMix64).
private struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}

@Suite struct FuzzTests {
    private static let configurations: [String] = [
        "[Socket]\nListenStream=8000\n[Worker]\nExecStart=/usr/bin/node \"a b\" ${X} $Y %w \\x41\n",
        "[Unit]\nDescription=x\n[Socket]\nListenStream=\\\n # c\n 80\n[Pool]\nWorkers=-1\nRolloutSurge=2\n"
            + "[Worker]\nExecStart=@:/b c\nEnvironment=\"A=b\" C=d\nEnvironmentFile=-/env\n",
        "[Worker]\nType=exec\nExecStart=/b\nTimeoutSec=1min 30s\nRestartSec=1.5s\nKillSignal=RTMIN+3\n"
            + "SuccessExitStatus=1 TEMPFAIL SIGHUP\nWorkingDirectory=-/srv/%i\n[Socket]\nListenDatagram=/x\n",
        "[Socket]\nListenStream=80\n[Pool]\nProtocol=node\n[Worker]\nExecStart=/b %w\n[Agent]\n"
            + "ExecStart=/a %w $X\nRestartSec=2\nEnvironment=A=%w\nShutdownMessage=yes\n",
    ]
    private static let environment = "# c\nA=1\nB=\"two\\\nwords\"\nC='x' \\\n y\nD=é # z\n"
    /// Bytes that mean something to the readers.
    private static let signs =
        Array("[]=#;\\\"'$%{}@:-\n\r\t \0\u{7f}0129infsRA".utf8) + [0xff, 0xc3, 0xe2]

    private static func damaged(_ text: String, _ random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0 where place < bytes.count:
                bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes.removeSubrange(end...)
            default: bytes.insert(signs.randomElement(using: &random) ?? 0, at: place)
            }
        }
        return bytes
    }

    private static var seeds: Range<UInt64> {
        if let text = getenv("MARTLET_FUZZ_SEED"), let seed = UInt64(String(cString: text)) {
            return seed..<seed + 1
        }
        return 0..<24_000
    }

    private enum Answer {
        case accepted, refused
        case wrong(String)
    }

    private static func answer(seed: UInt64) -> Answer {
        var random = SeededRandom(state: seed)
        var source = MemorySource([:])
        source.files["/etc/martlet/web.conf"] = damaged(
            configurations[Int(seed % UInt64(configurations.count))], &random)
        if seed.isMultiple(of: 5) {
            source.files["/etc/martlet/web.conf.d/10.conf"] = damaged(configurations[0], &random)
        }
        source.files["/env"] = seed.isMultiple(of: 3) ? damaged(environment, &random) : nil
        do throws(ConfigurationRefused) {
            let settings = try PoolSettings.load(pool: "web", from: source)
            _ = settings.worker.command.resolve(
                post: .slot(3), generation: 9, environment: ["Y": "a \"b"])
            return faultOfAccepted(settings).map(Answer.wrong) ?? .accepted
        } catch {
            return faultOfRefused(error).map(Answer.wrong) ?? .refused
        }
    }

    private static func faultOfAccepted(_ settings: PoolSettings) -> String? {
        let policy = settings.policy(availableProcessors: 2)
        if !(1...1_024).contains(policy.workers) { return "\(policy.workers) workers" }
        if settings.listeners.isEmpty { return "no listener" }
        // What was accepted is shown, and reads back as the same.
        var again = MemorySource([:])
        var text = ""
        for setting in settings.effectiveSettings where setting.name != "EnvironmentFile" {
            text += "[\(setting.section.rawValue)]\n\(setting.text)\n"
        }
        again.files["/etc/martlet/web.conf"] = Array(text.utf8)
        guard let second = try? PoolSettings.load(pool: "web", from: again) else {
            return "shown as what is not accepted:\n\(text)"
        }
        let isSame =
            second.policy(availableProcessors: 2) == policy
            && second.worker.command == settings.worker.command
            && second.agent?.command == settings.agent?.command
            && second.agent?.policy == settings.agent?.policy
        return isSame ? nil : "shown as something else:\n\(text)"
    }

    private static func faultOfRefused(_ refusal: ConfigurationRefused) -> String? {
        guard !refusal.problems.isEmpty else { return "refused without a problem" }
        for problem in refusal.problems {
            let text = problem.description
            if problem.file.isEmpty || problem.message.isEmpty || problem.line ?? 1 < 1 {
                return "a problem without a place: \(text)"
            }
            if text.utf8.contains(where: { $0 < 0x20 }) { return "a problem of two lines" }
            if text.utf8.count > 1_200 { return "a problem of \(text.utf8.count) bytes" }
        }
        return nil
    }

    @Test(
        "no damage to a file crashes the reader: it gives settings, or problems with their places")
    func loading() {
        var accepted = 0
        var refused = 0
        for seed in Self.seeds {
            switch Self.answer(seed: seed) {
            case .accepted: accepted += 1
            case .refused: refused += 1
            case .wrong(let fault):
                Issue.record("MARTLET_FUZZ_SEED=\(seed): \(fault)")
                return
            }
        }
        guard Self.seeds.count > 1 else { return }
        // Damage that is always noticed, or never, tests nothing.
        #expect(accepted > 1_000, "\(accepted) accepted")
        #expect(refused > 1_000, "\(refused) refused")
    }

    @Test("no damage makes the generator write anything but comments, sections and directives")
    func generating() {
        for seed in Self.seeds where seed.isMultiple(of: 10) || Self.seeds.count == 1 {
            var random = SeededRandom(state: seed)
            var source = MemorySource([:])
            source.files["/etc/martlet/web.conf"] = Self.damaged(Self.configurations[1], &random)
            for file in UnitDropIns.generate(from: source).files {
                let again = ConfigurationLines(Array(file.text.utf8), file: file.path)
                #expect(again.problems.isEmpty, "MARTLET_FUZZ_SEED=\(seed)")
                #expect(
                    again.assignments.allSatisfy { $0.section.isHandedOn },
                    "MARTLET_FUZZ_SEED=\(seed)")
            }
        }
    }

    @Test("a file of noise gives problems")
    func noise() {
        var random = SeededRandom(state: 1)
        for _ in 0..<200 {
            let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
            var source = MemorySource([:])
            source.files["/etc/martlet/web.conf"] = bytes
            #expect(throws: ConfigurationRefused.self) {
                try PoolSettings.load(pool: "web", from: source)
            }
        }
    }
}
