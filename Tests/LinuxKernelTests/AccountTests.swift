import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("Files that must not be there yet")
struct FileCreationTests {
    @Test("appear with their content and leave nothing else behind")
    func creation() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/a"
        try FileSystem.createFile(path, Array("text".utf8), mode: 0o600)
        #expect(try FileSystem.readFile(path, limit: 10) == Array("text".utf8))
        #expect(try FileSystem.status(of: path)?.mode == 0o600)
        #expect(try FileSystem.listDirectory(directory.path) == ["a"])
    }

    @Test("take nobody's place, not even that of a link that leads nowhere")
    func refusal() throws {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/a"
        let link = "\(directory.path)/b"
        try FileSystem.createFile(file, Array("first".utf8))
        try FileSystem.makeSymbolicLink(link, to: "/nowhere/at/all")
        for path in [file, link] {
            do throws(SystemError) {
                try FileSystem.createFile(path, Array("second".utf8))
                Issue.record("\(path) was made")
            } catch {
                #expect(error.code == EEXIST)
            }
        }
        #expect(try FileSystem.readFile(file, limit: 10) == Array("first".utf8))
        #expect(try FileSystem.listDirectory(directory.path) == ["a", "b"])
    }
}

@Suite("Users and what they may execute")
struct UserAccountTests {
    @Test("are found by name and by number, with their groups")
    func lookup() throws {
        let root = try #require(UserAccount.find("root"))
        #expect(root.user == 0)
        #expect(root.groups.contains(0))
        #expect(UserAccount.find("0") == root)
        #expect(UserAccount.find("no-such-user-of-anybody") == nil)
        #expect(UserAccount.hasGroup("root"))
        #expect(!UserAccount.hasGroup("no-such-group-of-anybody"))
    }

    @Test("go by the first of owner, group and others that is meant")
    func bits() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/program"
        try FileSystem.createFile(path, [])
        let file = try #require(try FileSystem.status(of: path))
        let owner = UserAccount(name: "o", user: file.owner | 1 << 20, groups: [9])
        // Nobody is who owns the file here: the bits of others and of the group are what counts.
        for (mode, groups, mayExecute) in [
            (0o001, [UInt32.max], true), (0o010, [UInt32.max], false),
            (0o010, [file.group], true), (0o001, [file.group], false),
        ] as [(mode_t, [UInt32], Bool)] {
            #expect(chmod(path, mode) == 0)
            let status = try #require(try FileSystem.status(of: path))
            let user = UserAccount(name: "u", user: owner.user, groups: groups)
            #expect(user.mayExecute(status) == mayExecute)
        }
        #expect(chmod(path, 0o644) == 0)
        let status = try #require(try FileSystem.status(of: path))
        #expect(!UserAccount(name: "root", user: 0, groups: [0]).mayExecute(status))
    }
}
