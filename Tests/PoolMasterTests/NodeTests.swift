// Programs on whatever Node is in PATH, where there is one; those of Debian are met in containers.

import Glibc
import LinuxKernel
import Testing

@Suite struct NodeTests {
    private static let node: String? =
        (OwnProcess.variable("PATH") ?? "").split(separator: ":").map { "\($0)/node" }
        .first { access($0, X_OK) == 0 }

    /// It has the agent double what it is asked for.
    private static let server = """
        const waiting = []
        process.on('message', ({ type, msg }) => {
          if (type === 'martlet:message') waiting.shift()(msg)
        })
        require('node:http').createServer((request, response) => {
          waiting.push((answer) => response.end(`${answer} ${process.env.MARTLET_GENERATION}`))
          process.send({ type: 'martlet:message', to: 'agent', msg: Number(request.url.slice(1)) })
        }).listen(process.argv[2])
        """
    private static let agent = """
        process.on('message', ({ type, from, msg }) => {
          if (type === 'martlet:message') process.send({ type, to: from, msg: msg * 2 })
        })
        process.send('ready')
        """

    private static func configuration(_ stage: Stage, _ dispatch: String) throws -> String {
        let node = try #require(node)
        try Files.write("\(stage.directory)/server.js", server)
        try Files.write("\(stage.directory)/agent.js", agent)
        let lines = [
            "[Socket]", "ListenStream=\(stage.directory)/http", "[Pool]", "Workers=2",
            "Protocol=node", "Dispatch=\(dispatch)", "RolloutSettleSec=0", "[Worker]",
            "ExecStart=\(node) \(stage.directory)/server.js \(stage.directory)/http", "[Agent]",
            "ExecStart=\(node) \(stage.directory)/agent.js",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The body of an answer.
    private static func get(_ path: String, _ stage: Stage) throws -> String {
        let link = SharedDescriptor(
            try ConnectingSocket.connect(
                to: .path("\(stage.directory)/http"), nanoseconds: 10_000_000_000))
        let request = Array("GET \(path) HTTP/1.0\r\n\r\n".utf8)
        #expect(
            try request.withUnsafeBytes { try link.descriptor.send($0) } == .bytes(request.count))
        var answer: [UInt8] = []
        try stage.wait("there is an answer") {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let transfer = try buffer.withUnsafeMutableBytes {
                try link.descriptor.receive(into: $0)
            }
            guard case .bytes(let count) = transfer else { return transfer == .closed }
            answer += buffer[..<count]
            return false
        }
        return String(decoding: answer, as: UTF8.self).split(separator: "\r\n").last
            .map(String.init) ?? ""
    }

    @Test(
        .played, .enabled(if: node != nil, "there is no node in PATH"),
        arguments: ["shared", "round-robin"])
    func anUnmodifiedServerAndItsAgent(dispatch: String) throws {
        try Stage.play { stage in
            try Files.write(stage.configuration, try Self.configuration(stage, dispatch))
            let master = try stage.begin()
            try stage.await("READY=1")
            for number in 1...5 {
                #expect(try Self.get("/\(number)", stage) == "\(2 * number) 1")
            }
            let before = stage.record.count
            try master.signal(SIGHUP)
            try stage.awaitStatus("gen 2: 2/2 ready", after: before)
            #expect(try Self.get("/21", stage) == "42 2")
            try master.signal(SIGTERM)
            #expect(try stage.awaitExit(master) == .exited(0))
            #expect(!master.errors.contains("does not begin as programs on Node"))
            #expect(!master.errors.contains("processes are killed"), "\(master.errors)")
        }
    }
}
