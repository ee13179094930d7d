// What has happened in the pool, for everybody in the primary who reads it.

import Martlet

typealias EventDesk = Mailing<Cluster.Event>

extension EventDesk {
    /// How many events wait for one reader, and for the first one.
    static var mostEvents: Int { 1_024 }

    convenience init() {
        self.init(keeping: .oldestFromBeginning(Self.mostEvents))
    }
}
