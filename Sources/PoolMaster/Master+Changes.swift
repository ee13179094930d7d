// Reloads that files ask for, by having changed.
// Invariant: changes that come together are one reload; one that comes during a reload is another
// one after it.

import LinuxKernel
import PoolCore
import PoolWire

/// Files that have changed and are not rolled out yet.
struct PendingChanges {
    private var paths: Set<String> = []
    /// Those of them that were not there before.
    private var made: Set<String> = []
    private var latest = ""
    private let began: Instant
    /// When the reload is asked for.
    private(set) var due: Instant

    /// Whoever saves or checks out is done when there was nothing new for so long.
    private static let quiet = Duration.milliseconds(250)
    /// Who never is does not put it off for longer than that.
    private static let longest = Duration.seconds(3)
    /// Beyond that many are not told apart.
    private static let mostPaths = 1_000

    init(at now: Instant) {
        began = now
        due = now + Self.quiet
    }

    mutating func add(_ path: String, _ kind: DirectoryChange.Kind, at now: Instant) {
        due = min(now + Self.quiet, began + Self.longest)
        if kind == .went, made.remove(path) != nil {
            // What an editor writes beside a file, to rename it over that.
            paths.remove(path)
            return
        }
        latest = path
        guard paths.count < Self.mostPaths else { return }
        if kind == .made, !paths.contains(path) { made.insert(path) }
        paths.insert(path)
    }

    /// `nil` if nothing is left of the changes.
    var sentence: String? {
        guard let shown = paths.contains(latest) ? latest : paths.min() else { return nil }
        let path = shown.withoutControlCharacters(limit: 200)
        let others = paths.count == 1 ? "" : " and \(paths.count - 1) more"
        return "\(path)\(others) \(paths.count == 1 ? "has" : "have") changed: reloading"
    }
}

extension Master {
    func takeChanges() {
        guard let tree = arrangement.watched else { return }
        for (path, kind) in tree.takeChanges() {
            if changes == nil { changes = PendingChanges(at: Self.now) }
            changes?.add(path, kind, at: Self.now)
        }
        tellTroublesOfWatching()
    }

    func tellTroublesOfWatching() {
        for trouble in arrangement.watched?.takeTroubles() ?? [] {
            chronicle.tell(.warning, nil, trouble.withoutControlCharacters(limit: 500))
        }
    }

    func reloadForChanges() {
        let sentence = changes?.sentence
        changes = nil
        guard let sentence else { return }
        chronicle.tell(.notice, nil, sentence)
        tell(.reloadRequested(nil))
    }
}
