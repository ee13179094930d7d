// Whether this martlet could go on with the state of another master: `martletd --check-state`.

import LinuxKernel

package enum StateInspection {
    /// - Parameters:
    ///   - file: The memory of the other master.
    ///   - configuration: As the other master has it.
    /// - Throws: Why it could not, as the end of a sentence.
    package static func check(
        _ file: SharedDescriptor, _ configuration: Configuration
    ) throws(StartRefused) {
        let memory = try StartRefused.wrapping { () throws(SystemError) in try StateMemory(file) }
        let image = try StartRefused.wrapping { () throws(SystemError) in try memory.image() }
        guard let image else { throw StartRefused(.noInput, "there is no state to check") }
        do throws(StateRefused) {
            _ = try MasterState(decoding: image).settings(by: configuration)
        } catch {
            throw StartRefused(.configuration, error.description)
        }
    }
}
