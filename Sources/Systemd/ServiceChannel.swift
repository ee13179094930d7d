// The way to the service manager, held open.
// Invariant: a notification needs no further descriptor.

import Glibc
import LinuxKernel

/// A socket kept for notifications. sd_notify(3) makes one for each, so a process that has no
/// descriptor left could not send its heartbeats, and would be taken for dead.
package final class ServiceChannel {
    private let socket: FileDescriptor
    private let address: SocketAddress

    private init(_ socket: consuming FileDescriptor, _ address: SocketAddress) {
        self.socket = socket
        self.address = address
    }

    /// `nil` if nobody listens, or not at a unix socket.
    package static func open() throws(SystemError) -> ServiceChannel? {
        guard let text = OwnProcess.variable("NOTIFY_SOCKET"),
            let address = SocketAddress(listenStream: text), address.family == AF_UNIX
        else { return nil }
        return ServiceChannel(try DatagramSocket.unbound(), address)
    }

    /// As `ServiceManager.notify`, with the socket that is there already. While the manager's queue
    /// is full it is left to sd_notify(3) to wait.
    package func notify(_ notification: ServiceNotification) throws(SystemError) {
        try send(ServiceManager.message([notification]))
    }

    func send(
        _ message: String, with descriptors: [SharedDescriptor] = []
    ) throws(SystemError) {
        let sending = try DatagramSocket.send(
            Array(message.utf8), descriptors: descriptors, to: address, from: socket)
        if sending != .sent { _ = try ServiceManager.send(message, with: descriptors) }
    }
}
