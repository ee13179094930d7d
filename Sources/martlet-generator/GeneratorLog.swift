// What the generator says, one line each.
// systemd runs generators with standard error on /dev/null and, early in a boot, without a journald:
// then the kernel's log is the way into the journal, as systemd.generator(7) says. At a daemon-reload
// journald is there, and /dev/kmsg may not be (in a container), so it is asked first, without waiting.

import Glibc
import LinuxKernel
import PoolConfiguration
import Systemd

struct GeneratorLog {
    /// The MESSAGE_ID of a refused configuration, whose catalog entry says what to do next.
    private static let configurationRefused = "fdbbf663bd594d83982b3c532a575c52"

    private let journal: Journal?
    private let isRunBySystemd: Bool

    init() {
        // Set for generators from systemd 251 on.
        isRunBySystemd = OwnProcess.variable("SYSTEMD_SCOPE") != nil
        journal = isRunBySystemd ? try? Journal() : nil
    }

    /// Says what is wrong, to the journal under the pool's unit, and to whoever runs this by hand.
    func error(_ sentence: String, pool: String? = nil) {
        write("<3>martlet-generator: \(sentence)\n", to: STDERR_FILENO)
        guard isRunBySystemd else { return }
        var fields = [
            JournalField("MESSAGE", sentence), JournalField("PRIORITY", "3"),
            JournalField("SYSLOG_IDENTIFIER", "martlet-generator"),
        ]
        if let pool {
            // From root, it puts the entry under `journalctl -u` of the pool.
            fields.append(JournalField("OBJECT_SYSTEMD_UNIT", "martlet@\(pool).service"))
            fields.append(JournalField("MARTLET_POOL", pool))
            fields.append(JournalField("MARTLET_REASON", sentence))
            fields.append(JournalField("MESSAGE_ID", Self.configurationRefused))
        }
        if journal?.send(fields) == .sent { return }
        writeToKernelLog("<3>martlet-generator[\(getpid())]: \(sentence)\n")
    }

    private func writeToKernelLog(_ line: String) {
        let path = "/dev/kmsg"
        // A container may have none, or a plain file that somebody made by writing to it.
        guard let status = try? FileSystem.status(of: path), status.kind == .other else { return }
        let log = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard log >= 0 else { return }
        write(line, to: log)
        close(log)
    }

    /// A log that can't be written to is no reason to fail, and there is nobody to tell.
    private func write(_ line: String, to descriptor: Int32) {
        let bytes = Array(line.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
