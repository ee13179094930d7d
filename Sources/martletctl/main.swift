// martletctl(1): the face of pools for people. A thin door: it reads its arguments and turns every
// end into a sentence and an exit status.

import Glibc
import PoolWire

private func run(_ invocation: Invocation, on console: inout Console) throws(Failure) -> ExitCode {
    switch invocation {
    case .reload(let pool, let waits):
        try Reload(pool: pool, waits: waits).run(on: &console)
        return .done
    case .status(let pools, let asJSON):
        return try Status(pools: pools, asJSON: asJSON).run(on: &console)
    case .check(let targets):
        return Check(targets: targets).run(on: &console)
    case .why(let pool, let slot, let asJSON):
        try Why(pool: pool, slot: slot, asJSON: asJSON).run(on: &console)
        return .done
    case .events(let pool, let asJSON):
        try Events(pool: pool, asJSON: asJSON).run(on: &console)
        return .done
    case .scale(let pool, let wish):
        try Scale(pool: pool, wish: wish).run(on: &console)
        return .done
    case .steer(let pool, let steering):
        try Steer(pool: pool, steering: steering).run(on: &console)
        return .done
    case .help:
        console.write(Invocation.helpText.utf8)
        return .done
    case .version:
        console.say("\(Product.name) \(Product.version)")
        return .done
    }
}

private func run() -> ExitCode {
    var console = Console()
    do throws(Failure) {
        let code = try run(try Invocation(arguments: CommandLine.arguments), on: &console)
        guard !console.isBroken else {
            throw Failure(.output, "martletctl: could not write all of the output")
        }
        return code
    } catch {
        console.complain(error)
        return error.code
    }
}

exit(run().rawValue)
