// `martletctl send`: a message to programs of a pool.

import LinuxKernel
import PoolWire

struct Send: Command {
    let pool: String
    let message: PoolMessage

    private static let to = CommandOption("to", takesValue: true)

    static let verbs = [
        Verb(
            "send", "[--to WHOM] POOL JSON", options: [to],
            help: """
                tells programs of the pool something
                --to WHOM  all, others, workers, agent, random, subscribers, or the number of a
                           slot; all if none is given
                """)
    ]

    func run(on console: inout Console) throws(Failure) -> ExitCode {
        guard case .sent(let recipients) = try ControlConnection.ask(pool, .send(message)) else {
            throw .strayAnswer(pool)
        }
        guard recipients > 0 || message.to == .subscribers else {
            throw Failure(
                .failed, "\(pool): nobody is there to be told; see: martletctl status \(pool)")
        }
        return .done
    }
}

extension Send {
    init(_ words: VerbWords) throws(Failure) {
        guard words.operands.count == 2 else {
            throw .usage("send takes the name of one pool, and a JSON value")
        }
        let to = words.value(of: Self.to) ?? MessageAddress.all.word
        guard let address = MessageAddress(to) else {
            throw .usage(
                "\"\(to.withoutLineBreaks)\" is nobody: name all, others, workers, agent, random, "
                    + "subscribers, or the number of a slot")
        }
        let body = Self.onOneLine(Array(words.operands[1].utf8))
        let message = PoolMessage(to: address, body: body)
        // A string with a line end in it is none, and must not become one.
        guard ForeignJSON.isSound(Array(words.operands[1].utf8)), message.isSound else {
            throw .usage(
                "\"\(words.operands[1].withoutLineBreaks)\" is no JSON value: a text has marks "
                    + "of its own, as in '\"hello\"'")
        }
        guard body.count <= SentMessage.longestBody else {
            throw .usage("a message has at most \(SentMessage.longestBody) bytes")
        }
        self.init(pool: try PoolWord(words.operands[0]).name, message: message)
    }

    /// Between its parts there may be line ends: as good as blanks, which part what they parted.
    private static func onOneLine(_ json: [UInt8]) -> [UInt8] {
        json.map { [UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains($0) ? UInt8(ascii: " ") : $0 }
    }
}
