// [Unit], [Socket] and [Service]: handed on word for word, with a few refusals.

import Testing

@testable import PoolConfiguration

@Suite struct HandedOnTests {
    private func lines(_ text: String) throws -> [String] {
        try load(text + "\n" + leastPool).handedOn.map { "[\($0.section.rawValue)] \($0.text)" }
    }

    @Test("lines go through as they are, with their quotes, escapes and specifiers")
    func verbatim() throws {
        #expect(
            try lines(
                #"""
                [Unit]
                Description = The web at %i, 100%%
                [Service]
                Environment="A=b c" \
                # comment
                  D=\x41
                X-Anything=$FOO ; # yes
                LimitNOFILE=
                """#) == [
                    "[Unit] Description=The web at %i, 100%%",
                    #"[Service] Environment="A=b c"    D=\x41"#,
                    "[Service] X-Anything=$FOO ; # yes", "[Service] LimitNOFILE=",
                    "[Socket] ListenStream=8000",
                ])
    }

    @Test("a backslash at a value's end can't swallow the next line")
    func trailingBackslash() throws {
        #expect(try lines("[Service]\nFoo=a \\ ").contains("[Service] Foo=a \\ "))
    }

    @Test(
        "what would break the pool is refused with where it belongs",
        arguments: [
            ("Service", "ExecStart=/bin/x", "the program's command belongs in [Worker] ExecStart="),
            ("Service", "ExecStart=", "the program's command belongs in [Worker] ExecStart="),
            (
                "Service", "ExecReload=/bin/x",
                "a reload is a rollout by martletd, as martlet@.service says"
            ),
            (
                "Service", "Type=simple",
                "how a worker says that it is ready belongs in [Worker] Type="
            ),
            (
                "Service", "NotifyAccess=all",
                "martletd speaks to systemd itself, as martlet@.service says"
            ),
            (
                "Service", "BusName=a.b",
                "martletd speaks to systemd itself, as martlet@.service says"
            ),
            (
                "Service", "PIDFile=/x",
                "martletd speaks to systemd itself, as martlet@.service says"
            ),
            ("Service", "Sockets=x.socket", "the pool's sockets belong in [Socket]"),
            ("Service", "RemainAfterExit=yes", "a pool without its master is not active"),
            (
                "Service", "KillMode=process",
                "how a worker is stopped belongs in [Worker] KillSignal= and TimeoutStopSec="
            ),
            (
                "Service", "StandardInput=socket",
                "sockets are passed to workers as descriptors from 3 on, not as standard input"
            ),
            ("Service", "Foo Bar=1", "this is no directive's name"),
            (
                "Socket", "Accept=yes",
                "a pool accepts connections itself: a process for each connection is no pool"
            ),
            (
                "Socket", "Accept=TRUE",
                "a pool accepts connections itself: a process for each connection is no pool"
            ),
            ("Socket", "Accept=maybe", "expects yes or no"),
            ("Socket", "Service=x.service", "martlet@.socket names its service itself"),
            ("Socket", "ListenFIFO=/x", "a pool of workers can't share this kind of socket"),
            ("Socket", "ListenSpecial=/x", "a pool of workers can't share this kind of socket"),
            ("Socket", "ListenNetlink=x", "a pool of workers can't share this kind of socket"),
            (
                "Socket", "ListenMessageQueue=/x",
                "a pool of workers can't share this kind of socket"
            ),
            ("Socket", "ListenUSBFunction=/x", "a pool of workers can't share this kind of socket"),
            (
                "Socket", "FileDescriptorName=martlet.worker.0.1",
                "names that begin with \"martlet.\" are those under which the master keeps its "
                    + "workers in systemd's store: choose another one"
            ),
        ])
    func refusals(section: String, line: String, reason: String) {
        #expect(
            problems(leastPool + "[\(section)]\n\(line)\n") == [
                "web.conf:6: [\(section)] \(line): \(reason)"
            ])
    }

    @Test("what only looks like it goes through")
    func neighbours() throws {
        let text =
            "[Service]\nExecStartPre=/bin/x\nExecStartPost=/bin/x\nRestart=no\nPrivatePIDs=no\nStandardInput=null\n[Socket]\nAccept=no\nAccept=\nFileDescriptorName=martlet\nFileDescriptorName="
        #expect(try lines(text).count == 10)
    }

    @Test("listeners are counted as systemd does: any empty Listen…= forgets all before it")
    func listeners() throws {
        let settings = try load(
            "[Socket]\nListenStream=1\nListenDatagram=2\nListenSequentialPacket=\nListenStream=[::1]:80\nListenDatagram=@x\n"
                + "ListenSequentialPacket=/run/%i\n[Worker]\nExecStart=/b\n")
        #expect(settings.listeners.map(\.address) == ["[::1]:80", "@x", "/run/%i"])
        #expect(settings.listeners.map(\.kind) == [.stream, .datagram, .sequentialPacket])
        #expect(settings.listeners[0].origin.description == "/etc/martlet/web.conf:5")
    }

    @Test("a pool without a socket is refused")
    func noSocket() {
        let worker = "[Worker]\nExecStart=/b\n"
        let missing =
            "web.conf: [Socket] a pool needs at least one of ListenStream=, ListenDatagram=, ListenSequentialPacket="
        #expect(problems(worker) == [missing])
        #expect(problems("[Socket]\nBacklog=8\n" + worker) == [missing])
        #expect(problems("[Socket]\nListenStream=8000\nListenStream=\n" + worker) == [missing])
    }
}
