// What a process costs, for people who ask for a status: best effort, a moment's view.

import CLinux
import Glibc

package struct ProcessUsage: Equatable, Sendable {
    /// Since the process was started, by fork or clone; time asleep counts.
    package let uptimeNanoseconds: Int64
    /// Of all its threads, in user mode and in the kernel.
    package let processorNanoseconds: Int64
    /// Resident pages, shared ones included.
    package let residentBytes: Int64

    /// - Parameter pid: Of a child not yet reaped, as any other may be another process by now.
    /// - Returns: `nil` if it is gone, or hidden by `ProtectProc=`.
    ///
    /// The source is `/proc/PID/stat`, proc(5).
    package static func read(pid: Int32) -> ProcessUsage? {
        guard let bytes = try? FileSystem.readFile("/proc/\(pid)/stat", limit: 4_096) else {
            return nil
        }
        return ProcessUsage(
            stat: String(decoding: bytes, as: UTF8.self),
            uptime: MonotonicClock.read(CLOCK_BOOTTIME),
            ticksPerSecond: Int64(sysconf(Int32(_SC_CLK_TCK))),
            pageSize: Int64(sysconf(Int32(_SC_PAGESIZE))))
    }

    init?(stat: String, uptime: Int64, ticksPerSecond: Int64, pageSize: Int64) {
        guard let stat = ProcessStat(stat), ticksPerSecond > 0,
            let user: Int64 = stat.number(14), let system: Int64 = stat.number(15),
            let start: Int64 = stat.number(22), let pages: Int64 = stat.number(24)
        else { return nil }
        let nanosecondsPerTick = 1_000_000_000 / ticksPerSecond
        processorNanoseconds = (user &+ system) &* nanosecondsPerTick
        uptimeNanoseconds = max(0, uptime &- start &* nanosecondsPerTick)
        residentBytes = pages &* pageSize
    }
}
