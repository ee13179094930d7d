// martletctl(1): the face of pools for people. A thin door: it reads its arguments and turns every
// end into a sentence and an exit status.

import Glibc
import PoolWire

private func run(_ invocation: Invocation, on console: inout Console) throws(Failure) -> ExitCode {
    switch invocation {
    case .command(let command):
        return try command.run(on: &console)
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
