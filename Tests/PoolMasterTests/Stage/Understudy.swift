// A master that says what a test has it say, in the test's own thread.

import LinuxKernel
import PoolWire
import Testing

final class Understudy {
    /// How it answers; `nil` is not yet.
    private let answer: (ControlRequest) -> ControlAnswer?
    private var listener: SharedDescriptor?
    private var clients: [Client] = []
    /// All that it was asked, in order.
    private(set) var heard: [ControlRequest] = []
    private let path: String

    private final class Client {
        let socket: SharedDescriptor
        var conversation = ControlConversation()

        init(_ socket: SharedDescriptor) {
            self.socket = socket
        }
    }

    init(_ stage: Stage, _ answer: @escaping (ControlRequest) -> ControlAnswer?) throws {
        self.answer = answer
        path = "\(stage.runDirectory)/control"
        try FileSystem.makeDirectories(stage.runDirectory)
        listener = SharedDescriptor(try ListeningSocket.make(at: .path(path)))
    }

    /// Answers those who wait; to be called as often as the test waits for anything.
    func serve() throws {
        guard let listener else { return }
        while let accepted = try ListeningSocket.accept(from: listener.descriptor) {
            clients.append(Client(SharedDescriptor(accepted)))
        }
        for client in clients { try serve(client) }
    }

    private func serve(_ client: Client) throws {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let transfer = try buffer.withUnsafeMutableBytes {
            try client.socket.descriptor.receive(into: $0)
        }
        guard case .bytes(let count) = transfer else { return }
        var turn = client.conversation.receive(buffer[..<count])
        while let request = turn.request {
            heard.append(request)
            guard let answer = answer(request) else { return }
            turn = client.conversation.answer(answer)
            let output = turn.output
            _ = try output.withUnsafeBytes { try client.socket.descriptor.send($0) }
        }
    }

    /// Its end, as of one that was killed.
    func vanish() {
        listener = nil
        clients = []
    }

    /// Takes away what it has made.
    func clear(_ stage: Stage) {
        vanish()
        Files.remove(stage.runDirectory)
    }
}
