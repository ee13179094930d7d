// Changes of real directories.

import Glibc
import LinuxKernel
import TestSupport
import Testing

@Suite struct InotifyTests {
    /// Shown as `came x/`, for a directory; what has been told is there when the call has returned.
    private func told(_ inotify: borrowing Inotify) throws -> [String] {
        try inotify.read().map { "\($0.kind) \($0.name)\($0.isDirectory ? "/" : "")" }
    }

    @Test func whatHappensInADirectoryIsTold() throws {
        let place = try TemporaryDirectory()
        let inotify = try Inotify()
        let watch = try #require(try inotify.watch(place.path))
        #expect(try told(inotify) == [])

        try FileSystem.makeDirectory("\(place.path)/sub")
        #expect(try told(inotify) == ["made sub/"])
        try FileSystem.writeFile("\(place.path)/file", "x".utf8)
        // Written beside it, and renamed; it may be closed before that or after it.
        let beside = "file.\(getpid()).new"
        let all = try told(inotify)
        let named = all.filter { !$0.hasPrefix("written ") }
        #expect(named == ["made \(beside)", "went \(beside)", "came file"])
        #expect(all.count == 4)
        try FileSystem.makeSymbolicLink("\(place.path)/link", to: "file")
        try FileSystem.unlink("\(place.path)/link")
        #expect(try told(inotify) == ["made link", "went link"])
        try FileSystem.rename("\(place.path)/sub", to: "\(place.path)/other")
        #expect(try told(inotify) == ["went sub/", "came other/"])

        // The directories below are not watched, and the same one has one number.
        try FileSystem.makeDirectory("\(place.path)/other/below")
        #expect(try told(inotify) == [])
        #expect(try inotify.watch(place.path) == watch)
    }

    @Test func aWatchEndsWithItsDirectoryAndWhenNobodyWantsIt() throws {
        let place = try TemporaryDirectory()
        let inotify = try Inotify()
        try FileSystem.makeDirectory("\(place.path)/a")
        try FileSystem.makeDirectory("\(place.path)/b")
        let first = try #require(try inotify.watch("\(place.path)/a"))
        let second = try #require(try inotify.watch("\(place.path)/b"))
        #expect(first != second)
        try FileSystem.removeDirectory("\(place.path)/a")
        #expect(try told(inotify).last == "ended ")
        inotify.forget(second)
        inotify.forget(second)
        #expect(try told(inotify) == ["ended "])
    }

    @Test func onlyDirectoriesThatAreThereAreWatched() throws {
        let place = try TemporaryDirectory()
        let inotify = try Inotify()
        #expect(try inotify.watch("\(place.path)/missing") == nil)
        try FileSystem.writeFile("\(place.path)/file", "x".utf8)
        #expect(try inotify.watch("\(place.path)/file") == nil)
    }

    @Test func subdirectoriesAreListedWithoutLinks() throws {
        let place = try TemporaryDirectory()
        try FileSystem.makeDirectory("\(place.path)/b")
        try FileSystem.makeDirectory("\(place.path)/a")
        try FileSystem.makeSymbolicLink("\(place.path)/link", to: "a")
        try FileSystem.writeFile("\(place.path)/file", "x".utf8)
        #expect(try FileSystem.listSubdirectories(place.path) == ["a", "b"])
        #expect(try FileSystem.listSubdirectories("\(place.path)/missing") == nil)
        #expect(try FileSystem.listSubdirectories("\(place.path)/file") == nil)
    }

    @Test func patternsMatchAsInAShell() {
        for (pattern, name, matches) in [
            ("*~", "a~", true), ("*~", "a", false), (".#*", ".#a", true), ("*.log", ".log", true),
            ("var/*", "var/a/b", true), (".*.sw?", ".a.swp", true), ("[ab]", "b", true),
            ("a", "A", false), ("", "", true), ("[", "[", true),
        ] {
            #expect(FilePattern(pattern).matches(name) == matches, "\(pattern) \(name)")
        }
    }
}
