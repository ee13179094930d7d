// How a process ended, in wait(2)'s words.

import CLinux
import Glibc

package enum ProcessExit: Equatable, Sendable {
    /// It called exit(3); 0…255.
    case exited(Int32)
    case signaled(Int32, coreDumped: Bool)

    init(_ result: martlet_exit) {
        switch result.code {
        case Int32(CLD_EXITED): self = .exited(result.status)
        case Int32(CLD_DUMPED): self = .signaled(result.status, coreDumped: true)
        default: self = .signaled(result.status, coreDumped: false)
        }
    }
}
