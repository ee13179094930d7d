// One system call and its errno.
// Invariant: errno is read right after the call, before anything else can change it; a call that a
// signal interrupted is made again.

import Glibc

/// What a system call gave back.
enum SystemCallResult<Value: FixedWidthInteger & SignedInteger> {
    case value(Value)
    case failure(Int32)

    func get(_ operation: @autoclosure () -> String) throws(SystemError) -> Value {
        switch self {
        case .value(let value): return value
        case .failure(let code): throw SystemError(code: code, operation: operation())
        }
    }

    /// `nil` for the errors named, which the caller expects.
    func get(
        except expected: Int32..., operation: @autoclosure () -> String
    ) throws(SystemError) -> Value? {
        switch self {
        case .value(let value): return value
        case .failure(let code) where expected.contains(code): return nil
        case .failure(let code): throw SystemError(code: code, operation: operation())
        }
    }
}

/// - Parameter body: One call that returns -1 and sets errno when it fails; nothing else, as
///   whatever follows the call could change errno.
@inline(__always)
func systemCall<Value: FixedWidthInteger & SignedInteger>(
    _ body: () -> Value
) -> SystemCallResult<Value> {
    while true {
        let value = body()
        if value != -1 { return .value(value) }
        let code = errno
        if code != EINTR { return .failure(code) }
    }
}

/// The same for a call that takes a path: the string is freed after errno was read.
@inline(__always)
func systemCall<Value: FixedWidthInteger & SignedInteger>(
    _ path: String, _ body: (UnsafePointer<CChar>) -> Value
) -> SystemCallResult<Value> {
    path.withCString { pointer in systemCall { body(pointer) } }
}
