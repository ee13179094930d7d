// Numbers the way people say them.

extension UInt64 {
    /// Bytes the way people write them: `512 B`, `1.5 MiB`, `12 GiB`.
    package var spokenBytes: String {
        var unit = "B"
        var scale: UInt64 = 1
        for larger in ["KiB", "MiB", "GiB", "TiB"] where self / scale >= 1_024 {
            unit = larger
            scale *= 1_024
        }
        let tenths = self / scale >= 10 || scale == 1 ? 0 : self % scale * 10 / scale
        return tenths == 0 ? "\(self / scale) \(unit)" : "\(self / scale).\(tenths) \(unit)"
    }
}

extension Int {
    /// `1st`, `2nd`, `3rd`, `4th`, `11th`, `21st`.
    var ordinal: String {
        switch (self % 100, self % 10) {
        case (11...13, _): "\(self)th"
        case (_, 1): "\(self)st"
        case (_, 2): "\(self)nd"
        case (_, 3): "\(self)rd"
        default: "\(self)th"
        }
    }
}
