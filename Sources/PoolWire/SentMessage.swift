// A message to the pool from outside, as Send takes it.
// Invariant: its body is one JSON value on one line, as it was written.

/// What somebody has to say to programs of the pool.
package enum SentMessage {
    /// How long its body may be, in bytes, so that a call has room for it.
    package static let longestBody = 65_000

    /// - Parameter frame: A call that a decoder has taken, without its NUL.
    /// - Throws: `invalidParameter`.
    static func read(
        _ call: VarlinkCall, _ frame: [UInt8]
    ) throws(VarlinkServiceError) -> PoolMessage {
        let address: MessageAddress? =
            switch call.parameters["to"] {
            case nil, .null: .all
            case .string(let word): MessageAddress(word)
            default: nil
            }
        guard let address else { throw .invalidParameter("to") }
        guard let parameters = JSONMembers(of: frame)?["parameters"],
            let value = JSONMembers(of: Array(parameters))?["msg"]
        else { throw .invalidParameter("msg") }
        // Between its parts there may be line ends, in its strings there are none.
        let body = value.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard body.count <= Self.longestBody else { throw .invalidParameter("msg") }
        return PoolMessage(to: address, body: body)
    }

    /// The call with its NUL.
    static func frame(of message: PoolMessage) -> [UInt8] {
        var frame = Array(#"{"method":"\#(PoolInterface.send)","parameters":{"msg":"#.utf8)
        frame += message.body
        frame += Array(#","to":"\#(message.to.word)"}}"#.utf8)
        return frame + [0]
    }
}
