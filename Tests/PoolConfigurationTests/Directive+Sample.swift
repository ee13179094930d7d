// A value for each directive, for tests that go through the table.

@testable import PoolConfiguration

extension Directive {
    /// A value that is not the default.
    var sample: String {
        switch kind {
        case .workerCount: "3"
        case .count: "7"
        case .timeSpan, .timeout, .bothTimeouts: "29s"
        case .byteSize: "29M"
        case .signal: "SIGUSR2"
        case .word(let place): place.words.last ?? ""
        case .boolean: "yes"
        case .exitStatuses: "42"
        case .command: "/bin/x"
        case .workingDirectory: "/srv"
        case .environment: "A=1"
        case .environmentFiles: "/missing"
        }
    }
}
