// Sockets that systemd holds and lends us, and what a master before this one has left to us.
// Invariant: a descriptor that came in is owned from then on and close-on-exec, and a socket never
// blocks.

import CSystemd
import Glibc
import LinuxKernel

/// A descriptor that systemd, or a master before this one, has passed to this process.
package final class InheritedDescriptor: Sendable {
    /// `FileDescriptorName=`; systemd's default is the unit's name, `unknown` where nobody named it.
    package let name: String
    package let shared: SharedDescriptor
    /// What the kernel says it is; `nil` for what is not a socket, such as a FIFO.
    package let socket: SocketFacts?

    init(name: String, shared: SharedDescriptor, socket: SocketFacts?) {
        self.name = name
        self.shared = shared
        self.socket = socket
    }
}

package enum Activation {
    /// Names of what a master keeps in systemd's store begin with this. It keeps no socket that
    /// listens, so such a one is the pool's, whatever somebody has called it.
    package static let storePrefix = "martlet."

    /// The same of what is only left from one execution to the next: no socket can have such a name,
    /// as systemd's names are without a colon.
    package static let handoverPrefix = "martlet:"

    /// What came in, told apart by its names.
    package typealias Descriptors = (
        /// To serve from, in systemd's order.
        sockets: [InheritedDescriptor],
        /// From the store, in no order; one name may come several times.
        stored: [InheritedDescriptor]
    )

    /// Takes every descriptor passed to this very process, and removes `LISTEN_FDS`, `LISTEN_PID`
    /// and `LISTEN_FDNAMES` from the environment. A second call finds none.
    ///
    /// O_NONBLOCK, which systemd clears, is set again: of the workers that wake up for one
    /// connection all but one would otherwise wait in accept(2), deaf to everything else. It holds
    /// for all processes that share the socket. What comes from the store stays as it is: of a pidfd
    /// the flag says how waitid(2) waits.
    ///
    /// - Throws: EINVAL for an environment that cannot be read; EBADF if a descriptor it names is
    ///   not open.
    ///
    /// The corresponding C function is `sd_listen_fds_with_names(3)`.
    package static func take() throws(SystemError) -> Descriptors {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        defer {
            if let names, count > 0 {
                for index in 0..<Int(count) { free(names[index]) }
            }
            free(names)
        }
        guard count >= 0 else {
            throw SystemError(code: -count, operation: "take the sockets that were passed to us")
        }
        // All are owned before any is looked at, so that none is left open if one is refused.
        let taken = (0..<count).map { index -> Handover.Item in
            let name = names?[Int(index)].map { String(cString: $0) } ?? "unknown"
            let descriptor = FileDescriptor(owning: SD_LISTEN_FDS_START + index)
            return (name, SharedDescriptor(descriptor))
        }
        let descriptors = try receive(taken)
        for socket in descriptors.sockets { try socket.shared.descriptor.setNonBlocking() }
        return descriptors
    }

    /// Takes what this process has left to itself when it executed itself anew: all that `take()`
    /// had found and what was made since, under the same names. Nothing about it is changed: workers
    /// may have made a socket that they share block.
    ///
    /// - Throws: As ``Handover/take()``.
    package static func takeHandover() throws(SystemError) -> Descriptors {
        try receive(try Handover.take())
    }

    private static func receive(_ taken: [Handover.Item]) throws(SystemError) -> Descriptors {
        var descriptors: Descriptors = ([], [])
        for (name, shared) in taken {
            try shared.descriptor.setCloseOnExec()
            let socket = try facts(of: shared.descriptor)
            let isStored =
                name.hasPrefix(handoverPrefix)
                || name.hasPrefix(storePrefix) && socket?.isListening != true
            let inherited = InheritedDescriptor(name: name, shared: shared, socket: socket)
            if isStored {
                descriptors.stored.append(inherited)
            } else {
                descriptors.sockets.append(inherited)
            }
        }
        return descriptors
    }

    private static func facts(
        of descriptor: borrowing FileDescriptor
    ) throws(SystemError) -> SocketFacts? {
        do throws(SystemError) {
            return try SocketFacts(of: descriptor)
        } catch {
            guard error.code == ENOTSOCK else { throw error }
            return nil
        }
    }
}
