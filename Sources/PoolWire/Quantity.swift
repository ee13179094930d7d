// Times and amounts of memory in as few words as people need.

extension Double {
    /// Seconds in systemd's manner, by the two largest units: `0.4s`, `12s`, `2min 3s`, `3d 4h`.
    package var asDuration: String {
        guard isFinite, self >= 0, self < 1e12 else { return "-" }
        if self < 10 {
            let tenths = Int((self * 10).rounded(.down))
            return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
        }
        let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")]
        var rest = Int(self)
        var words: [String] = []
        for (size, name) in units {
            // What stands behind the largest unit's neighbour says nothing more.
            if rest >= size { words.append("\(rest / size)\(name)") }
            if !words.isEmpty, words.count == 2 || size == 1 { break }
            if words.count == 1, rest / size == 0 { break }
            rest %= size
        }
        return words.joined(separator: " ")
    }
}

extension UInt64 {
    /// As systemctl(1) writes it: `812B`, `48.2M`, `1.5G`.
    package var asByteCount: String {
        var size = Double(self)
        for unit in ["B", "K", "M", "G", "T", "P"] {
            if size < 1024 || unit == "P" {
                let tenths = Int((size * 10).rounded(.down))
                return unit == "B" ? "\(self)B" : "\(tenths / 10).\(tenths % 10)\(unit)"
            }
            size /= 1024
        }
        return "\(self)B"
    }
}
