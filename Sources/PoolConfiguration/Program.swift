// The programs that a pool runs, each with a section of its own and the same directives in it.

/// What workers run, or what the agent runs.
enum Program: Sendable, CaseIterable {
    case worker
    case agent

    var section: Section {
        switch self {
        case .worker: .worker
        case .agent: .agent
        }
    }

    var values: WritableKeyPath<SettingValues, ProgramValues> & Sendable {
        switch self {
        case .worker: \.worker
        case .agent: \.agent
        }
    }

    func place<Value>(
        _ path: WritableKeyPath<ProgramValues, Value> & Sendable
    ) -> Place<Value> {
        Place(path, of: values)
    }

    // MARK: In sentences

    /// Any process of the program.
    var anyone: String {
        switch self {
        case .worker: "a worker"
        case .agent: "the agent"
        }
    }

    var each: String {
        switch self {
        case .worker: "each worker"
        case .agent: "the agent"
        }
    }

    var all: String {
        switch self {
        case .worker: "workers"
        case .agent: "the agent"
        }
    }

    /// What is started again and again.
    var slot: String {
        switch self {
        case .worker: "a slot"
        case .agent: "the agent"
        }
    }
}
