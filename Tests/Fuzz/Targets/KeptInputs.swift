// The inputs and the words that are kept beside this, by target.

import LinuxKernel

struct KeptInputs {
    /// Of this folder's parent, the one that `Corpus` is in.
    let directory: String

    struct Input {
        let name: String
        let bytes: [UInt8]
    }

    /// Sorted by name.
    func corpus(of target: FuzzTarget) throws(SystemError) -> [Input] {
        try Self.inputs(in: "\(directory)/Corpus/\(target.rawValue)")
    }

    static func inputs(in directory: String) throws(SystemError) -> [Input] {
        var inputs: [Input] = []
        for name in try FileSystem.listDirectory(directory)?.sorted() ?? [] {
            let bytes = try FileSystem.readFile("\(directory)/\(name)", limit: 1 << 20)
            inputs.append(Input(name: name, bytes: bytes))
        }
        return inputs
    }

    /// Lines of `"word"` with `\xNN` in it, as libFuzzer reads them.
    func dictionary(of target: FuzzTarget) throws(SystemError) -> [[UInt8]] {
        let path = "\(directory)/Dictionaries/\(target.rawValue).dict"
        let text = try FileSystem.readFile(path, limit: 1 << 16)
        return text.split(separator: UInt8(ascii: "\n"))
            .filter { $0.first == UInt8(ascii: "\"") && $0.count > 2 }
            .map { Self.unescaped($0.dropFirst().dropLast()) }
    }

    private static func unescaped(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var word: [UInt8] = []
        var rest = line
        while let byte = rest.popFirst() {
            let digits = rest.dropFirst().prefix(2)
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                word.append(value)
                rest = rest.dropFirst(3)
            } else {
                word.append(byte)
            }
        }
        return word
    }
}
