// Which files make up a pool, and what masks what.

import Testing

@testable import PoolConfiguration

@Suite struct PoolFilesTests {
    private func load(_ files: [String: String]) throws -> PoolSettings {
        try PoolSettings.load(pool: "web", from: MemorySource(files))
    }

    @Test("the administrator's file wins over the vendor's as a whole")
    func administratorWins() throws {
        let settings = try load([
            "/etc/martlet/web.conf": leastPool,
            "/usr/lib/martlet/web.conf": leastPool + "[Pool]\nWorkers=7\n",
        ])
        #expect(settings.workers == .auto)
        #expect(settings.files == ["/etc/martlet/web.conf"])
    }

    @Test("without an administrator's file the vendor's is read")
    func vendor() throws {
        #expect(
            try load(["/usr/lib/martlet/web.conf": leastPool]).files == [
                "/usr/lib/martlet/web.conf"
            ])
    }

    @Test(
        "drop-ins of both directories are read by name, the administrator's in place of its namesake"
    )
    func dropIns() throws {
        let settings = try load([
            "/usr/lib/martlet/web.conf": leastPool,
            "/usr/lib/martlet/web.conf.d/20-b.conf": "[Pool]\nWorkers=2\n",
            "/usr/lib/martlet/web.conf.d/10-a.conf": "[Pool]\nWorkers=9\n",
            "/etc/martlet/web.conf.d/10-a.conf": "[Pool]\nWorkers=1\nRolloutSurge=3\n",
            "/etc/martlet/web.conf.d/README": "not a drop-in",
            "/etc/martlet/web.conf.d/.hidden.conf": "not a drop-in",
            "/etc/martlet/web.conf.d/30.conf~": "not a drop-in",
            "/etc/martlet/webs.conf.d/10.conf": "another pool's",
        ])
        #expect(
            settings.files == [
                "/usr/lib/martlet/web.conf", "/etc/martlet/web.conf.d/10-a.conf",
                "/usr/lib/martlet/web.conf.d/20-b.conf",
            ])
        #expect(settings.workers == .fixed(2))
        #expect(settings.policy(availableProcessors: 1).rolloutSurge == 3)
    }

    @Test("an empty drop-in masks its namesake")
    func maskedDropIn() throws {
        let settings = try load([
            "/etc/martlet/web.conf": leastPool,
            "/usr/lib/martlet/web.conf.d/10-a.conf": "[Pool]\nWorkers=9\n",
            "/etc/martlet/web.conf.d/10-a.conf": "",
        ])
        #expect(settings.workers == .auto)
    }

    @Test("drop-ins are sorted by bytes")
    func order() throws {
        let settings = try load([
            "/etc/martlet/web.conf": leastPool,
            "/etc/martlet/web.conf.d/b.conf": "[Pool]\nWorkers=3\n",
            "/etc/martlet/web.conf.d/B.conf": "[Pool]\nWorkers=2\n",
            "/etc/martlet/web.conf.d/10.conf": "[Pool]\nWorkers=1\n",
        ])
        #expect(settings.workers == .fixed(3))
    }

    @Test("an empty file masks the pool with all its drop-ins")
    func maskedPool() {
        let files = [
            "/etc/martlet/web.conf": "", "/usr/lib/martlet/web.conf": leastPool,
            "/etc/martlet/web.conf.d/10.conf": leastPool,
        ]
        #expect(
            problems(MemorySource(files)) == ["web.conf: the pool is masked: this file is empty"])
    }

    @Test("a pool without a file is missing, not wrong")
    func missing() {
        let error = thrown(ConfigurationRefused.self) { try self.load([:]) }
        #expect(error?.isMissing == true)
        #expect(
            error?.description
                == "/etc/martlet/web.conf: no such file, and none in /usr/lib/martlet/web.conf")
    }

    @Test("a file that can't be read is not replaced by the vendor's")
    func unreadable() {
        var source = MemorySource(["/usr/lib/martlet/web.conf": leastPool])
        source.broken = ["/etc/martlet/web.conf"]
        let error = thrown(ConfigurationRefused.self) {
            try PoolSettings.load(pool: "web", from: source)
        }
        #expect(error?.isMissing == false)
        #expect(
            problems(source) == [
                "web.conf: could not open /etc/martlet/web.conf: Permission denied (EACCES)"
            ])
    }

    @Test("a directory of drop-ins or a drop-in that can't be read is a problem")
    func unreadableDropIns() {
        var source = MemorySource([
            "/etc/martlet/web.conf": leastPool, "/etc/martlet/web.conf.d/10.conf": "",
        ])
        source.broken = ["/etc/martlet/web.conf.d/10.conf", "/usr/lib/martlet/web.conf.d"]
        #expect(
            problems(source) == [
                "/usr/lib/martlet/web.conf.d: could not list /usr/lib/martlet/web.conf.d: Permission "
                    + "denied (EACCES)",
                "web.conf.d/10.conf: could not open /etc/martlet/web.conf.d/10.conf: Permission denied "
                    + "(EACCES)",
            ])
    }

    @Test("a drop-in that resets and sets the socket and the command replaces both")
    func replacingDropIn() throws {
        let settings = try load([
            "/etc/martlet/web.conf": leastPool,
            "/etc/martlet/web.conf.d/10.conf":
                "[Socket]\nListenStream=\nListenStream=9000\n[Worker]\nExecStart=\nExecStart=/b\n",
        ])
        #expect(settings.listeners.map(\.address) == ["9000"])
        #expect(settings.worker.command.written == "/b")
    }

    @Test("a file anywhere gives the pool its name and has its own drop-ins")
    func anyFile() throws {
        let source = MemorySource([
            "conf/shop.conf": leastPool, "conf/shop.conf.d/1.conf": "[Pool]\nWorkers=5\n",
            "/etc/martlet/shop.conf.d/2.conf": "[Pool]\nWorkers=6\n",
        ])
        let settings = try PoolSettings.load(file: "conf/shop.conf", from: source)
        #expect(settings.pool == "shop")
        #expect(settings.workers == .fixed(5))
    }

    @Test("a file of a pool's directory is read with all drop-ins of the pool")
    func standardFile() throws {
        let source = MemorySource([
            "/etc/martlet/shop.conf": leastPool,
            "/usr/lib/martlet/shop.conf.d/2.conf": "[Pool]\nWorkers=6\n",
        ])
        #expect(
            try PoolSettings.load(file: "/etc/martlet/shop.conf", from: source).workers == .fixed(6)
        )
    }

    @Test(
        "a file whose name is no pool's is refused",
        arguments: [
            "", "/", "/etc/martlet/", "a b.conf", ".conf", "-x.conf", "/etc/martlet/é.conf",
        ])
    func badFileNames(file: String) {
        let source = MemorySource([file: leastPool])
        #expect(throws: ConfigurationRefused.self) {
            try PoolSettings.load(file: file, from: source)
        }
    }

    @Test(
        "names that a unit's instance can carry are a pool's",
        arguments: ["a", "web", "Web-1_b.c", "_x", "9", "martlet", "a.martlet.b"])
    func goodNames(name: String) throws {
        #expect(try PoolName.validated(name) == name)
    }

    @Test(
        "other names are not, so that none leads out of a directory",
        arguments: [
            "", ".", "..", ".web", "-web", "a/b", "../x", "a b", "a@b", "a:b", "a\\x2d", "é", "a\n",
            "a%", "martlet.", "martlet.worker.0.1",
            String(repeating: "a", count: 65),
        ])
    func badNames(name: String) {
        #expect(throws: InvalidValue.self) { try PoolName.validated(name) }
        #expect(throws: ConfigurationRefused.self) {
            try PoolSettings.load(pool: name, from: MemorySource([:]))
        }
    }

    @Test(
        "all pools of both directories are found, each once, sorted, without those that are masked")
    func allPools() {
        let source = MemorySource([
            "/etc/martlet/web.conf": "#", "/usr/lib/martlet/web.conf": "#",
            "/usr/lib/martlet/api.conf": "#", "/etc/martlet/web.conf.d/1.conf": "#",
            "/etc/martlet/off.conf": "", "/usr/lib/martlet/off.conf": "#",
            "/etc/martlet/-x.conf": "", "/etc/martlet/notes": "",
        ])
        let pools = ConfiguredPools(from: source)
        #expect(pools.names == ["api", "web"])
        #expect(pools.problems.map(\.file) == ["/etc/martlet/-x.conf"])
    }
}
