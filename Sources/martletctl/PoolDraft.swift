// The file of a new pool, as `martletctl new` writes it: few lines, with a word on each.
// Invariant: a line that an option has made is known by its number, so that whoever complains about
// the line can name the option.

import PoolConfiguration

struct PoolDraft: Equatable {
    let pool: String
    let command: String
    let listeners: [String]
    var workers: String?
    var workerProtocol: String?
    var readiness: String?
    var user: String?
    var directory: String?

    private struct Line {
        let text: String
        /// Which asked for it.
        let option: String?

        init(_ text: String, _ option: String? = nil) {
            self.text = text
            self.option = option
        }
    }

    var text: String { lines.map { $0.text + "\n" }.joined() }

    /// The option that has made a line, counted from 1.
    func option(ofLine number: Int) -> String? {
        lines.indices.contains(number - 1) ? lines[number - 1].option : nil
    }

    private var lines: [Line] { head + socket + service + poolLines + worker }

    private var head: [Line] {
        [
            Line(
                "# The worker pool \(pool); martlet.conf(5) has all words. After a change of this"),
            Line(
                "# file: systemctl reload martlet@\(pool). What is changed in [Socket] or [Service]"
            ),
            Line(
                "# also needs: systemctl daemon-reload && systemctl restart martlet@\(pool).socket"),
        ]
    }

    private var socket: [Line] {
        [
            Line(""), Line("[Socket]"),
            Line("# Where clients connect to. systemd holds it open, whatever becomes of workers."),
        ] + listeners.map { Line("ListenStream=\($0)", "listen") }
    }

    private var service: [Line] {
        var lines: [Line] = []
        if let user {
            lines.append(Line("# Whom the master and its workers run as."))
            lines.append(Line("User=\(user)", "user"))
        }
        if isInHome {
            lines.append(Line("# The sandbox hides home directories, and the program is in one."))
            lines.append(Line("ProtectHome=read-only"))
        }
        return lines.isEmpty ? [] : [Line(""), Line("[Service]")] + lines
    }

    private var poolLines: [Line] {
        [
            Line(""), Line("[Pool]"),
            Line("# auto is one for each CPU; N, or -N for N fewer than that."),
            Line("Workers=\(workers ?? "auto")", "workers"),
            Line("# How workers are spoken to: systemd, as any service is; node, as by Node's"),
            Line("# cluster module; martlet, as by the Swift library."),
            Line("Protocol=\(spokenProtocol)", "protocol"),
        ]
    }

    private var worker: [Line] {
        let place = directory.map {
            [Line("# Where workers run."), Line("WorkingDirectory=\($0)", "directory")]
        }
        return [
            Line(""), Line("[Worker]"),
            Line("# One worker's command; %i is the pool, %w the worker's slot, from 0."),
            Line("ExecStart=\(command)", "exec"),
        ] + (place ?? []) + [
            Line(
                "# When a worker is ready: notify, when it says so (sd_notify(3), or by listening with"
            ),
            Line("# Protocol=node); exec, as soon as it runs."),
            Line("Type=\(readiness ?? "notify")", "type"),
            Line("# How long it may take to finish what it has begun before it is killed."),
            Line("TimeoutStopSec=10"),
        ]
    }

    /// What is not said is guessed by the program: one of Node listens by itself, which only works
    /// where Node's own protocol is spoken.
    private var spokenProtocol: String {
        if let workerProtocol { return workerProtocol }
        let program = command.split(separator: " ").first?.split(separator: "/").last ?? ""
        return ["node", "nodejs"].contains(program) ? "node" : "systemd"
    }

    private var isInHome: Bool {
        let places = ["/home/", "/root/"]
        let words = command.split(separator: " ").map(String.init) + (directory.map { [$0] } ?? [])
        return words.contains { word in places.contains { word.hasPrefix($0) } }
    }
}

/// The files of this machine, as they would be with a new one among them.
struct DraftedFiles<Files: ConfigurationSource>: ConfigurationSource {
    let path: String
    let text: String
    let files: Files

    func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]? {
        path == self.path ? Array(text.utf8) : try files.read(path)
    }

    func list(_ directory: String) throws(ConfigurationReadError) -> [String]? {
        try files.list(directory)
    }
}
