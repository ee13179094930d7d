import Testing

@testable import PoolWire

@Suite("A conversation on the control socket")
struct ControlConversationTests {
    private static let status = "{\"method\":\"io.martlet.Pool.Status\"}\0"

    private func reload(_ rest: String = "") -> String {
        "{\"method\":\"io.martlet.Pool.Reload\"\(rest)}\0"
    }

    /// The only reply to a call that the conversation answers itself.
    private func reply(to call: String) throws -> ForeignReply {
        var conversation = ControlConversation()
        let turn = conversation.receive(call.utf8)
        #expect(turn.request == nil)
        #expect(turn.hangUp == nil)
        let replies = try #require(ForeignReply.all(in: turn.output))
        try #require(replies.count == 1)
        return replies[0]
    }

    // MARK: Requests

    @Test("asks the master for a status and writes its report as one reply")
    func asksForStatus() throws {
        var conversation = ControlConversation()
        let turn = conversation.receive(Self.status.utf8)
        #expect(turn == ControlTurn(request: .status))
        #expect(conversation.isWaitingForAnswer)
        let answer = conversation.answer(.report(Samples.idle))
        #expect(
            answer.output.text == """
                {"parameters":{"pool":{"generation":1,"listeners":[],"pid":812,"pool":"web",\
                "ready":0,"state":"serving","status":"","wanted":1,"workers":[{"generation":1,\
                "lastReason":"exited","restarts":0,"slot":0,"state":"waiting"}]}}}\0
                """)
        #expect(!conversation.isWaitingForAnswer)
    }

    @Test(
        "takes exactly one number of workers, within its range",
        arguments: [
            ("", "to"), ("\"to\":0", "to"), ("\"to\":1025", "to"), ("\"to\":-1", "to"),
            ("\"to\":2,\"by\":1", "to"), ("\"to\":null,\"by\":null", "to"),
            ("\"to\":\"2\"", "to"), ("\"to\":2.5", "to"), ("\"by\":\"2\"", "by"),
            ("\"by\":1,\"slot\":1", "slot"),
        ])
    func badScale(_ parameters: String, _ culprit: String) throws {
        let reply = try reply(
            to: "{\"method\":\"io.martlet.Pool.Scale\",\"parameters\":{\(parameters)}}\0")
        #expect(reply.error == "org.varlink.service.InvalidParameter")
        #expect(reply.parameters?.parameter == culprit)
    }

    @Test(
        "refuses what names no worker, no signal or nobody to be told",
        arguments: [
            ("RestartWorker", "\"slot\":\"1\"", "slot"), ("RestartWorker", "\"slot\":-2", "slot"),
            ("KillWorker", "", "slot"), ("KillWorker", "\"slot\":1,\"signal\":9", "signal"),
            ("KillWorker", "\"slot\":1,\"sig\":\"9\"", "sig"), ("List", "\"worker\":1", "worker"),
            ("Send", "\"to\":\"all\"", "msg"), ("Send", "\"to\":3,\"msg\":1", "to"),
            ("Send", "\"to\":\"everybody\",\"msg\":1", "to"), ("Configuration", "\"a\":1", "a"),
        ])
    func badWishes(_ method: String, _ parameters: String, _ culprit: String) throws {
        let reply = try reply(
            to: "{\"method\":\"io.martlet.Pool.\(method)\",\"parameters\":{\(parameters)}}\0")
        #expect(reply.error == "org.varlink.service.InvalidParameter")
        #expect(reply.parameters?.parameter == culprit)
    }

    @Test("takes a message as it was written, but for line ends between its parts")
    func message() {
        var conversation = ControlConversation()
        let turn = conversation.receive(
            "{\"method\":\"io.martlet.Pool.Send\",\"parameters\":{\"msg\":{\n\"a\\n\": 1}}}\0".utf8)
        let body = Array("{\"a\\n\": 1}".utf8)
        #expect(turn.request == .send(PoolMessage(to: .all, body: body)))
    }

    @Test("refuses a message that is too long")
    func longMessage() throws {
        let text = String(repeating: "x", count: SentMessage.longestBody - 1)
        let reply = try reply(
            to: "{\"method\":\"io.martlet.Pool.Send\",\"parameters\":{\"msg\":\"\(text)\"}}\0")
        #expect(reply.parameters?.parameter == "msg")
    }

    @Test("sends SIGTERM if it is told of no signal")
    func usualSignal() {
        var conversation = ControlConversation()
        let turn = conversation.receive(
            "{\"method\":\"io.martlet.Pool.KillWorker\",\"parameters\":{\"slot\":-1}}\0".utf8)
        #expect(turn.request == .kill(slot: -1, signal: "SIGTERM"))
    }

    @Test(
        "what is about the rollout or the master takes no parameters",
        arguments: ["PauseRollout", "AbortRollout", "Reexec", "Leave"])
    func badSteering(_ method: String) throws {
        let reply = try reply(
            to: "{\"method\":\"io.martlet.Pool.\(method)\",\"parameters\":{\"a\":1}}\0")
        #expect(reply.error == "org.varlink.service.InvalidParameter")
    }

    @Test(
        "tells the master how long a client waits for its reload",
        arguments: [
            ("", ReloadPatience.result),
            (",\"more\":true", .progress),
            (",\"parameters\":{}", .result),
            (",\"parameters\":null", .result),
            (",\"parameters\":{\"wait\":null}", .result),
            (",\"parameters\":{\"wait\":true},\"more\":true", .progress),
            (",\"parameters\":{\"wait\":false}", ReloadPatience.acceptance),
            (",\"parameters\":{\"wait\":false},\"more\":true", ReloadPatience.acceptance),
            (",\"oneway\":true", ReloadPatience.acceptance),
        ])
    func patience(_ rest: String, _ patience: ReloadPatience) {
        var conversation = ControlConversation()
        #expect(
            conversation.receive(reload(rest).utf8) == ControlTurn(request: .reload(patience)))
    }

    @Test("passes on each change of the status line to a client that wants more, and no repetition")
    func progress() {
        var conversation = ControlConversation()
        _ = conversation.receive(reload(",\"more\":true").utf8)
        #expect(
            conversation.progress("gen 4: 0/2 ready").text
                == "{\"continues\":true,\"parameters\":{\"status\":\"gen 4: 0/2 ready\"}}\0")
        #expect(conversation.progress("gen 4: 0/2 ready") == [])
        #expect(conversation.progress("gen 4: 1/2 ready") != [])
        let end = conversation.answer(.reloaded(ReloadResult(generation: 4, ready: 2, wanted: 2)))
        #expect(end.output.text == "{\"parameters\":{\"generation\":4,\"ready\":2,\"wanted\":2}}\0")
        #expect(conversation.progress("gen 4: 2/2 ready") == [])
    }

    @Test("has no progress for a client that waits for the result alone")
    func noProgress() {
        var conversation = ControlConversation()
        _ = conversation.receive(reload().utf8)
        #expect(conversation.progress("gen 4: 0/2 ready") == [])
    }

    @Test(
        "writes a refusal as a typed error",
        arguments: [
            (
                ControlError.reloadFailed(reason: "slot 1 exited", serving: 3),
                "\"io.martlet.Pool.ReloadFailed\","
                    + "\"parameters\":{\"generation\":3,\"reason\":\"slot 1 exited\"}"
            ),
            (
                .permissionDenied(user: 33),
                "\"io.martlet.Pool.PermissionDenied\",\"parameters\":{\"user\":33}"
            ),
            (.tooManyClients, "\"io.martlet.Pool.TooManyClients\",\"parameters\":{}"),
            (.stopping, "\"io.martlet.Pool.Stopping\",\"parameters\":{}"),
        ])
    func refusals(_ error: ControlError, _ json: String) {
        var conversation = ControlConversation()
        _ = conversation.receive(reload().utf8)
        #expect(conversation.answer(.refused(error)).output.text == "{\"error\":\(json)}\0")
    }

    // MARK: Order and limits

    @Test("answers calls in their order, and asks for the next only after the answer")
    func pipelined() throws {
        var conversation = ControlConversation()
        let getInfo = "{\"method\":\"org.varlink.service.GetInfo\"}\0"
        let calls = reload() + getInfo + Self.status + getInfo
        #expect(conversation.receive(calls.utf8) == ControlTurn(request: .reload(.result)))
        #expect(conversation.receive("{\"method\":\"x.y\"}\0".utf8) == ControlTurn())

        let first = conversation.answer(.refused(.stopping))
        #expect(first.request == .status)
        let replies = try #require(ForeignReply.all(in: first.output))
        #expect(replies.map(\.error) == ["io.martlet.Pool.Stopping", nil])
        #expect(replies.last?.parameters?.vendor == "Martlet")

        let second = conversation.answer(.report(Samples.idle))
        #expect(second.request == nil)
        let rest = try #require(ForeignReply.all(in: second.output))
        #expect(rest.map(\.error) == [nil, nil, "org.varlink.service.InterfaceNotFound"])
    }

    @Test("lets sixteen calls wait while a reload goes on, and ends at the seventeenth")
    func mostWaiting() {
        var conversation = ControlConversation()
        _ = conversation.receive(reload().utf8)
        for _ in 0..<ControlConversation.mostWaiting {
            #expect(conversation.receive(Self.status.utf8) == ControlTurn())
        }
        #expect(conversation.receive(Self.status.utf8) == ControlTurn(hangUp: .tooManyCalls))
        // The reload's verdict finds nobody any more.
        #expect(conversation.answer(.accepted) == ControlTurn())
    }

    @Test("ends at a message longer than 64 KiB, before all of it has come")
    func tooLong() {
        var conversation = ControlConversation()
        let bytes = [UInt8](repeating: 0x20, count: VarlinkFramer.callLimit)
        #expect(conversation.receive(bytes) == ControlTurn())
        #expect(
            conversation.receive([0x20]) == ControlTurn(hangUp: .frameTooLong(limit: 65536)))
        #expect(conversation.receive(Self.status.utf8) == ControlTurn())
    }

    @Test(
        "ends at what is not a call, with the calls before it answered",
        arguments: [
            "", "null", "[]", "{}", "{\"method\":7}", "{\"method\":null}", "{\"method\":\"a.b\"",
            "{\"method\":\"a.b\",\"more\":\"yes\"}", "{\"method\":\"a.b\",\"parameters\":[]}",
            "\u{feff}{}",
            "GET / HTTP/1.1\r\n", "{\"method\":\"a.b\",\"parameters\":" + "[".repeated(5000),
        ])
    func notACall(_ frame: String) throws {
        var conversation = ControlConversation()
        let getInfo = "{\"method\":\"org.varlink.service.GetInfo\"}\0"
        let turn = conversation.receive((getInfo + frame + "\0" + getInfo).utf8)
        #expect(turn.hangUp == .notACall)
        #expect(turn.request == nil)
        #expect(try #require(ForeignReply.all(in: turn.output)).count == 1)
        #expect(conversation.receive(getInfo.utf8) == ControlTurn())
    }

    @Test("ends at a call with more parameters than any method could have")
    func tooManyParameters() {
        var conversation = ControlConversation()
        let parameters = (0...16).map { "\"p\($0)\":\($0)" }.joined(separator: ",")
        let call = reload(",\"parameters\":{\(parameters)}")
        #expect(conversation.receive(call.utf8) == ControlTurn(hangUp: .notACall))
    }

    @Test("doesn't reply to a oneway call, but does what it asks for")
    func oneway() {
        var conversation = ControlConversation()
        let calls =
            "{\"method\":\"io.martlet.Pool.Status\",\"oneway\":true}\0"
            + "{\"method\":\"no.such.Method\",\"oneway\":true}\0" + reload(",\"oneway\":true")
            + Self.status
        #expect(
            conversation.receive(calls.utf8)
                == ControlTurn(request: .reload(ReloadPatience.acceptance)))
        #expect(conversation.answer(.accepted) == ControlTurn(request: .status))
    }

    @Test("that is refused answers the first call with the reason, whatever it is, and ends")
    func refused() throws {
        var conversation = ControlConversation(refusing: .permissionDenied(user: 1000))
        #expect(conversation.receive("{\"method\":".utf8) == ControlTurn())
        let turn = conversation.receive("\"io.martlet.Pool.Reload\"}\0\(Self.status)".utf8)
        #expect(turn.request == nil)
        #expect(turn.hangUp == .refused)
        let replies = try #require(ForeignReply.all(in: turn.output))
        #expect(replies.map(\.error) == ["io.martlet.Pool.PermissionDenied"])
        #expect(replies.first?.parameters?.user == 1000)
    }

    // MARK: What it answers itself

    @Test("says who it is and in which interfaces")
    func getInfo() throws {
        let reply = try reply(to: "{\"method\":\"org.varlink.service.GetInfo\"}\0")
        #expect(reply.parameters?.version == Product.version)
        #expect(reply.parameters?.interfaces == ["org.varlink.service", "io.martlet.Pool"])
    }

    @Test(
        "gives the text of both its interfaces",
        arguments: [
            ("io.martlet.Pool", PoolInterface.text), ("org.varlink.service", VarlinkService.text),
        ])
    func descriptions(_ interface: String, _ text: String) throws {
        let reply = try reply(
            to: """
                {"method":"org.varlink.service.GetInterfaceDescription",\
                "parameters":{"interface":"\(interface)"}}\0
                """)
        #expect(reply.error == nil)
        #expect(reply.parameters?.description == text)
    }

    @Test("refuses one reply to who asks for many")
    func expectedMore() throws {
        let reply = try reply(to: "{\"method\":\"io.martlet.Pool.Subscribe\"}\0")
        #expect(reply.error == "org.varlink.service.ExpectedMore")
    }

    @Test(
        "refuses what it doesn't know by the protocol's own errors",
        arguments: [
            ("\"io.martlet.Pool.Stop\"", "MethodNotFound", "io.martlet.Pool.Stop"),
            ("\"org.varlink.service.GetAll\"", "MethodNotFound", "org.varlink.service.GetAll"),
            ("\"io.martlet.Other.Status\"", "InterfaceNotFound", "io.martlet.Other"),
            ("\"Status\"", "InterfaceNotFound", ""),
            ("\"\"", "InterfaceNotFound", ""),
            ("\"io.martlet.Pool.Status\",\"upgrade\":true", "InvalidParameter", "upgrade"),
            (
                "\"io.martlet.Pool.Status\",\"parameters\":{\"b\":1,\"a\":1}", "InvalidParameter",
                "a"
            ),
            ("\"io.martlet.Pool.Why\",\"parameters\":{\"slot\":-2}", "InvalidParameter", "slot"),
            ("\"io.martlet.Pool.Why\",\"parameters\":{\"slot\":\"0\"}", "InvalidParameter", "slot"),
            ("\"io.martlet.Pool.Why\",\"parameters\":{\"slot\":0.5}", "InvalidParameter", "slot"),
            (
                "\"io.martlet.Pool.Reload\",\"parameters\":{\"wait\":\"no\"}", "InvalidParameter",
                "wait"
            ),
            (
                "\"io.martlet.Pool.Reload\",\"parameters\":{\"wait\":0}", "InvalidParameter", "wait"
            ),
            (
                "\"io.martlet.Pool.Reload\",\"parameters\":{\"wait\":{\"a\":[]}}",
                "InvalidParameter",
                "wait"
            ),
            (
                "\"org.varlink.service.GetInterfaceDescription\"", "InvalidParameter", "interface"
            ),
            (
                "\"org.varlink.service.GetInterfaceDescription\","
                    + "\"parameters\":{\"interface\":\"a.b\"}",
                "InterfaceNotFound", "a.b"
            ),
        ])
    func protocolErrors(_ call: String, _ error: String, _ what: String) throws {
        let reply = try reply(to: "{\"method\":\(call)}\0")
        #expect(reply.error == "org.varlink.service.\(error)")
        let parameters = try #require(reply.parameters)
        #expect(
            [parameters.method, parameters.interface, parameters.parameter].compactMap { $0 }
                == [what])
    }
}
