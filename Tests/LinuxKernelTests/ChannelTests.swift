// Packets with descriptors, and who is at the other end.

import CLinux
import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

@Suite("A channel of packets") struct ChannelTests {
    private func receive(
        _ end: SharedDescriptor, room: Int = 64, most: Int
    ) throws -> DescriptorReceipt {
        try withUnsafeTemporaryAllocation(byteCount: room, alignment: 1) {
            try end.descriptor.receive(into: $0, descriptors: most)
        }
    }

    private func owned(_ passed: PassedDescriptor) -> SharedDescriptor? {
        guard let descriptor = passed.take() else { return nil }
        return SharedDescriptor(descriptor)
    }

    private func write(_ bytes: [UInt8], to end: SharedDescriptor) throws -> Transfer {
        try bytes.withUnsafeBytes { try end.descriptor.write($0) }
    }

    private func read(from end: SharedDescriptor) throws -> [UInt8] {
        try withUnsafeTemporaryAllocation(byteCount: 8, alignment: 1) { buffer in
            guard case .bytes(let count) = try end.descriptor.read(into: buffer) else { return [] }
            return Array(buffer[..<count])
        }
    }

    private func send(_ count: Int, _ attached: [SharedDescriptor], to end: SharedDescriptor) throws
    {
        let bytes = [UInt8](repeating: 7, count: count)
        #expect(
            try bytes.withUnsafeBytes { try end.descriptor.send($0, with: attached) }
                == .bytes(count))
    }

    @Test("keeps packets whole and descriptors in order")
    func order() throws {
        let (own, other) = try ChannelPair.make(.sequentialPacket)
        let pipes = try (0..<3).map { _ in try Pipe() }
        let written = pipes.compactMap(\.writeEnd)
        try send(3, written, to: own)
        try send(5, [], to: own)
        let first = try receive(other, most: 8)
        #expect(first.transfer == .bytes(3) && !first.isTruncated && first.descriptors.count == 3)
        for (index, passed) in first.descriptors.enumerated() {
            let descriptor = try #require(owned(passed))
            #expect(owned(passed) == nil)
            #expect(try descriptor.descriptor.isCloseOnExec())
            #expect(try write([UInt8(index)], to: descriptor) == .bytes(1))
            #expect(try read(from: pipes[index].readEnd) == [UInt8(index)])
        }
        let second = try receive(other, most: 8)
        #expect(second.transfer == .bytes(5) && second.descriptors.isEmpty)
        #expect(try receive(own, most: 8).transfer == .wouldBlock)
    }

    @Test("closes descriptors that nobody takes, or that are too many")
    func untaken() throws {
        let (own, other) = try ChannelPair.make(.sequentialPacket)
        let writing: [SharedDescriptor]
        do {
            let pipes = try (0..<4).map { _ in try LinuxKernel.Pipe.make() }
            writing = pipes.map(\.writer)
            try send(1, pipes.map(\.reader), to: own)
            let receipt = try receive(other, most: 2)
            #expect(receipt.descriptors.count == 2)
            for end in writing[..<2] { #expect(try write([1], to: end) == .bytes(1)) }
        }
        try ProcessSignals.ignoreFailedWrites()
        for end in writing { #expect(try eventually { try write([1], to: end) == .closed }) }
    }

    @Test("says when a packet was longer than the room, and when the other end is closed")
    func ends() throws {
        let end: SharedDescriptor
        do {
            let (own, other) = try ChannelPair.make(.sequentialPacket)
            end = own
            try send(65, [], to: other)
            #expect(try receive(own, most: 1).isTruncated)
            #expect(try receive(own, most: 1).transfer == .wouldBlock)
        }
        #expect(try eventually { try receive(end, most: 1).transfer == .closed })
    }
}

@Suite("A client's identity") struct PeerIdentityTests {
    @Test("is an address without the port")
    func inet() throws {
        let (four, _) = try connected(at: "127.0.0.1:0", from: "127.0.0.9:0")
        #expect(try four.descriptor.peerIdentity() == [127, 0, 0, 9])
        let (mapped, _) = try connected(at: "[::]:0", from: "127.0.0.9:0")
        #expect(try mapped.descriptor.peerIdentity() == [127, 0, 0, 9])
        let (six, _) = try connected(at: "[::1]:0", from: "[::1]:0")
        #expect(
            try six.descriptor.peerIdentity() == [UInt8](repeating: 0, count: 15) + [1])
    }

    @Test("is the user and the process at a unix socket")
    func unix() throws {
        let (accepted, _) = try ChannelPair.make(.stream)
        let pid = UInt32(bitPattern: getpid())
        let user = geteuid()
        let expected = [user, pid].flatMap { number in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
        }
        #expect(try accepted.descriptor.peerIdentity() == expected)
    }

    /// A connection from one address to a listener at another.
    private func connected(
        at listening: String, from source: String
    ) throws -> (accepted: SharedDescriptor, client: SharedDescriptor) {
        let listener = try ListeningSocket.make(
            at: try #require(SocketAddress(listenStream: listening)))
        let own = try #require(SocketAddress(listenStream: source))
        let target = target(of: try listener.localAddress(), like: own)
        let raw = socket(own.family, Int32(SOCK_STREAM.rawValue), 0)
        let client = SharedDescriptor(FileDescriptor(owning: raw))
        let bound = try own.withKernelForm { Glibc.bind(raw, $0, $1) }
        let connected = try target.withKernelForm { Glibc.connect(raw, $0, $1) }
        #expect(bound == 0 && connected == 0)
        guard let accepted = try ListeningSocket.accept(from: listener) else {
            throw SystemError(code: EAGAIN, operation: "accept")
        }
        return (SharedDescriptor(accepted), client)
    }

    private func target(of listening: SocketAddress, like own: SocketAddress) -> SocketAddress {
        switch (listening, own) {
        case (.inet6(_, let port, _), .inet4): .inet4([127, 0, 0, 1], port: port)
        default: listening
        }
    }
}
