// The door for libFuzzer: MARTLET_FUZZ_TARGET names the parser, and a property that does not hold
// ends the process as a trap does, so that the input is kept.

import Glibc
import LinuxKernel

private let target: FuzzTarget = {
    let name = getenv("MARTLET_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        StandardStream.error.write("set MARTLET_FUZZ_TARGET to one of \(names)\n".utf8)
        exit(2)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target.check(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        StandardStream.error.write("FAULT: \(error)\n".utf8)
        abort()
    }
    return 0
}
