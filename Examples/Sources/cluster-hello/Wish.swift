// What the command line asks for.

import Glibc
import MartletCluster

struct Wish {
    var workers = Cluster.WorkerCount.automatic
    var policy = Cluster.SchedulingPolicy.roundRobin
    var addresses: [Cluster.Address] = []

    init(_ arguments: some Sequence<String>) {
        var words = arguments.makeIterator()
        while let word = words.next() {
            switch word {
            case "--workers":
                if let count = words.next().flatMap({ Int($0) }) { workers = .fixed(count) }
            case "--policy": policy = Self.policy(words.next())
            default: addresses.append(.stream(word))
            }
        }
    }

    private static func policy(_ name: String?) -> Cluster.SchedulingPolicy {
        switch name {
        case "shared": return .shared
        case "round-robin": return .roundRobin
        case "least-connections": return .leastConnections
        case "source-hash": return .sourceHash(.wait)
        default:
            print("the policies are shared, round-robin, least-connections and source-hash")
            exit(64)
        }
    }
}
