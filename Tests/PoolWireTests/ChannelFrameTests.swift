// Frames of the channel: these bytes stand for ever, as programs are built with older libraries.

import PoolWire
import Testing

@Suite struct ChannelFrameTests {
    // Made anew for each test: LeakSanitizer does not know arrays in an enum that stays.
    private static var workerFrames: [(WorkerFrame, [UInt8])] {
        [
            (.hello(version: 1), [1, 0, 0, 0, 1, 0, 0, 0]),
            (.opened(listener: 0x0102), [2, 0, 2, 1, 0, 0, 0, 0]),
            (.closed(listener: 3), [3, 0, 3, 0, 0, 0, 0, 0]),
            (.taken(through: 0x0102_0304), [4, 0, 0, 0, 4, 3, 2, 1]),
            (.refused(listener: 2, .max), [5, 0, 2, 0, 255, 255, 255, 255]),
            (.ended(listener: 2, count: 7), [6, 0, 2, 0, 7, 0, 0, 0]),
            (.leaving, [7, 0, 0, 0, 0, 0, 0, 0]),
            (.load(finished: 0x0102_0304, underWay: 5), [9, 0, 5, 0, 4, 3, 2, 1]),
            (.resumed(version: 1), [10, 0, 0, 0, 1, 0, 0, 0]),
            (.holds(listener: 0x0102, count: 0x0304), [11, 0, 2, 1, 4, 3, 0, 0]),
            (.message(PoolMessage(to: .others, body: [0x31])), [8, 0, 1, 0, 0, 0, 0, 0, 0x31]),
            (.message(PoolMessage(to: .slot(258), body: [])), [8, 0, 3, 0, 2, 1, 0, 0]),
            (.message(PoolMessage(to: .agent, body: [])), [8, 0, 4, 0, 0, 0, 0, 0]),
            (.message(PoolMessage(to: .workers, body: [])), [8, 0, 5, 0, 0, 0, 0, 0]),
            (.message(PoolMessage(to: .subscribers, body: [])), [8, 0, 6, 0, 0, 0, 0, 0]),
        ]
    }
    private static var masterFrames: [(MasterFrame, [UInt8])] {
        [
            (.connections(listener: 1, first: 0x0102_0304), [32, 0, 1, 0, 4, 3, 2, 1]),
            (.leave, [33, 0, 0, 0, 0, 0, 0, 0]),
            (
                .message(body: [0x31, 0x32], sender: .slot(5)),
                [34, 0, 0, 0, 5, 0, 0, 0, 0x31, 0x32]
            ),
            (.message(body: [0x31], sender: .outside), [34, 0, 1, 0, 0, 0, 0, 0, 0x31]),
            (.message(body: [0x31], sender: .agent), [34, 0, 2, 0, 0, 0, 0, 0, 0x31]),
            (.resume, [36, 0, 0, 0, 0, 0, 0, 0]),
            (.roll([0x5b, 0x5d]), [35, 0, 0, 0, 0, 0, 0, 0, 0x5b, 0x5d]),
        ]
    }

    @Test func framesHaveTheseBytes() throws {
        for (frame, bytes) in Self.workerFrames {
            #expect(frame.bytes == bytes)
            #expect(try bytes.withUnsafeBytes { try WorkerFrame($0) } == frame)
        }
        for (frame, bytes) in Self.masterFrames {
            #expect(frame.bytes == bytes)
            #expect(try bytes.withUnsafeBytes { try MasterFrame($0) } == frame)
        }
    }

    @Test func anythingElseIsRefused() {
        func refusal(_ bytes: [UInt8]) -> ChannelBroken? {
            bytes.withUnsafeBytes { packet in
                do throws(ChannelBroken) {
                    _ = try WorkerFrame(packet)
                    return nil
                } catch {
                    return error
                }
            }
        }
        #expect(refusal([]) == .length(0))
        #expect(refusal([1, 0, 0, 0, 1, 0, 0]) == .length(7))
        #expect(refusal([1, 0, 0, 0, 1, 0, 0, 0, 0]) == .length(9))
        #expect(refusal([0, 0, 0, 0, 0, 0, 0, 0]) == .kind(0))
        #expect(refusal([32, 0, 0, 0, 0, 0, 0, 0]) == .kind(32))
        #expect(refusal([1, 1, 0, 0, 0, 0, 0, 0]) == .kind(257))
        #expect(refusal([8, 0, 7, 0, 0, 0, 0, 0, 1]) == .address(7))
        let long = [8, 0] + [UInt8](repeating: 0, count: MasterFrame.longest - 1)
        #expect(refusal(long) == .length(MasterFrame.longest + 1))
        #expect(refusal(Array(long.dropLast())) == nil)
        #expect(ChannelBroken.kind(9).description.hasPrefix("sent a packet of the unknown kind 9"))
    }
}
