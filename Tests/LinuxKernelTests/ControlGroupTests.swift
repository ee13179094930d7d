import CLinux
import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

/// A group for one test below this process's own, removed at its end.
private final class TestGroup {
    let group: ControlGroup

    static let isAvailable: Bool = {
        guard let own = try? ControlGroupHierarchy.find().openOwn(),
            let probe = try? own.makeChild("martlet-test.\(getpid()).probe")
        else { return false }
        return (try? probe.remove()) ?? false
    }()

    nonisolated(unsafe) private static var made = 0

    init() throws {
        let own = try ControlGroupHierarchy.find().openOwn()
        Self.made += 1
        group = try own.makeChild("martlet-test.\(getpid()).\(Self.made)")
    }

    deinit {
        try? group.kill()
        try? awaitEmpty(group)
        _ = try? group.remove()
    }
}

private func awaitEmpty(_ group: ControlGroup) throws {
    let events = try group.openEvents()
    // The first look at the file arms the event.
    while try group.isPopulated() { _ = try awaitEvents(events, .priority) }
}

@Suite(
    "A control group", .serialized, .timeLimit(.minutes(1)),
    .enabled(if: TestGroup.isAvailable, "needs a cgroup v2 that this process may make groups in"))
struct ControlGroupTests {
    @Test("is where the process is born", arguments: [false, true])
    func birth(legacy: Bool) throws {
        let test = try TestGroup()
        let worker = try test.group.makeChild("worker")
        var request = shell("grep ^0:: /proc/self/cgroup")
        request.controlGroup = worker
        request.forcesLegacyClone = legacy
        let (output, exit) = try run(request)
        #expect(exit == .exited(0))
        #expect(output.hasSuffix("/worker\n"), "\(output)")
        try awaitEmpty(worker)
        #expect(try worker.remove())
    }

    @Test("finds the groups in it by their names, as a new master does, and no other file")
    func children() throws {
        let test = try TestGroup()
        #expect(try test.group.childNames() == [])
        for name in ["worker-2", "worker-10", "agent-3"] { _ = try test.group.makeChild(name) }
        #expect(try test.group.childNames() == ["agent-3", "worker-10", "worker-2"])
        let found = try #require(try test.group.open(child: "worker-2"))
        #expect(found.name == "worker-2")
        #expect(found.path == "\(test.group.path)/worker-2")
        #expect(try !found.isPopulated())
        #expect(try test.group.open(child: "worker-1") == nil)
        #expect(try test.group.open(child: "cgroup.procs") == nil)
        for name in ["", ".", "..", "worker-2/x", "/"] {
            #expect(throws: SystemError.self) { try test.group.open(child: name) }
        }
        #expect(try found.remove())
        #expect(try test.group.childNames() == ["agent-3", "worker-10"])
    }

    @Test("takes a process under a seccomp filter without clone3")
    func birthWithoutClone3() throws {
        let test = try TestGroup()
        let (output, exit) = try run(try probe("without-clone3", test.group.path))
        #expect(exit == .exited(0))
        #expect(output.contains("/worker\n"))
        #expect(output.hasSuffix("removed true\n"))
    }

    @Test(
        "that is gone fails the launch, either at the clone or in the child",
        arguments: [false, true])
    func removedBeforeBirth(legacy: Bool) throws {
        let test = try TestGroup()
        let worker = try test.group.makeChild("worker")
        #expect(try worker.remove())
        var request = shell("exit 0")
        request.controlGroup = worker
        request.forcesLegacyClone = legacy
        do throws(SystemError) {
            let child = try ChildProcess.launch(request)
            guard case .failed(.controlGroup, let error)? = try? child.awaitVerdict() else {
                Issue.record("the launch went through")
                return
            }
            #expect(legacy && error.code == ENOENT)
            #expect((try? child.awaitExit()) == .exited(219))
        } catch {
            #expect(!legacy)
            #expect([ENOENT, ENODEV].contains(error.code))
        }
    }

    @Test(
        "dies as a whole, with those that left its session and process group",
        arguments: [false, true])
    func kill(oneByOne: Bool) throws {
        let test = try TestGroup()
        let worker = try test.group.makeChild("worker")
        var pipe = try Pipe()
        var request = shell(
            "trap '' TERM; for n in 1 2 3 4 5; do setsid sh -c 'sleep 1000 & sleep 1000' & done; "
                + "echo started; wait")
        request.controlGroup = worker
        request.standardOutput = pipe.writeEnd
        let child = try ChildProcess.launch(request)
        request.standardOutput = nil
        pipe.writeEnd = nil
        #expect(try read(pipe.readEnd.descriptor, until: "started\n") == "started\n")
        #expect(try worker.isPopulated())
        #expect(throws: SystemError.self) { try worker.remove() }

        if oneByOne { try worker.killEachProcess() } else { try worker.kill() }
        #expect(try read(pipe.readEnd.descriptor) == "", "only their deaths close the pipe")
        #expect(try child.awaitExit() == .signaled(SIGKILL, coreDumped: false))
        try awaitEmpty(worker)
        #expect(try worker.processes() == [])
        #expect(try worker.remove())
    }

    @Test("is removed with the groups that were made inside of it, and only once")
    func nested() throws {
        let test = try TestGroup()
        let worker = try test.group.makeChild("worker")
        let inner = try worker.makeChild("a").makeChild("b")
        _ = try worker.makeChild("c")
        #expect(try worker.remove())
        #expect(try worker.remove() == false)
        #expect(try FileSystem.status(of: inner.path) == nil)
        #expect(try worker.isPopulated() == false)
        #expect(try inner.isPopulated() == false)
        #expect(throws: SystemError.self) { try worker.makeChild("d") }
    }

    @Test("takes the place of an empty one of its name, and refuses that of one lived in")
    func replacing() throws {
        let test = try TestGroup()
        _ = try test.group.makeChild("worker").makeChild("left")
        let worker = try test.group.makeChild("worker")
        #expect(try FileSystem.status(of: "\(worker.path)/left") == nil)

        let gate = try Pipe()
        var request = shell("read line <&3")
        request.descriptors = [gate.readEnd]
        request.controlGroup = worker
        let child = try ChildProcess.launch(request)
        #expect(try child.awaitVerdict() == .executed)
        do throws(SystemError) {
            _ = try test.group.makeChild("worker")
            Issue.record("a group lived in was replaced")
        } catch {
            #expect(error.code == EBUSY)
        }
        try worker.kill()
        _ = try child.awaitExit()
        try awaitEmpty(worker)
    }
}

@Suite("The control group hierarchy")
struct ControlGroupHierarchyTests {
    @Test("is found by the line of version 2 among those of version 1")
    func names() {
        let hybrid = "9:name=systemd:/a\n4:memory:/b\n0::/system.slice/martlet@web.service\n"
        #expect(
            ControlGroupHierarchy.unifiedName(in: hybrid) == "/system.slice/martlet@web.service")
        #expect(ControlGroupHierarchy.unifiedName(in: "4:memory:/b\n") == nil)
    }

    @Test("reports a group that is not there")
    func missing() {
        #expect(
            throws: SystemError(code: ENOENT, operation: "open the control group /proc/nonexistent")
        ) {
            try ControlGroup.open(path: "/proc/nonexistent")
        }
    }
}

@Suite("The count of processors")
struct ProcessorCountTests {
    @Test(
        "reads a quota in processors",
        arguments: [
            ("max 100000\n", nil), ("150000 100000\n", 1.5), ("50000 100000\n", 0.5), ("", nil),
            ("0 100000", nil), ("nan 1", nil), ("1 0", nil), ("1", nil),
        ] as [(String, Double?)])
    func quota(text: String, expected: Double?) {
        #expect(ProcessorCount.quota(fromMaximum: text) == expected)
    }

    @Test("is the smaller of affinity and quota, rounded up, and never below one")
    func minimum() {
        #expect(ProcessorCount.available(affinity: 8, quota: nil) == 8)
        #expect(ProcessorCount.available(affinity: 8, quota: 1.5) == 2)
        #expect(ProcessorCount.available(affinity: 8, quota: 0.1) == 1)
        #expect(ProcessorCount.available(affinity: 2, quota: 1e300) == 2)
        #expect(ProcessorCount.available(affinity: 0, quota: nil) == 1)
    }

    @Test("takes the smallest quota on the whole way up")
    func wholePath() throws {
        let directory = try TemporaryDirectory()
        try FileSystem.makeDirectories("\(directory.path)/slice/unit")
        let quotas = ["": "400000 100000", "/slice": "200000 100000", "/slice/unit": "max 100000"]
        for (group, text) in quotas {
            try FileSystem.writeFile("\(directory.path)\(group)/cpu.max", Array(text.utf8))
        }
        func quota(_ name: String) -> Double? {
            ProcessorCount.quota(in: ControlGroupHierarchy(root: directory.path, ownName: name))
        }
        #expect(quota("/slice/unit") == 2)
        #expect(quota("/other") == 4)
        #expect(quota("/") == 4)
    }

    @Test("is what sched_getaffinity(2) allows here, at most")
    func here() throws {
        let count = try ProcessorCount.available()
        #expect((1...Int(sysconf(Int32(_SC_NPROCESSORS_CONF)))).contains(count))
    }
}
