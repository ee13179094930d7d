// swift-tools-version: 6.0
// Martlet: a systemd-native, socket-activated worker pool. README.md tells which target may know what.

import PackageDescription

let package = Package(
    name: "martlet",
    products: [
        .library(name: "Martlet", targets: ["Martlet"]),
        .library(name: "MartletCluster", targets: ["MartletCluster"]),
        .executable(name: "martletd", targets: ["martletd"]),
        .executable(name: "martletctl", targets: ["martletctl"]),
        .executable(name: "martlet-generator", targets: ["martlet-generator"]),
        .executable(name: "martlet-metrics", targets: ["martlet-metrics"]),
    ],
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(
            name: "CMicrohttpd", pkgConfig: "libmicrohttpd",
            providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
        .target(name: "LinuxKernel", dependencies: ["CLinux"]),
        .target(name: "Systemd", dependencies: ["LinuxKernel", "CSystemd"]),
        .target(name: "PoolCore"),
        .target(name: "PoolWire"),
        .target(name: "PoolConfiguration", dependencies: ["PoolCore"]),
        .target(name: "ConfigurationFiles", dependencies: ["PoolConfiguration", "LinuxKernel"]),
        .target(
            name: "PoolMaster",
            dependencies: [
                "LinuxKernel", "Systemd", "PoolCore", "PoolWire", "PoolConfiguration",
                "ConfigurationFiles",
            ]),
        .target(
            name: "PoolMonitor", dependencies: ["LinuxKernel", "CNcurses", "PoolCore", "PoolWire"]),
        .target(name: "Martlet", dependencies: ["LinuxKernel", "Systemd", "PoolWire"]),
        .target(
            name: "MartletCluster",
            dependencies: [
                "Martlet", "PoolMaster", "PoolCore", "PoolConfiguration", "PoolWire", "LinuxKernel",
                "Systemd",
            ]),
        .executableTarget(
            name: "martletd",
            dependencies: [
                "PoolMaster", "PoolCore", "PoolConfiguration", "PoolWire", "LinuxKernel", "Systemd",
            ]),
        .target(name: "EcosystemImport", dependencies: ["PoolConfiguration", "PoolWire"]),
        .executableTarget(
            name: "martletctl",
            dependencies: [
                "PoolWire", "PoolConfiguration", "ConfigurationFiles", "EcosystemImport",
                "LinuxKernel", "PoolMonitor",
            ]),
        .executableTarget(
            name: "martlet-generator",
            dependencies: ["PoolConfiguration", "ConfigurationFiles", "LinuxKernel", "Systemd"]),
        .executableTarget(
            name: "martlet-metrics",
            dependencies: [
                "CMicrohttpd", "PoolWire", "PoolConfiguration", "PoolCore", "LinuxKernel",
                "Systemd",
            ]),
        .executableTarget(
            name: "KernelProbe", dependencies: ["LinuxKernel", "Systemd"],
            path: "Tests/KernelProbe"),
        .executableTarget(
            name: "ClusterProbe", dependencies: ["MartletCluster", "Martlet", "LinuxKernel"],
            path: "Tests/ClusterProbe"),
        .target(name: "TestSupport", dependencies: ["LinuxKernel"], path: "Tests/Support"),
        .testTarget(
            name: "LinuxKernelTests",
            dependencies: ["LinuxKernel", "CLinux", "KernelProbe", "TestSupport"]),
        .testTarget(
            name: "SystemdTests",
            dependencies: ["Systemd", "LinuxKernel", "CLinux", "KernelProbe", "TestSupport"]),
        .target(
            name: "PoolSimulation", dependencies: ["PoolCore"], path: "Tests/PoolSimulation"),
        .executableTarget(
            name: "simulate", dependencies: ["PoolCore", "PoolSimulation"],
            path: "Tests/Simulate"),
        .testTarget(
            name: "PoolCoreTests", dependencies: ["PoolCore", "PoolSimulation"],
            exclude: ["transitions.txt"]),
        .testTarget(name: "PoolWireTests", dependencies: ["PoolWire"]),
        .testTarget(
            name: "MartletTests",
            dependencies: ["Martlet", "PoolMaster", "PoolCore", "PoolWire", "LinuxKernel"]),
        .testTarget(
            name: "MartletClusterTests",
            dependencies: [
                "MartletCluster", "ClusterProbe", "martletd", "PoolMaster", "PoolConfiguration",
                "PoolCore", "LinuxKernel", "TestSupport",
            ]),
        .testTarget(
            name: "MartletctlTests",
            dependencies: [
                "martletctl", "PoolWire", "PoolConfiguration", "ConfigurationFiles", "LinuxKernel",
                "TestSupport",
            ]),
        .testTarget(
            name: "EcosystemImportTests",
            dependencies: ["EcosystemImport", "PoolConfiguration"]),
        .testTarget(
            name: "MartletMetricsTests",
            dependencies: ["martlet-metrics", "PoolWire", "LinuxKernel", "TestSupport"]),
        .testTarget(
            name: "PoolMonitorTests",
            dependencies: ["PoolMonitor", "PoolCore", "PoolWire", "LinuxKernel"],
            exclude: ["Screens"]),
        .testTarget(
            name: "PoolConfigurationTests",
            dependencies: ["PoolConfiguration", "PoolCore", "ConfigurationFiles", "LinuxKernel"]),
        .testTarget(
            name: "PoolMasterTests",
            dependencies: ["PoolMaster", "PoolCore", "PoolWire", "LinuxKernel", "TestSupport"]),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "LinuxKernel", "PoolCore", "PoolWire", "PoolConfiguration", "PoolMaster",
                "martletctl",
            ],
            path: "Tests/Fuzz",
            exclude: ["Corpus", "Dictionaries", "Engines", "README.md", "build", "run"],
            sources: ["Targets", "Tests"]),
    ]
)
