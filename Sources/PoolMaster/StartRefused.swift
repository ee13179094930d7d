// Why a pool did not even begin: a sentence for people and a status for programs.

import LinuxKernel
import PoolConfiguration

/// A failure before the first worker; ends the program.
package struct StartRefused: Error, CustomStringConvertible {
    /// The exit statuses of sysexits.h(3head) that fit.
    package enum Cause: Int32, Sendable {
        case usage = 64
        case noInput = 66
        case unavailable = 69
        case software = 70
        case system = 71
        case output = 74
        case permission = 77
        case configuration = 78
    }

    package let cause: Cause
    /// One or more lines, each a sentence.
    package let description: String

    package init(_ cause: Cause, _ sentence: String) {
        self.cause = cause
        description = sentence
    }

    package init(_ refused: ConfigurationRefused) {
        self.init(
            refused.isMissing ? .noInput : .configuration,
            refused.problems.map(\.description).joined(separator: "\n"))
    }

    package static func wrapping<Value>(
        _ body: () throws(SystemError) -> Value
    ) throws(StartRefused) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw StartRefused(.system, error.description)
        }
    }
}
