// How many workers a pool wants: the value of `Workers=`.

import PoolCore

package enum WorkerCount: Equatable, Sendable, CustomStringConvertible {
    /// One for each processor the pool may use.
    case auto
    case fixed(Int)
    /// So many fewer than processors, but at least one.
    case autoMinus(Int)

    package static let range = Pool.workerRange

    /// Reads `auto`, `4` or `-1`.
    package init(parsing text: String) throws(InvalidValue) {
        if text == "auto" {
            self = .auto
        } else if text.utf8.first == UInt8(ascii: "-"), let less = Self.number(text.dropFirst()) {
            self = .autoMinus(less)
        } else if let count = Self.number(text[...]) {
            self = .fixed(count)
        } else {
            throw InvalidValue(
                "expects auto, a number from \(Self.range.lowerBound) to \(Self.range.upperBound), "
                    + "or -N for N fewer than processors")
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy(\.isDigit), let number = Int(text), range.contains(number) else {
            return nil
        }
        return number
    }

    /// The number on a machine where the pool may use so many processors.
    package func resolved(availableProcessors: Int) -> Int {
        let processors = min(max(availableProcessors, 1), Self.range.upperBound)
        switch self {
        case .auto: return processors
        case .fixed(let count): return count
        case .autoMinus(let less): return max(processors - less, 1)
        }
    }

    package var description: String {
        switch self {
        case .auto: "auto"
        case .fixed(let count): "\(count)"
        case .autoMinus(let less): "-\(less)"
        }
    }
}
