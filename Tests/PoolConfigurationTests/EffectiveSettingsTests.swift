// What `martletctl check` prints.

import Testing

@testable import PoolConfiguration

@Suite struct EffectiveSettingsTests {
    private static let everything = #"""
        [Unit]
        Description=The web
        [Socket]
        ListenStream=8000
        ListenStream=/run/%i.sock
        [Service]
        User=www-data
        Environment="X=1 2"
        [Pool]
        Workers=-1
        Spare=3
        RolloutSurge=2
        RolloutMaxUnready=4
        RolloutSettleSec=1500ms
        [Worker]
        Type=exec
        ExecStart=@:/usr/bin/node "my server" \x41 --slot=%w $FOO
        WorkingDirectory=-/srv/%i/%w
        Environment=A=1 "B=two words" 'C="quoted" \\ \n' D=%i%% A=2
        EnvironmentFile=/env
        EnvironmentFile=-/srv/%%/env
        TimeoutStartSec=infinity
        TimeoutStopSec=1min 1us
        KillSignal=TERM
        FinalKillSignal=RTMIN+3
        WatchdogSec=2min
        WatchdogSignal=6
        Restart=on-abnormal
        RestartSec=1
        RestartSteps=3
        RestartMaxDelaySec=1h
        RestartResetSec=1d
        StartLimitIntervalSec=0
        StartLimitBurst=0
        RecycleMemory=1536M
        SuccessExitStatus=TEMPFAIL 3 SIGUSR1
        RestartPreventExitStatus=78
        [Agent]
        Type=exec
        ExecStart=/usr/bin/node agent.js --post=%w
        WorkingDirectory=/srv/%i/%w
        Environment=A=3 W=%w
        EnvironmentFile=-/env
        TimeoutSec=infinity
        RestartSec=3
        """#

    @Test("the listing gives each setting with its origin")
    func listing() throws {
        let settings = try load(
            """
            [Socket]
            ListenStream=8000

            [Worker]
            ExecStart=/usr/bin/node /srv/web/server.js
            Environment=NODE_ENV=production
            """,
            and: ["/etc/martlet/web.conf.d/10-size.conf": "[Pool]\nWorkers=4\n"])
        #expect(
            settings.effectiveListing == """
                [Socket]
                ListenStream=8000                           # /etc/martlet/web.conf:2

                [Pool]
                Workers=4                                   # /etc/martlet/web.conf.d/10-size.conf:2
                Spare=0                                     # default
                Protocol=systemd                            # default
                Dispatch=shared                             # default
                Overflow=wait                               # default
                RolloutSurge=1                              # default
                RolloutMaxUnready=0                         # default
                RolloutSettleSec=1s                         # default

                [Worker]
                Type=notify                                 # default
                ExecStart=/usr/bin/node /srv/web/server.js  # /etc/martlet/web.conf:5
                WorkingDirectory=                           # default
                Environment=NODE_ENV=production             # /etc/martlet/web.conf:6
                EnvironmentFile=                            # default
                ReadyMessage=no                             # default
                ShutdownMessage=no                          # default
                TimeoutStartSec=1min 30s                    # default
                TimeoutStopSec=10s                          # default
                KillSignal=SIGINT                           # default
                FinalKillSignal=SIGKILL                     # default
                WatchdogSec=0                               # default
                WatchdogSignal=SIGABRT                      # default
                Restart=always                              # default
                RestartSec=100ms                            # default
                RestartSteps=10                             # default
                RestartMaxDelaySec=30s                      # default
                RestartResetSec=10s                         # default
                StartLimitIntervalSec=10s                   # default
                StartLimitBurst=5                           # default
                RuntimeMaxSec=infinity                      # default
                RuntimeRandomizedExtraSec=0                 # default
                RecycleMemory=infinity                      # default
                SuccessExitStatus=                          # default
                RestartPreventExitStatus=                   # default

                """)
    }

    @Test(
        "the listing without origins is a file with the same meaning",
        arguments: [everything, leastPool])
    func roundTrip(text: String) throws {
        let environment = ["/env": "E=secret\n", "/srv/%/env": ""]
        let first = try load(text, and: environment)
        var file = ""
        for setting in first.effectiveSettings {
            file += "[\(setting.section.rawValue)]\n\(setting.text)\n"
        }
        let second = try load(file, and: environment)
        #expect(second.effectiveSettings.map(\.text) == first.effectiveSettings.map(\.text))
        #expect(second.policy(availableProcessors: 4) == first.policy(availableProcessors: 4))
        #expect(second.worker.command == first.worker.command)
        #expect(second.worker.workingDirectory == first.worker.workingDirectory)
        #expect(second.agent?.policy == first.agent?.policy)
        #expect(second.agent?.command == first.agent?.command)
        #expect(second.agent?.workingDirectory == first.agent?.workingDirectory)
        #expect(second.listeners.map(\.address) == first.listeners.map(\.address))
        #expect(
            second.worker.environment(post: .slot(1), generation: 2).map { [$0.name, $0.value] }
                == first.worker.environment(post: .slot(1), generation: 2)
                .map { [$0.name, $0.value] })
        #expect(
            second.agent?.environment(post: .agent, generation: 2).map { [$0.name, $0.value] }
                == first.agent?.environment(post: .agent, generation: 2)
                .map { [$0.name, $0.value] })
    }

    @Test("every directive but the alias is listed")
    func complete() throws {
        let listed = Set(
            try load(Self.everything, and: ["/env": ""]).effectiveSettings
                .map { "\($0.section) \($0.name)" })
        let known = Set(Directive.all.map { "\($0.section) \($0.name)" })
        #expect(known.subtracting(listed) == ["worker TimeoutSec", "agent TimeoutSec"])
    }

    @Test("what environment files contain stays out of the listing")
    func secrets() throws {
        let settings = try load(
            leastPool + "EnvironmentFile=/env\n", and: ["/env": "PASSWORD=secret"])
        #expect(!settings.effectiveListing.contains("secret"))
        #expect(settings.worker.environment.count == 1)
    }

    @Test("the settings of a command line name it as their origin")
    func commandLine() throws {
        let settings = try PoolSettings.foreground(
            name: "dev", workers: .auto, command: ["/b", "a b"])
        #expect(
            settings.effectiveListing.contains("ExecStart=/b \"a b\"           # command line\n"))
    }
}
