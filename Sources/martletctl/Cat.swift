// `martletctl cat`: the files that make up a pool, in the order in which they are read.

import ConfigurationFiles
import LinuxKernel
import PoolConfiguration
import PoolWire

struct Cat: Command {
    let pools: [String]

    static let verbs = [
        Verb(
            "cat", "POOL…",
            help: """
                shows the file of a pool and its drop-ins in the order in which they are read, with
                the path of each before it
                """)
    ]

    func run(on console: inout Console) -> ExitCode {
        var worst = ExitCode.done
        var isFirst = true
        for pool in pools {
            let files = PoolFiles(pool: pool, in: .standard, from: SystemFiles())
            for file in files.all where !file.bytes.isEmpty {
                if !isFirst { console.say("") }
                isFirst = false
                let title = "# \(file.path)".withoutControlCharacters()
                console.say(title.inColour(console.hasColours ? .cyan : nil))
                console.write(Self.shown(file.bytes, atTerminal: console.isTerminal))
            }
            guard !files.problems.isEmpty else { continue }
            let code = files.isMissing ? ExitCode.noInput : .configuration
            let lines = files.problems.map(\.description).joined(separator: "\n")
            console.complain(Failure(code, lines))
            worst = max(worst, code)
        }
        return worst
    }

    /// Byte for byte, but with an end to the last line; for a terminal without what would move its
    /// cursor.
    static func shown(_ bytes: [UInt8], atTerminal isTerminal: Bool) -> [UInt8] {
        let whole = bytes.last == UInt8(ascii: "\n") ? bytes : bytes + [UInt8(ascii: "\n")]
        guard isTerminal else { return whole }
        // By scalars: a carriage return and a line feed are one character.
        let pieces = String(decoding: whole, as: UTF8.self).unicodeScalars.map { scalar in
            scalar == "\n" || scalar == "\t"
                ? String(scalar) : String(scalar).withoutControlCharacters()
        }
        return Array(pieces.joined().utf8)
    }
}

extension Cat {
    init(_ words: VerbWords) throws(Failure) {
        let pools = try words.pools()
        guard !pools.isEmpty else { throw .usage("cat takes the names of pools") }
        self.init(pools: pools)
    }
}
