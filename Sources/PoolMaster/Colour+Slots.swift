// The colour of a worker's tag.

import LinuxKernel

extension Colour {
    /// Neighbouring slots differ.
    static func ofSlot(_ slot: Int) -> Colour {
        let palette: [Colour] = [.cyan, .green, .yellow, .magenta, .blue]
        return palette[slot % palette.count]
    }
}
