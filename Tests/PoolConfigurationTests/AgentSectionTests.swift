// [Agent]: the words of [Worker] for the one process beside the workers.

import PoolCore
import Testing

@testable import PoolConfiguration

@Suite struct AgentSectionTests {
    @Test("a pool has no agent unless it says something of one", arguments: ["", "[Agent]\n"])
    func none(text: String) throws {
        let settings = try load(leastPool + text)
        #expect(settings.agent == nil)
        #expect(!settings.effectiveListing.contains("[Agent]"))
        #expect(settings.effectiveSettings.allSatisfy { $0.section != .agent })
    }

    @Test("an agent has the defaults of workers, but waits longer before it is started again")
    func defaults() throws {
        var expected = WorkerPolicy()
        expected.restartDelay = .seconds(1)
        let agent = try #require(try load(agent: "").agent)
        #expect(agent.policy == expected)
        #expect(agent.command.written == "/usr/bin/agent")
        #expect(agent.environment.isEmpty && agent.environmentFiles.isEmpty)
        #expect(agent.workingDirectory == nil)
        #expect(!agent.awaitsReadyMessage && !agent.sendsShutdownMessage)
    }

    @Test("every directive of [Worker] but one is one of [Agent], with the same values and default")
    func vocabulary() {
        let ofWorkers = Directive.names(in: .worker).filter { $0 != "ReadyMessage" }
        #expect(Directive.names(in: .agent) == ofWorkers)
        for directive in Directive.all where directive.section == .agent {
            let twin = Directive.named(directive.name, in: .worker)
            #expect(directive.form == twin?.form)
            let expected = directive.name == "RestartSec" ? "1s" : twin?.defaultText
            #expect(directive.defaultText == expected, "\(directive.name)")
        }
    }

    @Test("what is documented of the agent is not said of workers, nor the other way round")
    func documentation() {
        for directive in Directive.all {
            switch directive.section {
            case .worker: #expect(!directive.documentation.contains("agent"))
            case .agent: #expect(!directive.documentation.contains("worker"))
            default: break
            }
        }
    }

    @Test("what one section says, the other program does not hear")
    func apart() throws {
        let base =
            leastSocket + "[Pool]\nProtocol=node\n[Worker]\nExecStart=/b\n[Agent]\nExecStart=/b\n"
        let plain = try load(base)
        for directive in Directive.all where directive.section != .pool {
            guard directive.name != "ExecStart" else { continue }
            let line = "[\(directive.section.rawValue)]\n\(directive.name)=\(directive.sample)\n"
            let settings = try load(base + line, and: ["/missing": "A=1"])
            #expect((settings.worker == plain.worker) == (directive.section == .agent), "\(line)")
            #expect((settings.agent == plain.agent) == (directive.section == .worker), "\(line)")
        }
    }

    @Test("an empty value resets a directive to the agent's default")
    func reset() throws {
        let plain = try load(agent: "")
        for directive in Directive.all
        where directive.section == .agent && directive.name != "ExecStart" {
            let lines = "\(directive.name)=\(directive.sample)\n\(directive.name)="
            let settings = try load(agent: lines)
            #expect(settings.agent == plain.agent, "\(directive.name)")
            #expect(settings.origin(of: directive) == .builtIn)
        }
        #expect(try load(agent: "RestartSec=").agent?.policy.restartDelay == .seconds(1))
    }

    @Test(
        "an agent of which anything is said needs a command",
        arguments: ["RestartSec=2", "Environment=A=1", "RestartSec=", "ExecStart=\nRestartSec=2"])
    func missingCommand(lines: String) {
        #expect(
            problems(leastPool + "[Agent]\n\(lines)\n") == [
                "web.conf: [Agent] ExecStart= is missing: the command the agent runs"
            ])
    }

    @Test("a command that was refused is not called missing as well")
    func refusedCommand() {
        #expect(problems(leastPool + "[Agent]\nType=exec\nExecStart=-/bin/x\n").count == 1)
        #expect(
            problems(leastSocket + "[Worker]\nExecStart=-/b\n[Agent]\nType=exec\n") == [
                "web.conf:4: [Worker] ExecStart=-/b: the prefix \"-\" is not supported: name the "
                    + "ends that count as success in SuccessExitStatus=",
                "web.conf: [Agent] ExecStart= is missing: the command the agent runs",
            ])
    }

    @Test("%w is the word agent, %i and %g are as for workers")
    func specifiers() throws {
        let settings = try load(
            leastPool + "[Agent]\nExecStart=/opt/%w --of=%i-%w-%g $P\n"
                + "WorkingDirectory=/srv/%i/%w\nEnvironment=P=%w/%g\n")
        let agent = try #require(settings.agent)
        let environment = agent.environment(post: .agent, generation: 3)
        #expect(environment.map(\.name) == ["P"])
        #expect(environment.map(\.value) == ["agent/3"])
        let command = agent.command.resolve(
            post: .agent, generation: 3, environment: ["P": "agent/3"])
        #expect(command.program == "/opt/agent")
        #expect(command.arguments == ["/opt/agent", "--of=web-agent-3", "agent/3"])
        let directory = try #require(agent.workingDirectory)
        #expect(directory.path.expand(post: .agent, generation: 3) == "/srv/web/agent")
        #expect("\(Post.slot(3)) \(Post.agent)" == "3 agent")
    }

    @Test(
        "what is refused is refused of the agent",
        arguments: [
            (
                "ExecStart=/b",
                "the agent runs one command, and /etc/martlet/web.conf:6 names one already; a "
                    + "line \"ExecStart=\" before this one resets it"
            ),
            (
                "WorkingDirectory=/srv/%x",
                "unknown specifier \"%x\": %i is the pool, %w the word \"agent\", "
                    + "%g the generation, %% a percent sign"
            ),
            (
                "Environment=MARTLET_X=1",
                "MARTLET_X is set by martlet itself for the agent"
            ),
            (
                "EnvironmentFile=/a/%w",
                "the file is read before there is an agent: %w and %g have no value here"
            ),
            ("RestartSteps=-1", "expects a number from 0 to 1000"),
        ])
    func refusals(line: String, reason: String) {
        #expect(problems(agent: line) == ["web.conf:7: [Agent] \(line): \(reason)"])
    }

    @Test(
        "a command is refused of the agent, too",
        arguments: [
            (
                "/a ; /b",
                "the agent runs one command; a lone \";\" is written \"\\;\" "
                    + "(a comment needs a line of its own)"
            ),
            (
                "+/a",
                "the prefix \"+\" is not supported: the agent has the privileges of its pool, "
                    + "set in [Service]"
            ),
        ])
    func commandRefusals(command: String, reason: String) {
        #expect(
            problems(leastPool + "[Agent]\nExecStart=\(command)\n") == [
                "web.conf:6: [Agent] ExecStart=\(command): \(reason)"
            ])
    }

    @Test("the rules that workers' settings must keep hold for the agent's")
    func rules() throws {
        #expect(
            problems(agent: "RestartSec=5\nRestartMaxDelaySec=1") == [
                "web.conf:8: [Agent] RestartMaxDelaySec=1s (/etc/martlet/web.conf:8) is shorter than "
                    + "RestartSec=5s (/etc/martlet/web.conf:7)"
            ])
        #expect(
            problems(agent: "RestartMaxDelaySec=500ms") == [
                "web.conf:7: [Agent] RestartMaxDelaySec=500ms (/etc/martlet/web.conf:7) is shorter "
                    + "than RestartSec=1s (default)"
            ])
        #expect(try load(agent: "RestartSec=1min").agent?.policy.restartMaxDelay == .seconds(60))
        #expect(
            problems(agent: "ReadyMessage=yes\nShutdownMessage=yes") == [
                "web.conf:7: [Agent] \"ReadyMessage\" belongs to [Worker]",
                "web.conf:8: [Agent] ShutdownMessage=yes is about messages of Node's channel; "
                    + "set Protocol=node in [Pool]",
            ])
        #expect(try load(agent: "StartLimitIntervalSec=0").agent?.policy.startLimitBurst == 0)
    }

    @Test("the protocol is the pool's")
    func protocolOfThePool() throws {
        let settings = try load(
            leastAgent + "ShutdownMessage=yes\n[Pool]\nProtocol=node\n")
        let agent = try #require(settings.agent)
        #expect(agent.policy.disconnects && agent.sendsShutdownMessage)
        #expect(!settings.worker.sendsShutdownMessage)
        #expect(try load(agent: "").agent?.policy.disconnects == false)
        func asks(_ workerProtocol: String) throws -> Bool? {
            try load(leastAgent + "[Pool]\nProtocol=\(workerProtocol)\n").agent?.policy.disconnects
        }
        // A child of Node's fork() knows no word that asks it to leave.
        #expect(try asks("node") == false && asks("martlet") == true)
        #expect(settings.policy(availableProcessors: 1).agent == agent.policy)
        #expect(try load(leastPool).policy(availableProcessors: 1).agent == nil)
    }

    @Test("an empty command takes the agent away, and another one brings it back")
    func takenAway() throws {
        #expect(try load(leastAgent + "Restart=no\nExecStart=\n").agent == nil)
        let back = try load(leastAgent + "Restart=no\nExecStart=\nExecStart=/b\n")
        #expect(back.agent?.policy.restart == .no && back.agent?.command.written == "/b")
        #expect(
            problems(leastAgent + "ExecStart=\nRestart=no\n") == [
                "web.conf: [Agent] ExecStart= is missing: the command the agent runs"
            ])
    }

    @Test("Node's variable for who accepts counts among the workers' alone")
    func dispatch() throws {
        let text = leastAgent + "Environment=NODE_CLUSTER_SCHED_POLICY=rr\n[Pool]\nProtocol=node\n"
        #expect(try load(text).dispatch == .shared)
    }

    @Test("words in the wrong section are sent to [Worker], not to [Agent]")
    func misplaced() {
        #expect(
            problems(leastAgent + "[Pool]\nKillSignal=TERM\n[Socket]\nRestartResetSec=1\n") == [
                "web.conf:8: [Pool] \"KillSignal\" belongs to [Worker]",
                "web.conf:10: [Socket] \"RestartResetSec\" belongs to [Worker]",
            ])
        #expect(
            problems(leastPool + "[Agnet]\n") == [
                "web.conf:5: unknown section [Agnet] (did you mean [Agent]?)"
            ])
    }
}

@Suite struct AgentFilesTests {
    private func variables(_ program: ProgramSettings?) -> [String] {
        program?.environment(post: .agent, generation: 1).map { "\($0.name)=\($0.value)" } ?? []
    }

    @Test("each program has the variables of its own files, and all of them are the pool's")
    func apart() throws {
        let settings = try load(
            leastPool
                + "EnvironmentFile=/w\n[Agent]\nExecStart=/a\nEnvironment=X=0 Y=0\n"
                + "EnvironmentFile=/a\n",
            and: ["/w": "X=1\n", "/a": "X=2\nZ=%w\n"])
        #expect(variables(settings.worker) == ["X=1"])
        #expect(variables(settings.agent) == ["X=2", "Y=0", "Z=%w"])
        #expect(settings.files == ["/etc/martlet/web.conf", "/w", "/a"])
        #expect(settings.agent?.environmentFiles.map(\.path) == ["/a"])
    }

    @Test("a file that both use is one file, and what is wrong with it is said once")
    func shared() throws {
        let text = leastPool + "EnvironmentFile=/e\n[Agent]\nExecStart=/a\nEnvironmentFile=/e\n"
        let settings = try load(text, and: ["/e": "A=1"])
        #expect(variables(settings.worker) == ["A=1"] && variables(settings.agent) == ["A=1"])
        #expect(settings.files == ["/etc/martlet/web.conf", "/e"])
        #expect(
            problems(text, and: ["/e": "A=1\nB\n"]) == [
                "/e:2: no \"=\" in the line; expects NAME=value"
            ])
    }

    @Test("a file that is missing is the fault of its line under [Agent]")
    func missing() {
        #expect(
            problems(agent: "EnvironmentFile=/none\nEnvironmentFile=-/none") == [
                "web.conf:7: [Agent] EnvironmentFile=/none: no such file (\"-\" before the path "
                    + "makes it optional)"
            ])
        #expect(
            problems(leastAgent + "EnvironmentFile=/e\n", and: ["/e": "LISTEN_FDS=1"]) == [
                "/e:1: LISTEN_FDS is set by martlet itself for the agent"
            ])
    }

    @Test("a drop-in can give a pool its agent, and the listing shows it last, with its origins")
    func listing() throws {
        let settings = try load(
            leastPool, and: ["/etc/martlet/web.conf.d/agent.conf": "[Agent]\nExecStart=/a\n"])
        let lines = settings.effectiveListing.split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex(of: "[Agent]"))
        #expect(try #require(lines.firstIndex(of: "[Worker]")) < start)
        #expect(!lines[(start + 1)...].contains { $0.hasPrefix("[") })
        #expect(lines[start...].count == Directive.names(in: .agent).count)
        #expect(
            lines[start...].contains {
                $0.hasPrefix("ExecStart=/a ")
                    && $0.hasSuffix("# /etc/martlet/web.conf.d/agent.conf:2")
            })
        #expect(
            lines[start...].contains { $0.hasPrefix("RestartSec=1s ") && $0.hasSuffix("# default") }
        )
        let text = settings.effectiveSettings.map { "[\($0.section.rawValue)]\n\($0.text)\n" }
        let again = try load(text.joined())
        #expect(again.agent == settings.agent)
        #expect(again.effectiveSettings.map(\.text) == settings.effectiveSettings.map(\.text))
    }
}
