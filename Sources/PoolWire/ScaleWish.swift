// A wish for another number of workers, as Scale takes it.

package enum ScaleWish: Hashable, Sendable {
    /// So many, within `range`.
    case to(Int)
    /// So many more, or fewer.
    case by(Int)

    package static let range = 1...1_024
}

/// What became of it.
package struct ScaleResult: Hashable, Sendable {
    /// How many workers there will be.
    package let wanted: Int
    /// False while a start or a rollout is under way: it comes after that.
    package let isEffective: Bool

    package init(wanted: Int, isEffective: Bool) {
        self.wanted = wanted
        self.isEffective = isEffective
    }
}

struct ScaleParameters: Codable, Sendable {
    var wanted: Int
    var effective: Bool
}
