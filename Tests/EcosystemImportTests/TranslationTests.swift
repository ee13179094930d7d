import EcosystemImport
import Testing

@Suite("An application of PM2's ecosystem file")
struct TranslationTests {
    /// One option, and the lines that are there because of it.
    private static let translated: [(option: String, lines: [String])] = [
        (
            #""args": "--port 1 'two words' $HOME 5%""#,
            [
                #"ExecStart=/usr/bin/node /srv/web/server.js --port 1 "two words" $$HOME 5%%"#
            ]
        ),
        (
            #""args": ["a b", "c"], "node_args": "--inspect -r x""#,
            [
                #"ExecStart=/usr/bin/node --inspect -r x /srv/web/server.js "a b" c"#
            ]
        ),
        (
            #""interpreter": "/opt/node/bin/node""#,
            [
                "ExecStart=/opt/node/bin/node /srv/web/server.js", "Protocol=node",
            ]
        ),
        (
            #""cwd": "../api/./v1""#,
            [
                "WorkingDirectory=/srv/api/v1", "ExecStart=/usr/bin/node /srv/api/v1/server.js",
            ]
        ),
        (#""cwd": "/home/me/app""#, ["ProtectHome=read-only"]),
        (#""instances": 4"#, ["Workers=4"]),
        (#""instances": "4""#, ["Workers=4"]),
        (#""instances": "max""#, ["Workers=auto"]),
        (#""instances": 0"#, ["Workers=auto"]),
        (#""instances": -1"#, ["Workers=-1"]),
        ("", ["Workers=1", "Protocol=node", "ListenStream=8000", "WorkingDirectory=/srv/web"]),
        (#""exec_mode": "fork""#, ["Protocol=node"]),
        (
            #""env": { "A": "x y", "B": 1, "C": true, "D": "50%\n" }"#,
            [
                #"Environment="A=x y""#, "Environment=B=1", "Environment=C=true",
                #"Environment="D=50%%\n""#,
            ]
        ),
        (#""port": 3000, "env": { "PORT": 1 }"#, ["Environment=PORT=3000"]),
        (#""instance_var": "INSTANCE""#, ["Environment=INSTANCE=%w"]),
        (#""wait_ready": true"#, ["ReadyMessage=yes"]),
        (#""shutdown_with_message": true"#, ["ShutdownMessage=yes"]),
        (#""listen_timeout": 10000"#, ["TimeoutStartSec=10s"]),
        (#""kill_timeout": 1600"#, ["TimeoutStopSec=1s 600ms"]),
        (#""kill_timeout": 0"#, ["TimeoutStopSec=1ms"]),
        (#""autorestart": false"#, ["Restart=no"]),
        (#""stop_exit_codes": [0, 143]"#, ["RestartPreventExitStatus=0 143"]),
        (#""stop_exit_codes": 7"#, ["RestartPreventExitStatus=7"]),
        (#""max_restarts": 5"#, ["StartLimitBurst=5", "StartLimitIntervalSec=5s"]),
        (
            #""max_restarts": 5, "min_uptime": "1m""#,
            [
                "StartLimitBurst=5", "StartLimitIntervalSec=5min", "RestartResetSec=1min",
            ]
        ),
        (#""restart_delay": 4000"#, ["RestartSec=4s", "RestartSteps=0"]),
        (
            #""exp_backoff_restart_delay": 100"#,
            [
                "RestartSec=100ms", "RestartMaxDelaySec=15s", "RestartSteps=13",
                "RestartResetSec=30s",
            ]
        ),
        (#""max_memory_restart": "300M""#, ["RecycleMemory=300M"]),
        (#""max_memory_restart": "1G""#, ["RecycleMemory=1G"]),
        (#""max_memory_restart": 2097152"#, ["RecycleMemory=2M"]),
        (#""uid": "www-data", "gid": 33"#, ["User=www-data", "Group=33"]),
        (#""user": "www-data""#, ["User=www-data"]),
    ]

    @Test("has its options as directives")
    func translates() throws {
        for (option, expected) in Self.translated {
            let lines = Sample.lines(try Sample.pool(option))
            for line in expected { #expect(lines.contains(line), "\(option): \(lines)") }
        }
    }

    @Test("loses nothing that a pool can do")
    func losesNothing() throws {
        for (option, _) in Self.translated where !option.contains("PORT") {
            let notes = Sample.notes(try Sample.pool(option)).filter {
                !$0.hasPrefix("uid: not set")
            }
            #expect(notes == [], "\(option)")
        }
    }

    /// One option, and the beginning of what is said of it.
    private static let noted: [(option: String, note: String)] = [
        (#""max_memmory_restart": 1"#, "max_memmory_restart: PM2 has no such option (did you mean"),
        (#""frobnicate": true"#, "frobnicate: PM2 has no such option"),
        (#""out_file": "/var/log/x""#, "out_file: workers write to the journal"),
        (#""err": "/var/log/x""#, "error_file: workers write to the journal"),
        (#""pmx": true"#, "pmx: it measures inside"),
        (#""treekill": false"#, "treekill: what a worker has started always ends with it"),
        (#""env": { "LISTEN_FDS": 1 }"#, "env.LISTEN_FDS: not taken over: LISTEN_FDS is set by"),
        (#""env": { "a-b": 1 }"#, #"env.a-b: not taken over: "a-b" is not a variable's name"#),
        (#""env": { "A": {} }"#, "env.A: not taken over: expects a text"),
        (#""env": { "A": "\u0007" }"#, "env.A: not taken over: the value of A has a control"),
        (#""env": { "DB_PASSWORD": "x" }"#, "env.DB_PASSWORD: everybody may read this file"),
        (#""env_test": {}"#, "env_test: not asked for: --env test takes it"),
        (#""instances": "many""#, "instances: not taken over: expects a number, or max"),
        (#""kill_timeout": "soon""#, "kill_timeout: not taken over: expects a number of"),
        (#""max_memory_restart": "1K""#, "max_memory_restart: not taken over: less than 1M"),
        (#""stop_exit_codes": [300]"#, "stop_exit_codes: not taken over: expects numbers from 0"),
        (#""cron_restart": "0 3 L * *""#, #"cron_restart: not taken over: "L" is none of days"#),
        (#""watch": true"#, "watch: the directory is looked at, not what is below it"),
        (#""restart_delay": 1, "exp_backoff_restart_delay": 1"#, "restart_delay: exp_backoff"),
        (#""name": "my app""#, #"name: "my app" is the pool my-app"#),
        (#""interpreter": "deno""#, "interpreter: deno is not where services look for programs"),
        (#""interpreter": "deno", "wait_ready": true"#, "wait_ready: only programs on Node"),
        ("", "uid: not set: the pool runs as user martlet"),
    ]

    @Test("has the rest named, in the file and for whoever is there")
    func names() throws {
        for (option, expected) in Self.noted {
            let pool = try Sample.pool(option)
            let note = Sample.notes(pool).first { $0.hasPrefix(expected) }
            #expect(note != nil, "\(option): \(Sample.notes(pool))")
            if let note { #expect(pool.text.contains("\n# - \(note)\n")) }
        }
    }

    @Test("says of every option what becomes of it")
    func everyOption() throws {
        for option in EcosystemOption.allCases {
            let rows = EcosystemRow.all.filter { $0.options.contains(option) }
            #expect(rows.count == 1, "\(option)")
        }
    }

    @Test("needs a script and a place to listen")
    func refusals() throws {
        func refusal(_ options: String, script: String, listeners: [String]) -> String? {
            do {
                _ = try Sample.pool(options, script: script, listeners: listeners)
                return nil
            } catch {
                return (error as? EcosystemRefused)?.sentence
            }
        }
        let script = #""script": "server.js""#
        #expect(
            refusal("", script: script, listeners: [])?.contains("give --listen server=") == true)
        #expect(
            refusal(#""port": "x""#, script: script, listeners: [])?.contains("no number") == true)
        #expect(
            refusal("", script: #""name": "a""#, listeners: ["1"])?.contains("no script") == true)
        #expect(
            refusal(#""name": "é""#, script: script, listeners: ["1"])?.contains("no name") == true)
    }

    @Test("listens where its port is, or PORT in the environment that was asked for")
    func port() throws {
        let json = #""env": { "PORT": 1 }, "env_production": { "PORT": "2" }"#
        #expect(try Sample.pool(json, listeners: []).listeners == ["1"])
        let production = ImportCircumstances(environment: "production", directory: "/") { _ in nil }
        let pool = try Sample.pool(json, listeners: [], in: production)
        #expect(pool.listeners == ["2"])
        #expect(Sample.lines(pool).contains("Environment=PORT=2"))
        #expect(try Sample.pool(json, listeners: ["[::1]:3"]).listeners == ["[::1]:3"])
    }

    @Test("cannot write a line of its own by what its values have in them")
    func injection() throws {
        let evil = #"a\n[Service]\nUser=root\\"#
        for option in [
            "cwd", "uid", "interpreter", "args", "instance_var", "watch", "cron_restart",
        ] {
            let pool = try Sample.pool("\"\(option)\": \"\(evil)\"")
            #expect(!Sample.lines(pool).contains("User=root"), "\(option): \(pool.text)")
            for dropIn in pool.dropIns { #expect(!dropIn.text.contains("\nUser=root")) }
        }
        #expect(!(try Sample.pool("\"env\": { \"A\": \"\(evil)\" }")).text.contains("\nUser=root"))
        #expect(!(try Sample.pool("\"\(evil)\": 1")).text.contains("\nUser=root"))
    }

    @Test("that is not run by Node takes descriptor 3 and is ready when it runs")
    func otherPrograms() throws {
        let python = try Sample.pool("", script: #""script": "api.py""#)
        #expect(Sample.lines(python).contains("ExecStart=/usr/bin/python3 /srv/web/api.py"))
        #expect(Sample.lines(python).contains("Type=exec"))
        #expect(!python.text.contains("Protocol="))
        #expect(Sample.notes(python).contains { $0.contains("descriptor 3") })
        let binary = try Sample.pool(#""interpreter": "none""#, script: #""script": "./api""#)
        #expect(Sample.lines(binary).contains("ExecStart=/srv/web/api"))
        let package = try Sample.pool(#""args": "start""#, script: #""script": "npm""#)
        #expect(Sample.lines(package).contains("ExecStart=/usr/bin/npm start"))
        #expect(Sample.notes(package).contains { $0.contains("the program that npm runs") })
    }

    @Test("has a timer of its own for cron_restart, and a watch for watch")
    func units() throws {
        let pool = try Sample.pool(
            #""name": "web", "cron_restart": "0 3 * * *", "watch": ["lib", "/etc/x"]"#)
        #expect(pool.dropIns.map(\.unit) == ["martlet-reload@web.timer", "martlet-watch@web.path"])
        #expect(
            pool.dropIns.first?.text
                == """
                # cron_restart of PM2
                [Timer]
                OnCalendar=
                OnCalendar=*-*-* 03:00:00
                RandomizedDelaySec=0

                """)
        #expect(
            pool.dropIns.last?.text
                == """
                # watch of PM2
                [Path]
                PathChanged=
                PathChanged=/srv/web/lib
                PathChanged=/etc/x

                """)
        #expect(try Sample.pool(#""watch": false, "cron_restart": 0"#).dropIns == [])
    }
}
