// Figures of a pool on their way to a monitoring system: what Metrics answers.
// Invariant: it always has a JSON form, as its numbers are finite.
//
// The types of io.martlet.Pool, field by field: PoolInterface.swift says what they mean.

/// Samples that have a name, a meaning and a unit in common.
package struct MetricFamily: Codable, Hashable, Sendable {
    package let name: String
    package let type: String
    package let unit: String?
    package let help: String
    package let samples: [MetricSample]

    package init(_ metric: Metric, _ samples: [MetricSample]) {
        self.init(
            name: metric.name, type: metric.kind.rawValue, unit: metric.unit, help: metric.help,
            samples: samples)
    }

    package init(
        name: String, type: String, unit: String? = nil, help: String, samples: [MetricSample]
    ) {
        self.name = name
        self.type = type
        self.unit = unit
        self.help = help
        self.samples = samples
    }
}

package struct MetricSample: Codable, Hashable, Sendable {
    package let labels: [String: String]
    /// Of a histogram, the sum of what was observed.
    package let value: Double
    /// Of a histogram, in ascending order.
    package let buckets: [MetricBucket]?

    package init(
        _ labels: [String: String] = [:], _ value: Double, buckets: [MetricBucket]? = nil
    ) {
        self.labels = labels
        self.value = value.isFinite ? value : 0
        self.buckets = buckets
    }

    package init(_ labels: [String: String] = [:], _ count: some BinaryInteger) {
        self.init(labels, Double(count))
    }
}

/// How many of what was observed was at most so much.
package struct MetricBucket: Codable, Hashable, Sendable {
    /// `nil` is all.
    package let upTo: Double?
    package let count: UInt64

    package init(upTo: Double?, count: UInt64) {
        self.upTo = upTo.flatMap { $0.isFinite ? $0 : nil }
        self.count = count
    }
}

struct MetricsParameters: Codable, Sendable {
    var families: [MetricFamily]
}
