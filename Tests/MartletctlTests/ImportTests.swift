import LinuxKernel
import TestSupport
import Testing

@testable import martletctl

@Suite("An import")
struct ImportTests {
    @Test("that can't write all of its files leaves none, and says which")
    func allOrNone() throws {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/ecosystem.json"
        let output = "\(directory.path)/new"
        let apps = #"[{"name": "a", "script": "a.js", "port": 9001, "cron_restart": "0 3 * * *"}]"#
        try FileSystem.createFile(file, "{\"apps\": \(apps)}".utf8)
        // In the way of the drop-in's directory, which comes after the pool's file.
        let obstacle = "martlet-reload@a.timer.d"
        try FileSystem.makeDirectory(output)
        try FileSystem.createFile("\(output)/\(obstacle)", [])

        let command = Import(
            file: file, environment: nil, chosen: [], listeners: [], output: .directory(output))
        var console = Console()
        do throws(Failure) {
            _ = try command.run(on: &console)
            Issue.record("it was written")
        } catch {
            #expect(error.sentence.contains(obstacle))
        }
        #expect(try FileSystem.listDirectory(output) == [obstacle])
    }
}
