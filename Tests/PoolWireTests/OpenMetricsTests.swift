import Testing

@testable import PoolWire

@Suite("OpenMetrics text")
struct OpenMetricsTests {
    private static func text(_ families: [MetricFamily]?, _ pool: String = "web") -> String {
        var text = OpenMetricsText()
        text.add(families, of: pool)
        return text.text
    }

    @Test("has a family's head once, with the samples of all pools behind it")
    func merged() {
        var text = OpenMetricsText()
        for pool in ["web", "mail"] {
            text.add(
                [
                    MetricFamily(.workers, [MetricSample(["state": "ready"], 4)]),
                    MetricFamily(.workerProcessorTime, [MetricSample(["slot": "0"], 0.25)]),
                ], of: pool)
        }
        text.add(nil, of: "dead")
        #expect(
            text.text == """
                # TYPE martlet_up gauge
                # HELP martlet_up Whether the pool's master has answered.
                martlet_up{pool="web"} 1
                martlet_up{pool="mail"} 1
                martlet_up{pool="dead"} 0
                # TYPE martlet_workers gauge
                # HELP martlet_workers Workers, and slots without one, by state.
                martlet_workers{pool="web",state="ready"} 4
                martlet_workers{pool="mail",state="ready"} 4
                # TYPE martlet_worker_cpu_seconds counter
                # UNIT martlet_worker_cpu_seconds seconds
                # HELP martlet_worker_cpu_seconds \(Metric.workerProcessorTime.help)
                martlet_worker_cpu_seconds_total{pool="web",slot="0"} 0.25
                martlet_worker_cpu_seconds_total{pool="mail",slot="0"} 0.25
                # EOF

                """)
    }

    @Test("ends with # EOF, whether there is a pool or not")
    func empty() {
        #expect(OpenMetricsText().text == "# EOF\n")
        #expect(Self.text([]).hasSuffix("\n# EOF\n"))
    }

    @Test("writes a histogram with its buckets, count and sum")
    func histogram() {
        let text = Self.text(Samples.families)
        #expect(
            text.contains(
                """
                martlet_rollout_duration_seconds_bucket{pool="web",result="completed",le="0.5"} 0
                martlet_rollout_duration_seconds_bucket{pool="web",result="completed",le="+Inf"} 2
                martlet_rollout_duration_seconds_count{pool="web",result="completed"} 2
                martlet_rollout_duration_seconds_sum{pool="web",result="completed"} 3.25

                """))
    }

    @Test("escapes what labels hold, and has no control characters")
    func escaped() {
        let family = MetricFamily(
            .queueLength, [MetricSample(["address": "/a\"b\\c\n\u{1b}[m\u{202e}d"], 1)])
        let line = #"martlet_listen_queue_length{pool="web",address="/a\"b\\c[md"} 1"#
        #expect(Self.text([family]).contains(line))
    }

    @Test("lets no pool speak for another one, nor twice for itself")
    func forged() {
        let forged = [
            MetricFamily(
                .workersReady,
                [
                    MetricSample(["pool": "bank"], 0), MetricSample([:], 7),
                    MetricSample(["le": "1"], 8),
                ]),
            MetricFamily(.workersReady, [MetricSample([:], 9)]),
            MetricFamily(.up, [MetricSample([:], 0), MetricSample(["x": "y"], 0)]),
        ]
        let samples = Self.text(forged).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(samples == [#"martlet_up{pool="web"} 1"#, #"martlet_workers_ready{pool="web"} 0"#])
    }

    @Test(
        "leaves out what would spoil the rest",
        arguments: [
            MetricFamily(
                name: "martlet_workers", type: "counter", help: "", samples: [MetricSample([:], 1)]),
            MetricFamily(
                name: "martlet_workers", type: "gauge", unit: "seconds", help: "",
                samples: [MetricSample([:], 1)]),
            MetricFamily(
                name: "martlet_strange\n", type: "gauge", help: "", samples: [MetricSample([:], 1)]),
            MetricFamily(.workers, [MetricSample(["a b": ""], 1)]),
            MetricFamily(.workers, [MetricSample(["": ""], 1)]),
            MetricFamily(.workers, [MetricSample(["0": ""], 1)]),
            MetricFamily(.workers, [MetricSample(["__name__": "up"], 1)]),
            MetricFamily(.messages, [MetricSample([:], -1)]),
            MetricFamily(.rolloutDuration, [MetricSample([:], 1)]),
            MetricFamily(.rolloutDuration, [MetricSample([:], 1, buckets: [])]),
            MetricFamily(
                .rolloutDuration,
                [MetricSample([:], 1, buckets: [MetricBucket(upTo: 1, count: 1)])]),
            MetricFamily(
                .rolloutDuration,
                [
                    MetricSample(
                        [:], 1,
                        buckets: [
                            MetricBucket(upTo: 1, count: 2), MetricBucket(upTo: nil, count: 1),
                        ])
                ]),
        ])
    func spoilt(_ family: MetricFamily) {
        #expect(Self.text([family]) == Self.text([]))
    }

    @Test("names each family so that a monitoring system takes it", arguments: Metric.allCases)
    func names(_ metric: Metric) {
        #expect(metric.name.hasPrefix("martlet_"))
        #expect(metric.name.utf8.allSatisfy { $0 == 0x5f || (0x61...0x7a).contains($0) })
        // The renderer adds these.
        for suffix in ["_total", "_sum", "_count", "_bucket", "_created"] {
            #expect(!metric.name.hasSuffix(suffix))
        }
        #expect(metric.help.hasSuffix("."))
    }
}
