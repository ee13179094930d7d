// The units of a pool as systemd has them: there, current, up, and with what readiness, reloads and
// the watchdog rest on.

extension Diagnosis {
    mutating func lookAtUnits(_ facts: PoolFacts) {
        let pool = facts.pool
        guard let service = facts.service, let socket = facts.socket else {
            if host.systemdRelease != nil {
                add(
                    .warning, "units",
                    "systemd did not tell of the units of \(pool), so they were not looked at",
                    fix: "systemctl status martlet@\(pool).service martlet@\(pool).socket")
            }
            return
        }
        let areLoaded = [("service", service), ("socket", socket)].allSatisfy { kind, unit in
            isLoaded("martlet@\(pool).\(kind)", unit)
        }
        guard areLoaded else { return }
        lookAtCurrency(facts, service, socket)
        lookAtSocket(pool, socket)
        lookAtState(pool, service)
        lookAtReadiness(pool, service)
        lookAtSurvival(facts, service)
        lookAtEnds(pool, service, socket)
        if facts.hasUser == false {
            let user = service["User"]
            add(
                .error, "user", "there is no user \(user), whom the workers of \(pool) run as",
                fix: "adduser --system --group \(user)")
        }
        lookAtPrivileges(pool, service)
    }

    private mutating func isLoaded(_ name: String, _ unit: UnitProperties) -> Bool {
        switch unit["LoadState"] {
        case "loaded": return true
        case "masked": add(.error, "units", "\(name) is masked", fix: "systemctl unmask \(name)")
        case "not-found":
            add(
                .error, "units", "systemd does not know \(name)",
                fix: "install the package martlet, then: systemctl daemon-reload")
        case let state:
            add(
                .error, "units",
                "systemd refuses \(name)\(state.isEmpty ? "" : " (\(state))"): perhaps it has not "
                    + "read the pool's file yet",
                fix: "systemctl daemon-reload && systemctl status \(name)")
        }
        return false
    }

    private mutating func lookAtCurrency(
        _ facts: PoolFacts, _ service: UnitProperties, _ socket: UnitProperties
    ) {
        if let written = facts.writtenDropIns, written != facts.wantedDropIns {
            add(
                .warning, "units-old",
                "[Unit], [Socket] or [Service] has changed since systemd read it",
                fix: "systemctl daemon-reload, and for [Socket] also: "
                    + "systemctl restart martlet@\(facts.pool).socket")
        } else if service["NeedDaemonReload"] == "yes" || socket["NeedDaemonReload"] == "yes" {
            add(
                .warning, "units-old", "a unit or a drop-in has changed since systemd read it",
                fix: "systemctl daemon-reload")
        }
    }

    private mutating func lookAtSocket(_ pool: String, _ socket: UnitProperties) {
        let name = "martlet@\(pool).socket"
        switch socket["ActiveState"] {
        case "active": break
        case "failed":
            add(
                .error, "socket", "\(name) has failed: clients are refused",
                fix: "journalctl -u \(name) -e; then: systemctl start \(name)")
        default:
            add(
                .warning, "socket", "\(name) is not up: clients are refused",
                fix: "systemctl start \(name)")
        }
        if socket["UnitFileState"] == "disabled" {
            add(
                .warning, "socket-enabled", "\(name) is not enabled: after a boot nobody listens",
                fix: "systemctl enable \(name)")
        }
    }

    private mutating func lookAtState(_ pool: String, _ service: UnitProperties) {
        let fix = "martletctl logs -n 50 \(pool)"
        let result = service["Result"]
        let why = result.isEmpty || result == "success" ? "" : " (\(result))"
        if service["ActiveState"] == "failed" {
            add(.error, "service", "martlet@\(pool).service has failed\(why)", fix: fix)
        } else if service["SubState"] == "auto-restart" {
            add(
                .error, "service",
                "martlet@\(pool).service can't start and is tried again and again\(why)", fix: fix)
        }
    }

    private mutating func lookAtReadiness(_ pool: String, _ service: UnitProperties) {
        if service["Type"] != "notify" {
            change(
                .error, "readiness", service, "Type", wanted: "notify",
                "nobody waits until workers are ready")
        }
        if service["NotifyAccess"] != "main" {
            change(
                service["NotifyAccess"] == "none" ? .error : .warning, "readiness", service,
                "NotifyAccess", wanted: "main", "only the master may speak for the pool")
        }
        if !service["ExecStart"].contains("/martletd ") {
            add(
                .error, "command", "martlet@\(pool).service does not run martletd",
                fix: removal(of: "ExecStart"))
        }
        if !service["ExecReload"].contains("/martletctl ") {
            add(
                .warning, "command",
                "martlet@\(pool).service reloads with something else than martletctl, so that "
                    + "systemctl reload has no verdict",
                fix: removal(of: "ExecReload"))
        }
        // Of a service that does not run systemd tells what held when it did.
        if service["ActiveState"] == "active", ["0", "infinity"].contains(service["WatchdogUSec"]) {
            add(
                .warning, "watchdog",
                "martlet@\(pool).service has no WatchdogSec=: a master that hangs is not replaced",
                fix: removal(of: "WatchdogSec"))
        }
    }

    private mutating func lookAtEnds(
        _ pool: String, _ service: UnitProperties, _ socket: UnitProperties
    ) {
        if service["Delegate"] == "no" {
            change(
                .warning, "delegation", service, "Delegate", wanted: "yes",
                "what a worker leaves behind is not found by its control group")
        }
        if service["Restart"] == "no" {
            change(
                .warning, "restart", service, "Restart", wanted: "on-failure",
                "after a crash the pool is away until the next client")
        }
        if !["0", ""].contains(service["StartLimitIntervalUSec"]) {
            add(
                .warning, "start-limit",
                "martlet@\(pool).service has a start limit: when it is hit the socket goes down "
                    + "and clients are refused",
                fix: "StartLimitIntervalSec=0 in [Unit] of the pool's file")
        }
        if !["0", ""].contains(socket["TriggerLimitIntervalUSec"]) {
            add(
                .warning, "start-limit",
                "martlet@\(pool).socket has a trigger limit: when it is hit clients are refused",
                fix: "TriggerLimitIntervalSec=0 in [Socket] of the pool's file")
        }
    }

    private mutating func lookAtPrivileges(_ pool: String, _ service: UnitProperties) {
        if ["root", "0"].contains(service["User"]) {
            add(
                .warning, "privileges", "the workers of \(pool) run as root",
                fix: "User= in [Service] of the pool's file")
        }
        let open = ["NoNewPrivileges", "ProtectSystem", "PrivateTmp"].filter {
            service[$0] == "no"
        }
        if !open.isEmpty {
            add(
                .note, "sandbox",
                "the sandbox of \(pool) is opened: "
                    + open.map { "\($0)=no" }.joined(separator: ", "),
                fix: "see: systemctl cat martlet@\(pool).service")
        }
    }

    mutating func change(
        _ level: Finding.Level, _ check: String, _ unit: UnitProperties, _ name: String,
        wanted: String, _ consequence: String
    ) {
        add(
            level, check, "\(unit["Id"]) has \(name)=\(unit[name]): \(consequence)",
            fix: "\(removal(of: name)), so that it is \(wanted) again")
    }

    func removal(of name: String) -> String {
        "take \(name)= out of the drop-ins of the unit"
    }
}
