// The nearest valid name to a misspelt one, by edit distance, case apart.

/// The candidate that a typing error or two away could have been meant.
package func nearestName(to name: String, among candidates: [String]) -> String? {
    let written = Array(name.lowercased().utf8)
    let tolerance = max(1, min(written.count, 24) / 4)
    guard !written.isEmpty, written.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let wanted = Array(candidate.lowercased().utf8)
        guard abs(wanted.count - written.count) <= tolerance else { continue }
        let distance = editDistance(written, wanted)
        if distance <= tolerance, distance < best?.distance ?? .max {
            best = (candidate, distance)
        }
    }
    return best?.name
}

/// `(did you mean X?)` with a blank before it, or nothing.
func suggestion(for name: String, among candidates: [String]) -> String {
    nearestName(to: name, among: candidates).map { " (did you mean \($0)?)" } ?? ""
}

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string
/// alignment).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            var cost = min(
                last[column + 1] + 1, current[column] + 1,
                last[column] + (left[row] == right[column] ? 0 : 1))
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                cost = min(cost, beforeLast[column - 1] + 1)
            }
            current.append(cost)
        }
        beforeLast = last
        last = current
    }
    return last[right.count]
}
