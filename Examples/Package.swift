// swift-tools-version: 6.0
// Workers in Swift. A package of its own, as yours would be: it sees what is public.

import PackageDescription

let package = Package(
    name: "martlet-examples",
    dependencies: [.package(name: "martlet", path: "..")],
    targets: [
        .target(name: "TinyHTTP", dependencies: [.product(name: "Martlet", package: "martlet")]),
        .executableTarget(
            name: "hello",
            dependencies: ["TinyHTTP", .product(name: "Martlet", package: "martlet")]),
        .executableTarget(
            name: "cached-query",
            dependencies: ["TinyHTTP", .product(name: "Martlet", package: "martlet")]),
        .executableTarget(
            name: "cluster-hello",
            dependencies: [
                "TinyHTTP", .product(name: "Martlet", package: "martlet"),
                .product(name: "MartletCluster", package: "martlet"),
            ]),
        .executableTarget(
            name: "midnight-job",
            dependencies: ["TinyHTTP", .product(name: "Martlet", package: "martlet")]),
        .executableTarget(
            name: "slow-requests",
            dependencies: ["TinyHTTP", .product(name: "Martlet", package: "martlet")]),
        .executableTarget(
            name: "visit-counter",
            dependencies: ["TinyHTTP", .product(name: "Martlet", package: "martlet")]),
    ]
)
