// The colour of a worker's tag.

import LinuxKernel
import PoolConfiguration

extension Colour {
    /// Neighbouring slots differ.
    static func of(_ post: Post) -> Colour {
        guard case .slot(let slot) = post else { return .bold }
        let palette: [Colour] = [.cyan, .green, .yellow, .magenta, .blue]
        return palette[slot % palette.count]
    }
}
