// Splitting values into words, with quotes and escapes.

import Testing

@testable import PoolConfiguration

@Suite struct WordsTests {
    @Test(
        "words are split at blanks, quotes hold together, escapes are taken everywhere",
        arguments: [
            ("", []), ("  ", []), ("a b", ["a", "b"]), (" a \t b ", ["a", "b"]),
            ("\"a b\" 'c d'", ["a b", "c d"]), ("a\"b c\"d", ["ab cd"]), ("\"\"", [""]),
            ("'' a", ["", "a"]), ("\"a'b\" 'c\"d'", ["a'b", "c\"d"]), ("FOO=\"b c\"", ["FOO=b c"]),
            (#"\a\b\f\n\r\t\v"#, ["\u{7}\u{8}\u{c}\n\r\t\u{b}"]), (#"a\sb"#, ["a b"]),
            (#"\\ \" \'"#, ["\\", "\"", "'"]), (#""\"" '\''"#, ["\"", "'"]),
            (#"\x41\x62"#, ["Ab"]), (#"\101\060"#, ["A0"]), (#"\u20ac"#, ["€"]),
            (#"\U0001F600"#, ["😀"]), (#"\xe2\x82\xac"#, ["€"]), ("é 漢字", ["é", "漢字"]),
        ] as [(String, [String])])
    func splits(text: String, words: [String]) throws {
        #expect(try Words.split(text) == words)
    }

    @Test(
        "what can't be read is refused with a reason",
        arguments: [
            ("\"a", "a quote \" is opened and never closed"),
            ("a 'b", "a quote ' is opened and never closed"),
            (#"a\"#, "ends in a lone backslash"),
            (#"\q"#, #"unknown escape "\q": a backslash is written \\"#),
            (#"a\ b"#, "unknown escape: a blank in a word is written \\s or within quotes"),
            (#"\x4"#, "an escape needs 2 hex digits"), (#"\x4g"#, "an escape needs 2 hex digits"),
            (#"\u20a"#, "an escape needs 4 hex digits"),
            (#"\18"#, "an escape needs 3 octal digits"),
            (#"\400"#, "an octal escape is at most \\377"),
            (#"\x00"#, "a NUL can't be part of a word"),
            (#"\000"#, "a NUL can't be part of a word"),
            (#"\u0000"#, "a NUL can't be part of a word"),
            (#"\ud800"#, "\\u names no Unicode character"),
            (#"\U00110000"#, "\\U names no Unicode character"),
            (#"\UFFFFFFFF"#, "\\U names no Unicode character"),
            (#"\xff"#, "the escapes in it don't make valid UTF-8"),
            ("\\é", #"unknown escape: a backslash is written \\"#),
        ])
    func refusals(text: String, reason: String) {
        #expect(throws: InvalidValue(reason)) { try Words.split(text) }
    }

    @Test(
        "a word in quotes is read back as itself",
        arguments: [
            "", "a", "a b", "\"", "'", "\\", "a\nb\t", "\u{1}\u{7f}", "é \u{301}", "\\x41", "\r\n",
        ])
    func quoting(word: String) throws {
        #expect(try Words.split(word.quotedWord) == [word])
    }

    @Test(
        "a variable's words are split without escapes, and never fail",
        arguments: [
            ("", []), (" a  b ", ["a", "b"]), ("\"a b\" c", ["a b", "c"]), ("'a b", ["a b"]),
            (#"a\ b"#, ["a b"]), (#"a\"#, ["a"]), ("\"\"", [""]), (#"\n"#, ["n"]),
        ] as [(String, [String])])
    func relaxed(text: String, words: [String]) {
        #expect(text.relaxedWords == words)
    }
}
