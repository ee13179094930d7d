// What holds for any environment file: valid names and values with their lines, or problems with
// theirs, and never more than was there.

@testable import PoolConfiguration

struct EnvironmentCheck {
    private let input: [UInt8]
    private let lineCount: Int

    init(_ input: [UInt8]) {
        self.input = input
        lineCount = input.reduce(1) { $0 + ($1 == .newline || $1 == .carriageReturn ? 1 : 0) }
    }

    func run() throws {
        let reader = EnvironmentFileReader(input, file: "/env")
        var size = 0
        for assignment in reader.assignments {
            let value = assignment.value.expand(post: .slot(0), generation: 0)
            size += assignment.name.utf8.count + 1 + value.utf8.count
            try demand(assignment.name.isVariableName, "a variable \(assignment.name)")
            let isClean = value.utf8.allSatisfy {
                ($0 >= 0x20 && $0 != 0x7f) || $0 == .newline || $0 == UInt8(ascii: "\t")
            }
            try demand(isClean, "a control character in the value \(value.debugDescription)")
            guard case .file("/env", let line) = assignment.origin else {
                throw Fault(description: "\(assignment.name) comes from \(assignment.origin)")
            }
            try demand((1...lineCount).contains(line), "no such line: \(line)")
        }
        try demand(size <= input.count, "\(size) bytes of \(input.count)")
        for problem in reader.problems {
            try demand(problem.line.map((1...lineCount).contains) ?? false, "\(problem)")
            try demand(problem.description.hasPrefix("/env:"), "without its file: \(problem)")
            try demand(problem.description.utf8.count <= 500, "a long problem: \(problem)")
            try demandHarmless(problem.description, "a problem")
        }
        try checkPrinted(reader.assignments)
    }

    /// Written in quotes, the same comes back.
    private func checkPrinted(_ assignments: [EnvironmentAssignment]) throws {
        let wanted = assignments.map { [$0.name, $0.value.expand(post: .slot(0), generation: 0)] }
        var text: [UInt8] = []
        for pair in wanted {
            text += Array("\(pair[0])=\"".utf8)
            for byte in pair[1].utf8 {
                if "\"\\`$".utf8.contains(byte) { text.append(.backslash) }
                text.append(byte)
            }
            text += Array("\"\n".utf8)
        }
        let again = EnvironmentFileReader(text, file: "/env")
        let found = again.assignments.map {
            [$0.name, $0.value.expand(post: .slot(0), generation: 0)]
        }
        try demand(found == wanted, "\(wanted) is read back as \(found)")
        try demand(again.problems.isEmpty, "\(again.problems)")
    }
}
