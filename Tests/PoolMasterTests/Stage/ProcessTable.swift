// The processes of this machine as /proc tells of them, proc(5).

import Glibc
import LinuxKernel

enum ProcessTable {
    struct Entry: CustomStringConvertible {
        let pid: Int32
        let command: String

        var description: String { "\(pid) (\(command))" }
    }

    /// Every process with this assignment in its environment: it came with the first program of a
    /// stage and reaches all descendants. Zombies have none, and are nobody's fault but the reaper's.
    static func find(_ assignment: String) -> [Entry] {
        let names = (try? FileSystem.listDirectory("/proc")) ?? nil ?? []
        return names.compactMap(Int32.init).filter { pid in
            strings("/proc/\(pid)/environ").contains(assignment)
        }.map { pid in
            Entry(pid: pid, command: strings("/proc/\(pid)/cmdline").joined(separator: " "))
        }
    }

    static func children(of pid: Int32) -> [Int32] {
        let text = (try? Files.read("/proc/\(pid)/task/\(pid)/children")) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
    }

    static func descriptors(of pid: Int32) -> [String] {
        let directory = "/proc/\(pid)/fd"
        return ((try? FileSystem.listDirectory(directory)) ?? nil ?? []).map { name in
            "\(name) \(Link.target("\(directory)/\(name)") ?? "?")"
        }
    }

    static func exists(_ pid: Int32) -> Bool {
        guard let text = try? Files.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")")
        else { return false }
        // A zombie is gone for all that matters but its parent.
        return !text[end...].hasPrefix(") Z")
    }

    /// Its own memory in KiB, without the pages of files.
    static func memory(of pid: Int32) -> Int {
        let text = (try? Files.read("/proc/\(pid)/status")) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
            ?? 0
    }

    static func wait(seconds: Int64, until condition: () throws -> Bool) throws -> Bool {
        let deadline = MonotonicClock.now() + seconds * 1_000_000_000
        while try !condition() {
            if MonotonicClock.now() > deadline { return false }
            usleep(1_000)
        }
        return true
    }

    private static func strings(_ path: String) -> [String] {
        guard let bytes = try? FileSystem.readFile(path, limit: 1 << 22) else { return [] }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}

enum Link {
    static func target(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            let count = readlink(path, buffer.baseAddress!, buffer.count)
            guard count > 0 else { return nil }
            return String(
                decoding: UnsafeRawBufferPointer(rebasing: buffer[..<count]), as: UTF8.self)
        }
    }
}

/// What the test process has open. Tests of one process run side by side, so each looks for what can
/// only be its own.
enum OpenDescriptors {
    struct Entry: CustomStringConvertible {
        let number: String
        let target: String

        var description: String { "\(number) \(target)" }

        /// For a pidfd: whose.
        var pidOfProcess: Int32? {
            guard target.contains("pidfd"),
                let text = try? Files.read("/proc/self/fdinfo/\(number)"),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Pid:") })
            else { return nil }
            return Int32(line.dropFirst(4).drop(while: \.isWhitespace))
        }
    }

    static var own: [Entry] {
        ((try? FileSystem.listDirectory("/proc/self/fd")) ?? nil ?? []).compactMap { name in
            Link.target("/proc/self/fd/\(name)").map { Entry(number: name, target: $0) }
        }
    }

    /// `socket:[INODE]` of every unix socket with a path there.
    static func socketsBound(below directories: [String]) -> Set<String> {
        let table = (try? Files.read("/proc/net/unix")) ?? ""
        var found: Set<String> = []
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 8, directories.contains(where: { fields[7].hasPrefix($0) }) else {
                continue
            }
            found.insert("socket:[\(fields[6])]")
        }
        return found
    }
}
