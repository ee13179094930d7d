// One look at all pools: each master is asked for its figures, all at once.
// Invariant: it ends with its time, whatever masters do; one that does not answer hides no other.

import Glibc
import LinuxKernel
import PoolWire

struct Scrape {
    /// Where the masters' directories are.
    let directory: String
    /// How long the masters may take together.
    var nanoseconds: Int64 = 3_000_000_000

    /// How long one of them may keep its queue full.
    private static let connectPatience: Int64 = 100_000_000
    /// Far more than the figures of the largest pool.
    private static let longestReply = 4 << 20

    /// One pool, and what came of asking its master.
    final class Question {
        let pool: String
        /// `nil` once there is nothing to wait for any more.
        fileprivate var socket: SharedDescriptor?
        /// `nil` as long as there is no answer.
        fileprivate var families: [MetricFamily]?
        private var client = ControlClient(.metrics, longestReply: Scrape.longestReply)

        fileprivate init(_ pool: String, _ socket: SharedDescriptor?) {
            self.pool = pool
            self.socket = socket
        }

        /// Takes what has come; the end of it closes the socket.
        fileprivate func receive() {
            withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
                switch try? socket?.descriptor.receive(into: buffer) {
                case .wouldBlock: return
                case .bytes(let count): take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                case .closed, nil: socket = nil
                }
            }
        }

        private func take(_ bytes: UnsafeRawBufferPointer) {
            let news = try? client.receive(bytes)
            if let news, news.isEmpty { return }
            switch news?.first {
            case .answer(.metrics(let families)): self.families = families
            // A master from before an upgrade is there, and has no figures.
            case .answer(.refused(.other("org.varlink.service.MethodNotFound"))): families = []
            default: break
            }
            socket = nil
        }
    }

    /// In the order of their names; a pool that did not answer is told as down.
    func text() throws(SystemError) -> String {
        let deadline = MonotonicClock.now() + nanoseconds
        return try text(of: try ask(), until: deadline)
    }

    /// What comes of questions that were asked.
    func text(of questions: [Question], until deadline: Int64) throws(SystemError) -> String {
        try listen(to: questions, until: deadline)
        var text = OpenMetricsText()
        for question in questions { text.add(question.families, of: question.pool) }
        return text.text
    }

    func ask() throws(SystemError) -> [Question] {
        var questions: [Question] = []
        // Half of the time for all queues that are full: the others answer in the rest of it.
        let end = MonotonicClock.now() + nanoseconds / 2
        for pool in (try FileSystem.listDirectory(directory) ?? []).sorted() {
            do throws(SystemError) {
                let patience = max(0, min(Self.connectPatience, end - MonotonicClock.now()))
                let socket = try ConnectingSocket.connect(
                    to: .path("\(directory)/\(pool)/control"), nanoseconds: patience)
                // Shorter than what a new socket takes; if the master is gone, reading tells it.
                _ = ControlRequest.metrics.frame.withUnsafeBytes { try? socket.send($0) }
                questions.append(Question(pool, SharedDescriptor(socket)))
            } catch {
                // A directory that a master has left, or has only begun with.
                if [ENOENT, ENOTDIR, ECONNREFUSED].contains(error.code) { continue }
                questions.append(Question(pool, nil))
            }
        }
        return questions
    }

    private func listen(
        to questions: [Question], until deadline: Int64
    ) throws(SystemError) {
        let epoll = try Epoll(capacity: max(1, questions.count))
        for (index, question) in questions.enumerated() {
            guard let socket = question.socket else { continue }
            try epoll.add(socket.descriptor, .readable, token: UInt64(index))
        }
        while questions.contains(where: { $0.socket != nil }) {
            let left = deadline - MonotonicClock.now()
            guard left > 0 else { return }
            var ready: [Int] = []
            _ = try epoll.wait(nanoseconds: left) { ready.append(Int($0.token)) }
            // Closing the socket, which nobody else has, ends the watch.
            for index in ready { questions[index].receive() }
        }
    }
}
