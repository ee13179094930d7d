// What it rests on that workers outlive their master, and that nothing outlives the pool.

extension Diagnosis {
    mutating func lookAtSurvival(_ facts: PoolFacts, _ service: UnitProperties) {
        lookAtKillMode(service)
        lookAtAnchor(facts, service)
        if service["RuntimeDirectoryPreserve"] == "no" {
            change(
                .warning, "runtime-directory", service, "RuntimeDirectoryPreserve",
                wanted: "restart",
                "workers that outlive their master have lost their notify sockets")
        }
        if service["PrivatePIDs"] == "yes" {
            change(
                .warning, "private-pids", service, "PrivatePIDs", wanted: "no",
                "its master is the first process there, with which the kernel ends all others")
        }
        if !service["ExecStop"].contains("/before-stop ") {
            add(
                .warning, "command",
                "martlet@\(facts.pool).service does not run before-stop: a restart of it is a stop "
                    + "and a start, with new workers",
                fix: removal(of: "ExecStop"))
        }
    }

    private mutating func lookAtKillMode(_ service: UnitProperties) {
        switch service["KillMode"] {
        case "process": break
        case "none":
            change(
                .error, "kill-mode", service, "KillMode", wanted: "process",
                "a stop ends neither its master nor its workers")
        default:
            change(
                .warning, "kill-mode", service, "KillMode", wanted: "process",
                "its workers die with their master")
        }
    }

    private mutating func lookAtAnchor(_ facts: PoolFacts, _ service: UnitProperties) {
        guard let anchor = facts.anchor else { return }
        let name = "martlet-anchor@\(facts.pool).service"
        let consequence =
            "without it a stop may leave workers behind, and a crash empties their /tmp"
        let wanted = "\(service["Wants"]) \(service["Requires"])".split(separator: " ")
        if anchor["LoadState"] == "masked" {
            add(
                .warning, "anchor", "\(name) is masked: \(consequence)",
                fix: "systemctl unmask \(name)")
        } else if anchor["LoadState"] != "loaded" || !wanted.contains(Substring(name)) {
            add(
                .warning, "anchor",
                "martlet@\(facts.pool).service does not come with \(name): \(consequence)",
                fix: "see whether /etc/systemd/system has an older martlet@.service: "
                    + "systemctl cat martlet@\(facts.pool).service")
        } else if service["ActiveState"] == "active", anchor["ActiveState"] != "active" {
            add(
                .warning, "anchor", "\(name) is not up: \(consequence)",
                fix: "systemctl restart martlet@\(facts.pool).service")
        }
    }

    /// Three for each worker: its pidfd, its notify socket and its channel; and a few of the pool's.
    private static let storedOfWorker = 3
    private static let storedOfPool = 8

    /// - Parameter workers: As many as there may be at once.
    mutating func lookAtStore(_ facts: PoolFacts, _ workers: Int) {
        guard let service = facts.service, let most = Int(service["FileDescriptorStoreMax"]) else {
            return
        }
        let needed = Self.storedOfPool + Self.storedOfWorker * workers
        if most < needed {
            add(
                .warning, "descriptor-store",
                "martlet@\(facts.pool).service has FileDescriptorStoreMax=\(most), and \(workers) "
                    + "workers need \(needed): those beyond it die with their master",
                fix: removal(of: "FileDescriptorStoreMax")
                    + ", and systemctl restart martlet@\(facts.pool).service")
        } else if service["ActiveState"] == "active", service["NFileDescriptorStore"] == "0" {
            // As when there was no room for any when the master was started.
            add(
                .warning, "descriptor-store",
                "systemd keeps no descriptors of martlet@\(facts.pool).service: its workers die with "
                    + "their master",
                fix: "systemctl restart martlet@\(facts.pool).service")
        }
    }
}
