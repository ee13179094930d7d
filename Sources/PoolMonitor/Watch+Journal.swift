// The journal of what is chosen, below all else.
// Invariant: there is one journalctl at most that is read from, and of those before none is forgotten.

import Glibc
import LinuxKernel

extension Watch {
    private static let tailDelay: Int64 = 200_000_000
    private static let journalDelay: Int64 = 200_000_000

    /// Opens the journal of what is chosen, once that has been chosen for a moment: not of all that
    /// is passed by.
    func settleTail(_ now: Int64) {
        let wanted = board.journalSubject
        if wanted != wantedTail {
            closeTail()
            wantedTail = wanted
            nextTail = wanted.map { _ in now + Self.tailDelay }
        }
        guard let wanted, let due = nextTail, now >= due else { return }
        nextTail = nil
        openTail(wanted)
    }

    private func openTail(_ subject: JournalSubject) {
        do throws(SystemError) {
            let tail = try JournalTail(subject)
            try epoll.add(tail.output.descriptor, .readable, token: Token.journal)
            try epoll.add(tail.complaints.descriptor, .readable, token: Token.complaints)
            self.tail = tail
        } catch {
            board.journal.trouble =
                error.code == ENOENT ? "there is no journalctl here" : "\(error)"
        }
    }

    private func closeTail() {
        board.journal = JournalText()
        guard let tail else { return }
        self.tail = nil
        stopWatching(tail.output)
        stopWatching(tail.complaints)
        tail.end()
        ending.append(tail)
    }

    private func stopWatching(_ stream: SharedDescriptor) {
        _ = try? epoll.remove(stream.descriptor)
    }

    func readJournal() {
        guard let tail else { return }
        switch tail.read(into: buffer) {
        case .lines(let lines):
            board.journal.append(lines)
            drawWithin(Self.journalDelay)
        case .nothing: break
        case .ended:
            stopWatching(tail.output)
            board.journal.trouble = tail.trouble ?? "journalctl has ended"
            drawWithin(0)
        }
    }

    func readComplaints() {
        guard let tail else { return }
        switch tail.readComplaint(into: buffer) {
        case .lines:
            board.journal.trouble = tail.trouble
            drawWithin(Self.journalDelay)
        case .nothing: break
        case .ended: stopWatching(tail.complaints)
        }
    }
}
