import CLinux
import Glibc
import LinuxKernel
import TestSupport
import Testing

@testable import Systemd

@Suite("The journal", .timeLimit(.minutes(1)))
struct JournalTests {
    @Test("frames one line and several as the native protocol says")
    func framing() {
        let entry = Journal.entry([
            JournalField("MESSAGE", "two\nlines"), JournalField("PRIORITY", "6"),
            JournalField("EMPTY", ""), JournalField("MARTLET_REASON", "a=b"),
        ])
        var expected = Array("MESSAGE\n".utf8)
        expected += [9, 0, 0, 0, 0, 0, 0, 0]
        expected += Array("two\nlines\nPRIORITY=6\nEMPTY=\nMARTLET_REASON=a=b\n".utf8)
        #expect(entry == expected)
    }

    @Test(
        "knows the names that journald takes",
        arguments: [
            ("MESSAGE", true), ("A1_", true), ("_PID", false), ("1A", false), ("a", false),
            ("", false), ("A B", false), ("A=", false),
            (String(repeating: "A", count: 64), true), (String(repeating: "A", count: 65), false),
        ])
    func names(name: String, isValid: Bool) {
        #expect(JournalField.isValid(name) == isValid)
    }

    @Test("gets an entry as one message")
    func small() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/socket"
        let receiver = try DatagramSocket.bind(path: path)
        let journal = try Journal(path: path)
        #expect(journal.send([JournalField("MESSAGE", "hello")]) == .sent)
        #expect(try messages(receiver) == ["MESSAGE=hello\n"])
    }

    @Test("gets what no message holds as a sealed file")
    func large() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/socket"
        let receiver = try DatagramSocket.bind(path: path)
        let journal = try Journal(path: path)
        let text = String(repeating: "x", count: 20 << 20)
        #expect(journal.send([JournalField("MESSAGE", text)]) == .sent)

        var received = martlet_received()
        var numbers: [Int32] = [-1, -1]
        let length = martlet_receive(receiver.rawValue, nil, 0, &numbers, 2, &received)
        try #require(length == 0 && received.descriptor_count == 1)
        let file = FileDescriptor(owning: numbers[0])
        #expect(try file.status().size == Int64(text.utf8.count) + 9)
        let seals = fcntl(file.rawValue, 1034)  // F_GET_SEALS
        #expect(seals == 0b1111, "journald takes no file that may still change")
        var start = [UInt8](repeating: 0, count: 9)
        #expect(pread(file.rawValue, &start, 9, 0) == 9)
        #expect(start == Array("MESSAGE=x".utf8))
    }

    @Test("that is stopped drops entries at once, and takes them again when it goes on")
    func stopped() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/socket"
        let receiver = try DatagramSocket.bind(path: path)
        let journal = try Journal(path: path)
        let fields = [JournalField("MESSAGE", String(repeating: "x", count: 500))]
        var sent = 0
        while sent < 100_000, journal.send(fields) == .sent { sent += 1 }
        #expect((1..<100_000).contains(sent))
        #expect(journal.send(fields) == .dropped)
        let large = [JournalField("MESSAGE", String(repeating: "x", count: 20 << 20))]
        #expect(journal.send(large) == .dropped)
        #expect(try messages(receiver).count == sent)
        #expect(journal.send(fields) == .sent)
    }

    @Test("is absent before it starts, and found anew when it was restarted")
    func restarted() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/socket"
        let journal = try Journal(path: path)
        let fields = [JournalField("MESSAGE", "hello")]
        #expect(journal.send(fields) == .absent)
        for _ in 0..<2 {
            var receiver: SharedDescriptor?
            #expect(
                try eventually {
                    receiver = try? SharedDescriptor(DatagramSocket.bind(path: path))
                    return receiver != nil
                })
            #expect(journal.send(fields) == .sent)
            #expect(try messages(try #require(receiver).descriptor).count == 1)
        }
        #expect(try eventually { journal.send(fields) == .absent })
    }

    @Test("is known to be behind standard error by the device and inode in $JOURNAL_STREAM")
    func connected() throws {
        let file = SharedDescriptor(
            FileDescriptor(owning: open("/dev/null", O_WRONLY | O_CLOEXEC)))
        let variable = Journal.streamVariable(for: file.descriptor)
        let value = try #require(variable)
        for (variable, expected) in [(value, true), (value + "0", false), ("", false)] {
            let probe = try runProbe("standard-error") { request in
                request.standardError = file
                request.environment += ["JOURNAL_STREAM=\(variable)"]
            }
            #expect(probe.output == ["journal \(expected)"], "\(variable)")
        }
    }

    @Test(
        "opens a stream with a name of its own for each worker",
        .enabled(
            if: geteuid() == 0 && access("/run/systemd", F_OK) == 0,
            "needs root, to play journald in a mount namespace"))
    func stream() throws {
        let script =
            "mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/journal && exec \"$0\" stream"
        var request = LaunchRequest(
            executable: "/usr/bin/unshare",
            arguments: ["unshare", "-m", "/bin/sh", "-c", script, try probeRequest([]).executable])
        request.environment = OwnProcess.environment
        let probe = try runLines(request)
        // Identifier, unit, priority, level prefix, and three kinds of forwarding; then the line.
        #expect(
            probe.output == [
                "absent ENOENT", "close-on-exec true", "web/0", "5", "1", "0", "0", "0", "<3>hello",
            ])
        #expect(probe.exit == .exited(0))
    }
}
