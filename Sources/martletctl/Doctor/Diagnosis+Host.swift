// The machine that pools run on.

extension Diagnosis {
    /// The first release that the units are written for: that of Debian 12.
    static let firstRelease = 252

    mutating func lookAtHost() {
        for problem in host.problems {
            add(.error, "configuration", problem.description, fix: "rename, mend or remove it")
        }
        guard let release = host.systemdRelease else {
            add(
                .note, "systemd",
                "systemd does not run here, so units, the journal and sockets were not looked at")
            return
        }
        if release < Self.firstRelease {
            add(
                .error, "systemd",
                "systemd \(release) is older than \(Self.firstRelease), the first that pools are "
                    + "tested with",
                fix: "upgrade to Debian 12, Ubuntu 24.04 or later")
        }
        if host.keepsJournal == false {
            add(
                .note, "journal",
                "the journal is kept in memory alone: after a reboot nothing tells what happened",
                fix: "mkdir -p /var/log/journal && systemctl restart systemd-journald")
        }
        if host.hasGroup == false {
            add(
                .warning, "group", "there is no group martlet, whose members may ask pools",
                fix: "systemd-sysusers martlet.conf")
        }
    }
}
