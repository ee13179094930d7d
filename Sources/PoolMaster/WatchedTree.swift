// Directories with all that is in them, looked at for changes: `martletd --watch DIR`.
// Invariant: a directory is watched before its content is listed, so that whatever comes to be in it
// is either listed or told of.

import LinuxKernel

package final class WatchedTree {
    let inotify: Inotify
    /// As they were given.
    private let roots: [String]
    private let ignored: [FilePattern]
    private var paths: [Int32: String] = [:]
    private var rootWatches: Set<Int32> = []
    private var troubles: [String] = []

    /// What is in a directory of a program and is not the program: it changes while that runs, or is
    /// what an editor leaves for a moment.
    package static let usuallyIgnored = [
        ".git", ".hg", ".svn", "node_modules", "__pycache__", "*~", ".#*", "#*#", ".*.sw?", "4913",
    ]

    /// - Parameters:
    ///   - roots: At least one.
    ///   - ignored: Patterns, besides the usual ones, for a name or for the path below a root.
    package init(_ roots: [String], ignoring ignored: [String]) throws(StartRefused) {
        self.roots = roots
        self.ignored = (Self.usuallyIgnored + ignored).map(FilePattern.init)
        do throws(SystemError) {
            inotify = try Inotify()
        } catch {
            throw StartRefused(.system, error.description)
        }
        for root in roots {
            let number: Int32?
            do throws(SystemError) {
                number = try inotify.watch(root)
            } catch {
                throw StartRefused(.system, Self.sentence(error))
            }
            guard let number else {
                throw StartRefused(.noInput, "--watch: there is no directory \(root)")
            }
            rootWatches.insert(number)
            watch(root, number)
        }
    }

    // MARK: Looking

    /// Takes a directory that is watched under its path, and watches all below it.
    private func watch(_ path: String, _ number: Int32) {
        paths[number] = path
        var waiting = [path]
        while let directory = waiting.popLast() {
            do throws(SystemError) {
                for name in try FileSystem.listSubdirectories(directory) ?? [] {
                    let below = "\(directory)/\(name)"
                    guard !isIgnored(below), let number = try inotify.watch(below) else { continue }
                    paths[number] = below
                    waiting.append(below)
                }
            } catch {
                troubles.append(Self.sentence(error))
                // The others would fail in the same way.
                if error.isOutOfSpace { return }
            }
        }
    }

    private static func sentence(_ error: SystemError) -> String {
        error.isOutOfSpace
            ? "some directories are not watched, as this user may not watch more: raise "
                + "fs.inotify.max_user_watches (sysctl), or leave directories out with --watch-ignore"
            : "\(error): what is in it is not watched"
    }

    /// By its name, or by its path below the root.
    private func isIgnored(_ path: String) -> Bool {
        let root = roots.first { path.hasPrefix("\($0)/") } ?? ""
        let below = String(path.dropFirst(root.count + 1))
        let name = below.split(separator: "/").last.map(String.init) ?? below
        return ignored.contains { $0.matches(name) || $0.matches(below) }
    }

    // MARK: Hearing

    /// What has changed since the last time, by paths.
    func takeChanges() -> [(path: String, kind: DirectoryChange.Kind)] {
        var changed: [(path: String, kind: DirectoryChange.Kind)] = []
        do throws(SystemError) {
            for change in try inotify.read() {
                if let path = heed(change) { changed.append((path, change.kind)) }
            }
        } catch {
            troubles.append("\(error)")
        }
        return changed
    }

    /// What could not be watched, since the last time.
    func takeTroubles() -> [String] {
        defer { troubles = [] }
        return troubles
    }

    private func heed(_ change: DirectoryChange) -> String? {
        switch change.kind {
        case .overflow:
            for root in roots { watchAgain(root) }
            return roots.first
        case .ended, .moved:
            if rootWatches.contains(change.watch), let root = paths[change.watch] {
                rootWatches.remove(change.watch)
                troubles.append(
                    "\(root) is gone, and nothing in it is watched any more; "
                        + "start martletd again once it is back")
                // Under another name its watches would go on.
                forget(root)
            }
            if change.kind == .ended { paths[change.watch] = nil }
            return nil
        case .made, .came, .went, .written:
            guard let directory = paths[change.watch] else { return nil }
            let path = "\(directory)/\(change.name)"
            guard !isIgnored(path) else { return nil }
            if change.isDirectory { change.kind == .went ? forget(path) : watchAgain(path) }
            return path
        }
    }

    private func watchAgain(_ path: String) {
        do throws(SystemError) {
            // It may be gone again.
            if let number = try inotify.watch(path) { watch(path, number) }
        } catch {
            troubles.append(Self.sentence(error))
        }
    }

    /// A directory that was moved away is watched still, under a path that it does not have.
    private func forget(_ path: String) {
        let gone = paths.filter { $0.value == path || $0.value.hasPrefix("\(path)/") }
        for number in gone.keys {
            inotify.forget(number)
            paths[number] = nil
        }
    }
}
