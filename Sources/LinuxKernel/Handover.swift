// Descriptors that a process leaves to the program which it becomes.
// Invariant: each is owned once, and is close-on-exec again as soon as it was taken.
//
// The variable is `FD:NAME FD:NAME …`. Of a name whatever is no printable character of ASCII, blanks,
// and `%` are written as `%` and two hexadecimal digits.

import CLinux
import Glibc

package enum Handover {
    package static let variable = "MARTLET_HANDOVER"

    package typealias Item = (name: String, descriptor: SharedDescriptor)

    /// Takes what this process has left to itself, in its order, and removes the variable from the
    /// environment. A second call finds none.
    ///
    /// - Throws: EINVAL for a variable that cannot be read; EBADF if a descriptor it names is not
    ///   open. Those that it names and that are open are closed then.
    package static func take() throws(SystemError) -> [Item] {
        guard let text = OwnProcess.variable(variable) else { return [] }
        unsetenv(variable)
        // All are owned before anything is refused, so that none is left open.
        let words = text.split(separator: " ").map { Word($0) }
        var numbers: Set<Int32> = []
        var items: [Item] = []
        var problem: SystemError?
        for word in words {
            guard let word, numbers.insert(word.number).inserted else {
                problem = SystemError(code: EINVAL, operation: "read \(variable)=\(text)")
                continue
            }
            guard fcntl(word.number, F_GETFD) != -1 else {
                let operation = "take over descriptor \(word.number) (\(word.name))"
                problem = SystemError(code: EBADF, operation: operation)
                continue
            }
            items.append((word.name, SharedDescriptor(FileDescriptor(owning: word.number))))
        }
        if let problem { throw problem }
        for (_, shared) in items { try shared.descriptor.setCloseOnExec() }
        return items
    }

    /// The value of the variable; `nil` if a descriptor is there twice.
    static func text(_ items: [Item]) -> String? {
        guard Set(items.map(\.descriptor.rawValue)).count == items.count else { return nil }
        return items.map { "\($0.descriptor.rawValue):\(escape($0.name))" }.joined(separator: " ")
    }

    private struct Word {
        let number: Int32
        let name: String

        init?(_ text: Substring) {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let number = Int32(parts[0]), number > 2,
                let name = Handover.unescape(parts[1])
            else { return nil }
            self.number = number
            self.name = name
        }
    }

    private static let percent = UInt8(ascii: "%")

    private static func escape(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            if (0x21...0x7E).contains(byte), byte != percent {
                bytes.append(byte)
            } else {
                bytes += [percent, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `nil` where a `%` has not its two digits.
    private static func unescape(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == percent else {
                bytes.append(byte)
                continue
            }
            let digits = Substring(rest.prefix(2))
            // A sign would be taken for a digit.
            guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit),
                let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
