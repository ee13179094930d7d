// A promise that was not kept, and which one: the sentence tells of workers and times, the promise
// is the same for every story that breaks it.

package struct Fault: Hashable, Sendable, CustomStringConvertible {
    /// The check that failed, or a violated invariant without its numbers.
    package let promise: String
    package let sentence: String

    package var description: String { sentence }

    package init(promise: String, sentence: String) {
        self.promise = promise
        self.sentence = sentence
    }

    /// The pool itself says what does not hold.
    init(violation: String) {
        self.init(promise: violation.filter { !$0.isNumber }, sentence: violation)
    }

    func after(_ event: String) -> Fault {
        Fault(promise: promise, sentence: "after \(event): \(sentence)")
    }
}

/// What does not hold, and how much was looked at.
struct Findings {
    private(set) var faults: [Fault] = []
    private(set) var checks = 0

    mutating func check(
        _ holds: Bool, _ fault: @autoclosure () -> String, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        checks += 1
        if !holds { faults.append(Fault(promise: "\(file):\(line)", sentence: fault())) }
    }

    /// What the pool says of itself.
    mutating func check(_ violations: [String]) {
        checks += 1
        if !violations.isEmpty { faults += violations.map(Fault.init) }
    }

    /// What was found since this was asked last.
    mutating func takeFaults() -> [Fault] {
        if faults.isEmpty { return [] }
        defer { faults = [] }
        return faults
    }
}
