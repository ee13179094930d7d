// simulate: a pool against worlds of trouble, by the seed. `simulate --help` says how.

import Glibc
import PoolSimulation

/// - Returns: the exit status, of sysexits.h where something is wrong with what was asked.
func run(_ arguments: [String]) -> Int32 {
    let options: Options
    do {
        options = try Options(arguments)
    } catch {
        complain("\(error.sentence); simulate --help says what there is")
        return EX_USAGE
    }
    if options.isHelp {
        say(Options.help)
        return EX_OK
    }
    if let path = options.replay { return replay(path) }
    if let path = options.journal { return writeJournal(of: options, to: path) }
    if options.isTold, options.isCompany { return tellCompany(of: options) ? EX_OK : 1 }
    if options.isTold || options.only != nil { return tellStory(of: options) ? EX_OK : 1 }
    if let stride = options.stride {
        play(options, stride: stride)
        return EX_OK
    }
    return playAll(options)
}

private func replay(_ path: String) -> Int32 {
    do {
        return tellStory(of: try ScriptFile.read(path)) ? EX_OK : 1
    } catch {
        complain(error.sentence)
        return EX_DATAERR
    }
}

private func playAll(_ options: Options) -> Int32 {
    var crew = Crew(options)
    guard crew.play() else {
        complain("could not start another process; try fewer --jobs")
        return EX_OSERR
    }
    showProgress("")
    say(Table(crew, options).text)
    for failure in crew.failures { Autopsy(failure: failure, options: options).report() }
    return crew.failures.isEmpty ? EX_OK : 1
}

/// Writes each event down before the pool hears of it: the last life of the pool, in the end.
private func writeJournal(of options: Options, to path: String) -> Int32 {
    guard let file = fopen(path, "w") else {
        complain("could not write \(path)")
        return EX_CANTCREAT
    }
    var world = World(seed: options.seed, only: options.only)
    world.journal = { beginning, event, time in
        if case .start = event {
            rewind(file)
            ftruncate(fileno(file), 0)
            fputs(ScriptFile.head(of: beginning) + "\n", file)
        }
        fputs(ScriptFile.line(of: event, at: time) + "\n", file)
        fflush(file)
    }
    world.run(events: options.events)
    fclose(file)
    return world.faults.isEmpty ? EX_OK : 1
}

exit(run(Array(CommandLine.arguments.dropFirst())))
