// What holds for the texts and addresses that come from the kernel. Its numbers can be trusted, the
// words in between cannot: a worker chooses its own name in /proc/PID/stat, a peer its address.

import Glibc

@testable import LinuxKernel

struct KernelCheck {
    private let input: [UInt8]

    init(_ input: [UInt8]) {
        self.input = input
    }

    func run() throws {
        let text = String(decoding: input, as: UTF8.self)
        if let usage = ProcessUsage(
            stat: text, uptime: 1 << 50, ticksPerSecond: 100, pageSize: 4_096)
        {
            try demand(usage.uptimeNanoseconds >= 0, "an uptime of \(usage.uptimeNanoseconds)")
        }
        _ = ProcessMemory.own(statm: text, pageSize: 4_096)
        let quota = ProcessorCount.quota(fromMaximum: text)
        let count = ProcessorCount.available(affinity: 8, quota: quota)
        try demand((1...8).contains(count), "\(count) processors")
        if let name = ControlGroupHierarchy.unifiedName(in: text) {
            try demand(name.utf8.first == UInt8(ascii: "/"), "the group \(name)")
            try demand(name.utf8.count <= 3 * input.count, "a long group")
        }
        try checkName(text)
        try checkAddress()
    }

    /// A program of this name does not change what is read behind it.
    private func checkName(_ name: String) throws {
        let fields = (3...52).map(String.init).joined(separator: " ")
        let usage = ProcessUsage(
            stat: "7 (\(name)) \(fields)\n", uptime: 1 << 50, ticksPerSecond: 100, pageSize: 4_096)
        let wanted = ProcessUsage(
            stat: "7 (x) \(fields)\n", uptime: 1 << 50, ticksPerSecond: 100, pageSize: 4_096)
        try demand(usage == wanted && wanted != nil, "the name \(name.debugDescription) counts")
    }

    private func checkAddress() throws {
        var storage = sockaddr_storage()
        let length = min(input.count, MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: input.prefix(length)) }
        let address = SocketAddress(storage, length: socklen_t(length))
        switch address {
        case .inet4, .inet6:
            let text = address.description
            try demand(SocketAddress(listenStream: text) == address, "\(text) is another address")
        case .path, .abstract, .unnamed, .other: break
        }
    }
}
