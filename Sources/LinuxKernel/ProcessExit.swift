// How a process ended, in wait(2)'s words.

import CLinux
import Glibc

package enum ProcessExit: Equatable, Sendable {
    /// It called exit(3); 0…255.
    case exited(Int32)
    case signaled(Int32, coreDumped: Bool)
    /// It is gone, and neither was it our child nor has the kernel kept a record.
    case unknown

    init(_ result: martlet_exit) {
        switch result.code {
        case Int32(CLD_EXITED): self = .exited(result.status)
        case Int32(CLD_DUMPED): self = .signaled(result.status, coreDumped: true)
        default: self = .signaled(result.status, coreDumped: false)
        }
    }

    /// - Parameter status: As wait(2) has it, of a process that has ended.
    init(waitStatus status: Int32) {
        let signal = status & 0x7F
        self =
            signal == 0
            ? .exited(status >> 8 & 0xFF) : .signaled(signal, coreDumped: status & 0x80 != 0)
    }
}
