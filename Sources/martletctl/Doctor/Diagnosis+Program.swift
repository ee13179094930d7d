// What a pool runs and where it listens: whether the program can be executed, and whether the
// address is its own.

import LinuxKernel
import PoolConfiguration

extension Diagnosis {
    /// The releases of Node that the project's tests run with: those of Debian 12 and 13.
    static let testedNodes = [18, 20]

    mutating func lookAtProgram(_ facts: PoolFacts, _ settings: PoolSettings) {
        for program in facts.programs {
            guard let trouble = program.trouble else { continue }
            add(.error, "program", trouble, fix: program.remedy)
        }
        lookForHiddenFiles(facts, settings)
        lookAtNode(facts, settings)
    }

    /// What the command names may be where the unit's sandbox lets nobody look.
    private mutating func lookForHiddenFiles(_ facts: PoolFacts, _ settings: PoolSettings) {
        guard let service = facts.service else { return }
        let places = [
            ("ProtectHome", ["yes", "tmpfs"], ["/home/", "/root/", "/run/user/"], "read-only"),
            ("PrivateTmp", ["yes", "disconnected"], ["/tmp/", "/var/tmp/"], "no"),
        ]
        let programs = [settings.worker] + (settings.agent.map { [$0] } ?? [])
        let commands = programs.map {
            $0.command.resolve(post: .slot(0), generation: 1, environment: [:])
        }
        let words = commands.flatMap { [$0.program] + $0.arguments.dropFirst() }
        for (name, hiding, directories, remedy) in places where hiding.contains(service[name]) {
            let hidden = words.first { word in directories.contains { word.hasPrefix($0) } }
            guard let hidden else { continue }
            add(
                .error, "program-hidden",
                "\(name)=\(service[name]) hides \(hidden.withoutLineBreaks) from the pool",
                fix: "\(name)=\(remedy) in [Service] of the pool's file")
        }
    }

    private mutating func lookAtNode(_ facts: PoolFacts, _ settings: PoolSettings) {
        guard settings.workerProtocol == .node, let version = facts.nodeVersion else { return }
        let digits = version.drop { $0 == "v" }.prefix { $0.isNumber }
        guard let release = Int(digits), !Self.testedNodes.contains(release) else { return }
        let tested = Self.testedNodes.map(String.init).joined(separator: " and ")
        let isOld = release < (Self.testedNodes.first ?? 0)
        add(
            isOld ? .warning : .note, "node",
            "Protocol=node is tested with Node \(tested), and this is "
                + version.withoutLineBreaks,
            fix: isOld ? "install a newer Node" : "try a reload before you rely on it")
    }

    // MARK: Addresses

    mutating func lookAtAddresses(_ facts: PoolFacts, _ settings: PoolSettings) {
        for (address, holder) in facts.holders.sorted(by: { $0.key < $1.key }) {
            add(
                .error, "address-taken",
                "\(address) is taken by \(holder.withoutLineBreaks), so that "
                    + "martlet@\(facts.pool).socket can't have it",
                fix: "stop that program, or take another ListenStream=")
        }
        let others = host.listeners.filter { $0.key != facts.pool }
        for address in settings.listeners.map(\.address) {
            let rivals = others.filter { _, listeners in
                listeners.contains { ListeningPorts.collide($0, address) }
            }
            guard let rival = rivals.keys.sorted().first else { continue }
            add(
                .error, "address-shared",
                "\(address) is also what the pool \(rival) listens on: only one of them can",
                fix: "give one of them another address in [Socket]")
        }
    }
}
