// What an application may say in PM2's ecosystem file, and what becomes of it: the table of
// docs/node.md, which a test compares with this one.
// Invariant: an option is translated, or has a reason for not being so.

/// By PM2's names; what has several is here by the one that PM2 documents.
package enum EcosystemOption: String, CaseIterable, Sendable {
    case script, args, interpreter, cwd, name, namespace, instances, env, port, treekill,
        autorestart
    case watch, time, uid, gid, username, autostart, force, pmx, vizion, automation, trace, v8, io
    case command, write, windowsHide
    case interpreterArgs = "interpreter_args"
    case namePrefix = "name_prefix"
    case execMode = "exec_mode"
    case instanceVar = "instance_var"
    case incrementVar = "increment_var"
    case filterEnv = "filter_env"
    case appendEnvToName = "append_env_to_name"
    case waitReady = "wait_ready"
    case listenTimeout = "listen_timeout"
    case killTimeout = "kill_timeout"
    case killRetryTime = "kill_retry_time"
    case shutdownWithMessage = "shutdown_with_message"
    case stopExitCodes = "stop_exit_codes"
    case maxRestarts = "max_restarts"
    case minUptime = "min_uptime"
    case restartDelay = "restart_delay"
    case expBackoffRestartDelay = "exp_backoff_restart_delay"
    case maxMemoryRestart = "max_memory_restart"
    case cronRestart = "cron_restart"
    case ignoreWatch = "ignore_watch"
    case watchDelay = "watch_delay"
    case watchOptions = "watch_options"
    case outFile = "out_file"
    case errorFile = "error_file"
    case logFile = "log_file"
    case mergeLogs = "merge_logs"
    case disableLogs = "disable_logs"
    case logType = "log_type"
    case logDateFormat = "log_date_format"
    case pidFile = "pid_file"
    case sourceMapSupport = "source_map_support"
    case disableSourceMapSupport = "disable_source_map_support"
    case disableTrace = "disable_trace"
    case eventLoopInspector = "event_loop_inspector"
    case deepMonitoring = "deep_monitoring"
    case installUrl = "install_url"
    case postUpdate = "post_update"

    private static let aliases: [String: EcosystemOption] = [
        "exec": .script, "exec_interpreter": .interpreter, "node_args": .interpreterArgs,
        "interpreterArgs": .interpreterArgs, "cron": .cronRestart, "user": .uid,
        "out": .outFile, "output": .outFile, "out_log": .outFile, "error": .errorFile,
        "err": .errorFile, "err_file": .errorFile, "err_log": .errorFile, "log": .logFile,
        "combine_logs": .mergeLogs, "pid": .pidFile, "execute_command": .command,
    ]

    init?(name: String) {
        guard let option = EcosystemOption(rawValue: name) ?? Self.aliases[name] else { return nil }
        self = option
    }

    /// For suggestions.
    static let names = allCases.map(\.rawValue) + aliases.keys.sorted()
}

/// A row of the table.
package struct EcosystemRow: Equatable, Sendable {
    package let options: [EcosystemOption]
    /// As the documentation has it, with its backticks.
    package let counterpart: String
    /// Whether the counterpart is no more than a reason.
    let isLost: Bool

    private init(_ options: EcosystemOption..., to counterpart: String) {
        (self.options, self.counterpart, isLost) = (options, counterpart, false)
    }

    private init(_ options: EcosystemOption..., lost reason: String) {
        (self.options, counterpart, isLost) = (options, "none: \(reason)", true)
    }

    /// Why an option is not taken over.
    var reason: String {
        String(
            String.UnicodeScalarView(counterpart.dropFirst(6).unicodeScalars.filter { $0 != "`" }))
    }

    package static let all: [EcosystemRow] = [
        EcosystemRow(
            .script, .args, .interpreter, .interpreterArgs, to: "`ExecStart=` under `[Worker]`"),
        EcosystemRow(.name, to: "the name of the file: `/etc/martlet/NAME.conf`"),
        EcosystemRow(.cwd, to: "`WorkingDirectory=`"),
        EcosystemRow(
            .instances, to: "`Workers=` under `[Pool]`: `4`, `-1`, and `auto` for `'max'`"),
        EcosystemRow(.execMode, to: "`Protocol=node` in both modes"),
        EcosystemRow(
            .env,
            to: "`Environment=`, with `env_production` if it is asked for; `EnvironmentFile=`"),
        EcosystemRow(.port, to: "`ListenStream=` under `[Socket]`, and `Environment=PORT=…`"),
        EcosystemRow(.filterEnv, to: "the environment is clean: what systemd gives to a unit"),
        EcosystemRow(.instanceVar, to: "`Environment=NAME=%w`"),
        EcosystemRow(.waitReady, to: "`ReadyMessage=yes`"),
        EcosystemRow(
            .listenTimeout,
            to: "`TimeoutStartSec=`; one that is not ready in time fails the reload, the old ones "
                + "serve on"),
        EcosystemRow(.killTimeout, to: "`TimeoutStopSec=`"),
        EcosystemRow(.shutdownWithMessage, to: "`ShutdownMessage=yes`"),
        EcosystemRow(.treekill, to: "always: descendants are found by their cgroup"),
        EcosystemRow(.autorestart, to: "`Restart=no` for `false`"),
        EcosystemRow(.stopExitCodes, to: "`RestartPreventExitStatus=`"),
        EcosystemRow(
            .maxRestarts, .minUptime,
            to: "`StartLimitBurst=` with `StartLimitIntervalSec=`, `RestartResetSec=`; a slot "
                + "rests and is tried again"),
        EcosystemRow(.restartDelay, to: "`RestartSec=` with `RestartSteps=0`"),
        EcosystemRow(
            .expBackoffRestartDelay,
            to: "`RestartSec=`, `RestartSteps=`, `RestartMaxDelaySec=15s`, `RestartResetSec=30s`"),
        EcosystemRow(.maxMemoryRestart, to: "`RecycleMemory=`: replaced, new first"),
        EcosystemRow(
            .cronRestart,
            to: "`martlet-reload@NAME.timer` with `OnCalendar=` in a drop-in; `RuntimeMaxSec=` for "
                + "a worker's age"),
        EcosystemRow(
            .watch,
            to: "`martlet-watch@NAME.path` with `PathChanged=` in a drop-in; for development "
                + "`martletd --watch DIR`"),
        EcosystemRow(.uid, .gid, to: "`User=`, `Group=` under `[Service]`"),
        EcosystemRow(
            .autostart, to: "`systemctl enable martlet@NAME.socket`, or `start` for `false`"),
        EcosystemRow(
            .outFile, .errorFile, .logFile, .mergeLogs, .disableLogs,
            lost: "workers write to the journal: `journalctl -t NAME/0`, `-u martlet@NAME`"),
        EcosystemRow(
            .logType, .logDateFormat, .time,
            lost: "the journal knows the time: `journalctl -o json`, `-o short-iso`"),
        EcosystemRow(
            .ignoreWatch, .watchDelay, .watchOptions,
            lost: "a path unit looks at a directory, not below it, and waits a second; "
                + "`martletd --watch-ignore PATTERN` for development"),
        EcosystemRow(.pidFile, lost: "systemd knows the pids: `systemctl status`"),
        EcosystemRow(.killRetryTime, lost: "the kernel tells when a process has ended"),
        EcosystemRow(
            .incrementVar,
            lost: "all workers share the pool's sockets; where a number is needed, `%w` is the "
                + "slot"),
        EcosystemRow(.namespace, lost: "`Slice=` under `[Service]` groups units"),
        EcosystemRow(
            .namePrefix, .appendEnvToName, lost: "`name` is the pool's name, in full"),
        EcosystemRow(.username, lost: "it is a word for people; `uid` is `User=`"),
        EcosystemRow(.force, lost: "one program may be in several pools, each with its own name"),
        EcosystemRow(
            .sourceMapSupport, .disableSourceMapSupport,
            lost: "it is Node's: `Environment=NODE_OPTIONS=--enable-source-maps`"),
        EcosystemRow(
            .pmx, .automation, .trace, .disableTrace, .v8, .eventLoopInspector,
            .deepMonitoring, .io,
            lost: "it measures inside of the program; `martletctl status` shows what is seen from "
                + "outside"),
        EcosystemRow(
            .vizion, .installUrl, .command, .write, .postUpdate,
            lost: "fetching and updating a program is not the pool's part"),
        EcosystemRow(.windowsHide, lost: "there are no windows"),
    ]

    static func of(_ option: EcosystemOption) -> EcosystemRow? {
        all.first { $0.options.contains(option) }
    }
}
