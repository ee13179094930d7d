// martlet-metrics(8): the figures of all pools over HTTP, for Prometheus. A thin door: it reads its
// arguments, takes its socket from systemd and turns every end into one sentence and an exit status.

import Glibc
import LinuxKernel
import PoolWire
import Systemd

private func report(_ sentence: String) {
    // sd-daemon(3): an error, for the journal's eyes.
    let prefix = Journal.isConnectedToStandardError ? "<3>" : "martlet-metrics: "
    StandardStream.error.write("\(prefix)\(sentence)\n".utf8)
}

private func serve(_ options: Options) throws(SystemError) -> ExitCode {
    let sockets = try Activation.take().sockets
    guard let socket = sockets.first, sockets.count == 1,
        socket.socket?.isListening == true, socket.socket?.kind == .stream
    else {
        report(
            "expects one listening stream socket from systemd; "
                + "start it with: systemctl start martlet-metrics.socket")
        return .usage
    }
    let server = try Server(
        listener: socket.shared.descriptor, scrape: Scrape(directory: "/run/martlet"))
    try server.run(idle: options.idleNanoseconds)
    return .done
}

private func write(_ text: String) -> ExitCode {
    guard StandardStream.output.write(text.utf8) else {
        report("could not write all of the output")
        return .output
    }
    return .done
}

private func run() -> ExitCode {
    do throws(SystemError) {
        switch Invocation(arguments: CommandLine.arguments) {
        case .serve(let options): return try serve(options)
        case .help:
            return write(Invocation.helpText)
        case .version:
            return write("\(Product.name) \(Product.version)\n")
        case .refused(let sentence):
            report("\(sentence); see martlet-metrics --help")
            return .usage
        }
    } catch {
        report("could not serve: \(error)")
        return .system
    }
}

exit(run().rawValue)
