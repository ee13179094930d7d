// Where the monitor finds the masters it watches; martletctl knows.

import LinuxKernel

package protocol Masters {
    /// Pools that have a master, or had one.
    func names() throws(SystemError) -> [String]

    /// Never waits for longer than a moment.
    func connect(to pool: String) throws(MasterAway) -> FileDescriptor
}

/// There is nobody to talk to.
package struct MasterAway: Error, Hashable, Sendable {
    /// A line that begins with the pool's name.
    package let sentence: String

    package init(_ sentence: String) {
        self.sentence = sentence
    }
}
