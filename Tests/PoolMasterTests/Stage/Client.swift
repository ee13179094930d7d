// Somebody who is connected to a control socket and need not behave.

import Glibc
import LinuxKernel
import PoolWire
import Testing

final class Client {
    private let stage: Stage
    private var socket: SharedDescriptor
    private var received: [UInt8] = []
    /// The master has closed the connection.
    private(set) var isClosed = false

    /// - Parameter directory: Where the control socket is, if not in the stage's own.
    init(_ stage: Stage, in directory: String? = nil) throws {
        self.stage = stage
        socket = SharedDescriptor(
            try ConnectingSocket.connect(
                to: .path("\(directory ?? stage.runDirectory)/control"), nanoseconds: 10_000_000_000
            ))
    }

    func send(_ request: ControlRequest) throws { try send(request.frame) }

    /// - Returns: How many bytes the kernel took.
    @discardableResult
    func send(_ bytes: [UInt8]) throws -> Int {
        var sent = 0
        while sent < bytes.count {
            let transfer = try bytes[sent...].withUnsafeBytes { rest in
                Result { () throws(SystemError) in try socket.descriptor.send(rest) }
            }.get()
            guard case .bytes(let count) = transfer else { return sent }
            sent += count
        }
        return sent
    }

    /// Nothing more will be sent, though it still listens.
    func close() { shutdown(socket.rawValue, Int32(SHUT_WR)) }

    /// Closes the connection, whatever is under way.
    func vanish() throws {
        socket = try Pipe.make().reader
        isClosed = true
    }

    /// How many bytes wait to be read.
    var waiting: Int {
        var count: Int32 = 0
        return ioctl(socket.rawValue, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }

    /// Takes what has come.
    func read() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isClosed {
            let transfer = try buffer.withUnsafeMutableBytes { bytes in
                Result { () throws(SystemError) in try socket.descriptor.receive(into: bytes) }
            }.get()
            switch transfer {
            case .bytes(let count): received += buffer[..<count]
            case .wouldBlock: return
            case .closed: isClosed = true
            }
        }
    }

    /// Whole replies that have come, as JSON.
    var replies: [String] {
        received.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Waits for the answer to the only request that was sent.
    func answer(
        to request: ControlRequest, _ location: SourceLocation = #_sourceLocation
    ) throws -> ControlAnswer {
        var answer: ControlAnswer?
        try stage.wait("the answer of the master", location) {
            try read()
            var client = ControlClient(request)
            for case .answer(let found) in try client.receive(received) { answer = found }
            return answer != nil || isClosed
        }
        return try #require(answer, "the master hung up", sourceLocation: location)
    }

    func awaitClose(_ location: SourceLocation = #_sourceLocation) throws {
        try stage.wait("the master hangs up", location) {
            try read()
            return isClosed
        }
    }
}
