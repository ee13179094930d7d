// The line that the kernel has for each process.

import Glibc

/// One reading of `/proc/PID/stat`, proc_pid_stat(5).
struct ProcessStat {
    /// Field 3 and those after it.
    private let fields: [Substring]

    /// `nil` if there is no such process, or it is hidden by `ProtectProc=`.
    static func read(pid: Int32) -> ProcessStat? {
        guard let bytes = try? FileSystem.readFile("/proc/\(pid)/stat", limit: 4_096) else {
            return nil
        }
        return ProcessStat(String(decoding: bytes, as: UTF8.self))
    }

    init?(_ line: String) {
        // The program's name is in parentheses and may have parentheses and spaces in it.
        guard let end = line.utf8.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        fields = line.utf8[line.utf8.index(after: end)...]
            .split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map(Substring.init)
    }

    /// - Parameter field: As the manual counts them, from 3 on.
    func number<Number: FixedWidthInteger>(_ field: Int) -> Number? {
        field - 3 < fields.count ? Number(fields[field - 3]) : nil
    }

    /// In clock ticks since the boot.
    var startTime: UInt64? { number(22) }

    var isZombie: Bool { fields.first == "Z" }

    /// How a zombie ended, in wait(2)'s encoding; 0 also for who may not know it.
    var exitStatus: Int32? { number(52) }
}
