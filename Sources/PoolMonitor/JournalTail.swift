// The end of a journal as it grows, by a journalctl(1) of its own: libsystemd and what it loads
// would cost each martletctl its start.
// Invariant: the child ends with us, and whatever it writes is lines without an end to wait for.

import Glibc
import LinuxKernel
import PoolWire

final class JournalTail {
    let subject: JournalSubject
    let output: SharedDescriptor
    let complaints: SharedDescriptor
    private let child: ChildProcess
    private var rest: [UInt8] = []
    private var said = ""

    /// Cut there: no line that is longer says more on a screen.
    private static let longestLine = 4_096

    /// - Throws: ENOENT if there is no journalctl here; whatever a launch may meet.
    init(_ subject: JournalSubject) throws(SystemError) {
        self.subject = subject
        guard let path = try Executable.find("journalctl") else {
            throw SystemError(code: ENOENT, operation: "find journalctl")
        }
        let (output, outputEnd) = try Pipe.make()
        let (complaints, complaintsEnd) = try Pipe.make()
        var request = LaunchRequest(
            executable: path, arguments: ["journalctl"] + Self.arguments(subject))
        request.environment = Self.environment
        request.standardOutput = outputEnd
        request.standardError = complaintsEnd
        request.parentDeathSignal = SIGKILL
        child = try ChildProcess.launch(request)
        self.output = output
        self.complaints = complaints
    }

    /// Ends the child. It is reaped by ``isGone()``.
    func end() { _ = try? child.signal(SIGKILL) }

    /// Whether it has ended and is forgotten.
    func isGone() -> Bool { (try? child.reap()) != nil }

    /// Of a slot its own lines, and what the master says of it.
    static func arguments(_ subject: JournalSubject) -> [String] {
        let unit = "martlet@\(subject.pool).service"
        let options = [
            "--follow", "--lines=\(JournalText.mostLines)", "--output=short", "--no-hostname",
            "--no-pager",
        ]
        guard let slot = subject.slot else { return options + ["--unit=\(unit)"] }
        let name = slot < 0 ? "agent" : "\(slot)"
        return options + [
            "_SYSTEMD_UNIT=\(unit)", "SYSLOG_IDENTIFIER=\(subject.pool)/\(name)", "+",
            "_SYSTEMD_UNIT=\(unit)", "MARTLET_POOL=\(subject.pool)", "MARTLET_WORKER=\(name)",
        ]
    }

    /// Nothing that would have it colour or page; times in the user's zone.
    private static var environment: [String] {
        let kept = ["TZ", "PATH"].compactMap { name in
            OwnProcess.variable(name).map { "\(name)=\($0)" }
        }
        return kept + ["LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0", "SYSTEMD_URLIFY=0"]
    }
}

// MARK: What it says

extension JournalTail {
    enum Reading {
        case lines([String])
        case nothing
        case ended
    }

    /// Lines that have come.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
        switch try? output.descriptor.read(into: buffer) {
        case .bytes(let count): return .lines(take(buffer[..<count]))
        case .wouldBlock: return .nothing
        case .closed, nil: return .ended
        }
    }

    /// Why there is nothing, or not all, to be seen; `nil` once it has said all it has to.
    func readComplaint(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
        switch try? complaints.descriptor.read(into: buffer) {
        case .bytes(let count):
            if said.utf8.count < Self.longestLine {
                said += String(decoding: buffer[..<count], as: UTF8.self)
            }
            return .lines([])
        case .wouldBlock: return .nothing
        case .closed, nil: return .ended
        }
    }

    /// In one line.
    var trouble: String? {
        guard !said.isEmpty else { return nil }
        if said.contains("not seeing messages") || said.contains("insufficient permissions") {
            return "you may not read all of this journal: be root, or in the group systemd-journal"
        }
        return said.split(separator: "\n").first.map { "journalctl: \($0)" }
    }

    private func take(_ bytes: UnsafeMutableRawBufferPointer.SubSequence) -> [String] {
        rest += bytes
        var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let last = lines.removeLast()
        let whole = lines.suffix(JournalText.mostLines).map {
            String(decoding: $0.prefix(Self.longestLine), as: UTF8.self)
        }
        rest = Array(last.prefix(Self.longestLine))
        return whole
    }
}
