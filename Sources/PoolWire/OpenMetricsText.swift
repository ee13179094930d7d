// Figures of several pools as OpenMetrics text 1.0, which Prometheus reads.
//
// Invariants: whatever masters answer, the text is well-formed: each family stands in it once, and no
// sample twice, as one of these would cost the figures of all pools. Each sample has the label
// "pool", and only what a pool has said itself stands under its name.

/// Collects what masters answer, and writes it.
package struct OpenMetricsText: Sendable {
    package static let contentType =
        "application/openmetrics-text; version=1.0.0; charset=utf-8"

    /// Lines with their ends. What a later master has, and this version does not know, is left out:
    /// nobody could say which of two pools is right about it.
    private var lines: [Metric: [String]] = [:]
    private var taken: Set<String> = []

    package init() {}

    /// - Parameter families: `nil` of a pool that did not answer.
    package mutating func add(_ families: [MetricFamily]?, of pool: String) {
        add([MetricSample([:], families == nil ? 0 : 1)], .up, pool)
        for family in families ?? [] {
            // Nobody else can say whether a pool answers.
            guard let metric = Metric(family), metric != .up else { continue }
            add(family.samples, metric, pool)
        }
    }

    package var text: String {
        var text = ""
        for metric in Metric.allCases {
            guard let lines = lines[metric] else { continue }
            text += "# TYPE \(metric.name) \(metric.kind)\n"
            if let unit = metric.unit { text += "# UNIT \(metric.name) \(unit)\n" }
            text += "# HELP \(metric.name) \(metric.help.escaped)\n"
            for line in lines { text += line }
        }
        return text + "# EOF\n"
    }

    private mutating func add(_ samples: [MetricSample], _ metric: Metric, _ pool: String) {
        for sample in samples {
            guard let labels = Self.labels(of: sample, pool) else { continue }
            let written = metric.lines(of: sample, labels)
            guard !written.isEmpty, taken.insert("\(metric){\(labels)}").inserted else { continue }
            lines[metric, default: []] += written
        }
    }

    /// `nil` if one of them has no name.
    private static func labels(of sample: MetricSample, _ pool: String) -> String? {
        guard sample.labels.keys.allSatisfy(\.isLabelName) else { return nil }
        var pairs = sample.labels.filter { $0.key != "pool" && $0.key != "le" }
            .map { (name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
        pairs.insert((name: "pool", value: pool), at: 0)
        return pairs.map { "\($0.name)=\"\($0.value.escaped)\"" }.joined(separator: ",")
    }
}

extension Metric {
    /// `nil` if it is none of ours, or means something else there.
    fileprivate init?(_ family: MetricFamily) {
        guard let metric = Metric.named[family.name], metric.kind.rawValue == family.type,
            metric.unit == family.unit
        else { return nil }
        self = metric
    }

    private static let named = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

    /// None of a sample that this kind can't have.
    fileprivate func lines(of sample: MetricSample, _ labels: String) -> [String] {
        guard sample.value.isFinite, kind == .gauge || sample.value >= 0 else { return [] }
        return switch kind {
        case .gauge: ["\(name){\(labels)} \(sample.value.plain)\n"]
        case .counter: ["\(name)_total{\(labels)} \(sample.value.plain)\n"]
        case .histogram: histogram(of: sample, labels)
        }
    }

    private func histogram(of sample: MetricSample, _ labels: String) -> [String] {
        guard let buckets = sample.buckets, buckets.areAscending, let all = buckets.last,
            all.upTo == nil
        else { return [] }
        let lines = buckets.map { bucket in
            let bound = bucket.upTo.map { "\($0)" } ?? "+Inf"
            return "\(name)_bucket{\(labels),le=\"\(bound)\"} \(bucket.count)\n"
        }
        let count = "\(name)_count{\(labels)} \(all.count)\n"
        return lines + [count, "\(name)_sum{\(labels)} \(sample.value.plain)\n"]
    }
}

extension [MetricBucket] {
    /// Each holds what the one before holds.
    fileprivate var areAscending: Bool {
        zip(self, dropFirst()).allSatisfy { lower, upper in
            guard let bound = lower.upTo, bound.isFinite else { return false }
            return bound < upper.upTo ?? .infinity && lower.count <= upper.count
        }
    }
}

extension Double {
    /// Whole numbers without a fraction.
    fileprivate var plain: String {
        magnitude < 9e15 && self == rounded() ? "\(Int64(self))" : "\(self)"
    }
}

extension String {
    /// Of letters, digits and underscores, no digit first; two underscores first are Prometheus' own.
    fileprivate var isLabelName: Bool {
        guard let first = utf8.first, utf8.count <= 100, !(0x30...0x39).contains(first),
            !hasPrefix("__")
        else { return false }
        return utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5a, 0x5f, 0x61...0x7a: true
            default: false
            }
        }
    }

    fileprivate var escaped: String {
        var result = String.UnicodeScalarView()
        for character in withoutControlCharacters().unicodeScalars {
            if character == "\\" || character == "\"" { result.append("\\") }
            result.append(character)
        }
        return String(result)
    }
}
