// Signals as something to read.
// Invariant: a signal of the set interrupts nothing and is never lost; it waits in the descriptor.

import CLinux
import Glibc

/// A signal that arrived, and who sent it.
package struct ReceivedSignal: Equatable, Sendable {
    package let number: Int32
    /// 0 if it came from the kernel or from outside this pid namespace.
    package let senderPid: Int32
    package let senderUser: UInt32
}

/// Blocks a set of signals and receives them through a descriptor. The kernel keeps one of each
/// kind: a second SIGHUP before the first was read is the same one.
package struct SignalSource: ~Copyable {
    package let descriptor: FileDescriptor
    /// The mask of the thread as it was before.
    private let previousMask: sigset_t

    /// Blocks the signals for the calling thread and all it starts from now on, and only then opens
    /// the descriptor, so that none slips through. Call it before READY=1.
    ///
    /// The corresponding C function is `signalfd(2)`.
    package init(_ numbers: [Int32]) throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        var previous = sigset_t()
        let blocked = pthread_sigmask(SIG_BLOCK, &set, &previous)
        guard blocked == 0 else { throw SystemError(code: blocked, operation: "block signals") }

        let flags = Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)
        switch systemCall({ signalfd(-1, &set, flags) }) {
        case .value(let raw):
            descriptor = FileDescriptor(owning: raw)
            previousMask = previous
        case .failure(let code):
            pthread_sigmask(SIG_SETMASK, &previous, nil)
            throw SystemError(code: code, operation: "open a descriptor for signals")
        }
    }

    /// Every signal that waits; none is an empty array.
    package borrowing func read() throws(SystemError) -> [ReceivedSignal] {
        var received: [ReceivedSignal] = []
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        let raw = descriptor.rawValue
        while true {
            let count = try systemCall { Glibc.read(raw, &information, size) }
                .get(except: EAGAIN, operation: "read a signal")
            guard count == size else { return received }
            received.append(
                ReceivedSignal(
                    number: Int32(information.ssi_signo), senderPid: Int32(information.ssi_pid),
                    senderUser: information.ssi_uid))
        }
    }

    /// Stops this process as Ctrl-Z does, and returns when it goes on. For a program that has SIGTSTP
    /// in its set, to put its terminal in order first. In a process group that nobody could let go
    /// on, the kernel does not stop it.
    ///
    /// The corresponding C function is `raise(3)`.
    package borrowing func stopThisProcess() {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTSTP)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(SIGTSTP)
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Puts the thread's mask back to what it was; signals that still wait are delivered now.
    package consuming func restoreSignals() {
        var mask = previousMask
        pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}

/// Dispositions of the whole process that a supervisor sets once, at its start.
package enum ProcessSignals {
    /// A write to a pipe or a stream without a reader fails with EPIPE, and one beyond
    /// `LimitFSIZE=` with EFBIG, instead of ending us.
    /// Launched programs get the default back.
    package static func ignoreFailedWrites() throws(SystemError) {
        _ = try systemCall { martlet_ignore_failed_writes() }.get("ignore SIGPIPE and SIGXFSZ")
    }
    /// Signals to this process come to the calling thread from now on, whichever thread the kernel
    /// gives them to. For a ``SignalSource`` in a program that has other threads, which do not block
    /// the signals: the default would end the program there. Once in a process; launched programs get
    /// the defaults back.
    ///
    /// The corresponding C function is `sigaction(2)`.
    package static func passToThisThread(_ numbers: [Int32]) throws(SystemError) {
        _ = try systemCall { martlet_pass_signals_to_this_thread(numbers, numbers.count) }
            .get("take the signals of this process")
    }
}
