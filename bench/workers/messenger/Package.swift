// swift-tools-version: 6.0
// A worker in Swift for bench/subjects/messages.py. A package of its own: it sees what is public.

import PackageDescription

let package = Package(
    name: "messenger",
    dependencies: [.package(name: "martlet", path: "../../..")],
    targets: [
        .executableTarget(
            name: "messenger", dependencies: [.product(name: "Martlet", package: "martlet")])
    ]
)
