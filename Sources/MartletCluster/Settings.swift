// What a cluster's workers are started with.

import LinuxKernel
import PoolConfiguration
import PoolMaster

extension Cluster {
    /// The program of the workers, and how connections reach them.
    public struct Settings: Sendable, Hashable {
        /// The pool's name.
        public let name: String
        /// The program; at first the one that the primary runs, by the path that it was started by, so
        /// that a reload starts what is there then.
        public internal(set) var exec: String
        /// Its arguments, without its name; at first those of the primary.
        public internal(set) var args: [String]
        /// How connections reach workers.
        public internal(set) var schedulingPolicy: SchedulingPolicy

        init(_ options: Options, _ schedulingPolicy: SchedulingPolicy) {
            let own = OwnProcess.executable
            name = options.name ?? Self.name(of: own)
            exec = own
            args = Array(CommandLine.arguments.dropFirst())
            self.schedulingPolicy = schedulingPolicy
        }

        /// The end of a path, as a pool can be called.
        static func name(of path: String) -> String {
            let base = path.split(separator: "/").last.map(String.init) ?? ""
            let allowed = base.unicodeScalars.filter { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || "-_.".unicodeScalars.contains(scalar))
            }
            let name = String(String.UnicodeScalarView(allowed.prefix(64)))
            return String(name.drop { $0 == "." || $0 == "-" })
        }
    }
}

extension Cluster.Settings {
    func poolSettings(
        _ options: Cluster.Options, _ workers: Cluster.WorkerCount
    ) -> Result<PoolSettings, StartRefused> {
        let own: [CodeSetting] = [
            .directive(.pool, "Protocol", WorkerProtocol.martlet.rawValue),
            .directive(.pool, "Workers", workers.text), .command([exec] + args),
        ]
        let settings = own + schedulingPolicy.settings + options.settings
        do throws(ConfigurationRefused) {
            return .success(try PoolSettings.code(name: name, settings: settings))
        } catch {
            return .failure(StartRefused(error))
        }
    }
}

extension Cluster.SchedulingPolicy {
    fileprivate var settings: [CodeSetting] {
        switch self {
        case .shared: [.directive(.pool, "Dispatch", "shared")]
        case .roundRobin: [.directive(.pool, "Dispatch", "round-robin")]
        case .leastConnections: [.directive(.pool, "Dispatch", "least-connections")]
        case .sourceHash(let overflow):
            [
                .directive(.pool, "Dispatch", "source-hash"),
                .directive(.pool, "Overflow", overflow.text),
            ]
        }
    }
}
