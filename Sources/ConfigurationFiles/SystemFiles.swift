// Where configuration is really read from: the files of this machine.
// Invariant: a file is read with a limit, so that nobody's mistake fills the memory.

import LinuxKernel
import PoolConfiguration

package struct SystemFiles: ConfigurationSource {
    /// Far more than a person writes.
    private static let largestFile = 16 << 20

    package init() {}

    package func read(_ path: String) throws(ConfigurationReadError) -> [UInt8]? {
        do throws(SystemError) {
            guard try FileSystem.status(of: path) != nil else { return nil }
            return try FileSystem.readFile(path, limit: Self.largestFile)
        } catch {
            throw ConfigurationReadError(error.description)
        }
    }

    package func list(_ directory: String) throws(ConfigurationReadError) -> [String]? {
        do throws(SystemError) {
            return try FileSystem.listDirectory(directory)
        } catch {
            throw ConfigurationReadError(error.description)
        }
    }
}
