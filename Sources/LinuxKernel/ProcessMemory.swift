// How much memory a process, or a group of them, has for itself.

import CLinux
import Glibc

package enum ProcessMemory {
    /// Resident memory that belongs to this process alone: what it would give back if it ended,
    /// neither its program's code nor memory that is shared with others.
    ///
    /// - Parameter pid: Of a child not yet reaped, as any other may be another process by now.
    /// - Returns: Bytes; `nil` if it is gone, or hidden by `ProtectProc=`.
    ///
    /// The source is `/proc/PID/statm`, proc_pid_statm(5): resident pages without shared ones.
    package static func own(pid: Int32) -> UInt64? {
        guard let bytes = try? FileSystem.readFile("/proc/\(pid)/statm", limit: 256) else {
            return nil
        }
        return own(
            statm: String(decoding: bytes, as: UTF8.self),
            pageSize: UInt64(max(1, sysconf(Int32(_SC_PAGESIZE)))))
    }

    static func own(statm: String, pageSize: UInt64) -> UInt64? {
        let fields = statm.split(whereSeparator: \.isWhitespace).map { UInt64($0) }
        guard fields.count >= 3, let resident = fields[1], let shared = fields[2] else {
            return nil
        }
        let (bytes, overflow) = (resident - min(shared, resident))
            .multipliedReportingOverflow(by: pageSize)
        return overflow ? nil : bytes
    }
}

extension ControlGroup {
    /// What all its processes, and those of groups below it, have for themselves.
    ///
    /// - Returns: Bytes; `nil` if there is no process whose memory can be read.
    package func ownMemory() throws(SystemError) -> UInt64? {
        var sum: UInt64?
        try forEachGroup { group throws(SystemError) in
            for pid in try group.processes() {
                guard let own = ProcessMemory.own(pid: pid) else { continue }
                let (total, overflow) = (sum ?? 0).addingReportingOverflow(own)
                sum = overflow ? .max : total
            }
        }
        return sum
    }
}
