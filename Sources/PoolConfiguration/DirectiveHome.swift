// Where a directive belongs that was written into the wrong section.
// systemd ignores what it doesn't know in a section, so the common mistakes are caught here; the
// lists hold what people write by mistake, not what systemd knows.

struct DirectiveHome {
    private let name: String
    private let section: Section

    /// The right section, unless the assignment stands there or nothing is known of its directive.
    init?(ofMisplaced assignment: Assignment) {
        name = assignment.name
        let candidates: [Section]
        switch assignment.section {
        case .pool, .worker, .agent:
            candidates = Section.allCases.filter { Self.has(assignment.name, $0) }
        case .unit, .socket, .service:
            // Most words of [Worker] and [Agent] are systemd's own and mean the unit here.
            candidates =
                Self.ownWords.contains(assignment.name)
                ? [.pool, .worker].filter { Self.has(assignment.name, $0) }
                : [.socket].filter { $0 != assignment.section && Self.has(assignment.name, $0) }
        }
        // What both programs have belongs to the workers, unless it is the agent's already.
        guard let home = candidates.first, !candidates.contains(assignment.section) else {
            return nil
        }
        section = home
    }

    var complaint: InvalidValue { InvalidValue("\"\(name)\" belongs to [\(section.rawValue)]") }

    private static func has(_ name: String, _ section: Section) -> Bool {
        switch section {
        case .pool, .worker, .agent: Directive.named(name, in: section) != nil
        case .unit: unitWords.contains(name)
        case .socket: socketWords.contains(name)
        case .service: serviceWords.contains(name)
        }
    }

    /// Directives of this project that systemd has no word for.
    private static let ownWords: Set<String> = [
        "Workers", "Protocol", "Dispatch", "Overflow", "RolloutSurge", "RolloutSettleSec",
        "RestartResetSec",
    ]
    private static let unitWords: Set<String> = [
        "Description", "Documentation", "After", "Before", "Requires", "Wants", "BindsTo", "PartOf",
        "Conflicts", "OnFailure", "ConditionPathExists", "RequiresMountsFor",
    ]
    private static let socketWords: Set<String> = [
        "ListenStream", "ListenDatagram", "ListenSequentialPacket", "FileDescriptorName", "Backlog",
        "BindIPv6Only", "BindToDevice", "SocketUser", "SocketGroup", "SocketMode", "DirectoryMode",
        "Accept", "KeepAlive", "NoDelay", "FreeBind", "ReusePort", "DeferAcceptSec",
        "RemoveOnStop", "IPTOS", "ReceiveBuffer", "SendBuffer",
    ]
    private static let serviceWords: Set<String> = [
        "User", "Group", "DynamicUser", "SupplementaryGroups", "Nice", "UMask", "LimitNOFILE",
        "LimitNPROC", "LimitCORE", "LimitMEMLOCK", "OOMScoreAdjust", "MemoryMax", "MemoryHigh",
        "MemorySwapMax", "CPUQuota", "CPUWeight", "CPUAffinity", "TasksMax", "IOWeight", "Slice",
        "RuntimeDirectory", "StateDirectory", "CacheDirectory", "LogsDirectory",
        "ConfigurationDirectory", "LoadCredential", "SetCredential", "PrivateTmp", "ProtectHome",
        "ProtectSystem", "ReadWritePaths", "ReadOnlyPaths", "NoNewPrivileges",
        "AmbientCapabilities", "CapabilityBoundingSet", "SystemCallFilter", "RestrictNamespaces",
        "ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost", "ExecCondition",
        "StandardOutput", "StandardError", "SyslogIdentifier", "LogLevelMax", "Delegate",
        "PassEnvironment", "UnsetEnvironment",
    ]
}
