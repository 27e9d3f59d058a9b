// Keys from bytes, whatever a terminal or a hostile paste sends.

import Testing

@testable import ArgusCLI

struct KeyParserTests {
    private func keys(_ text: String) -> [Key] {
        var parser = KeyParser()
        return parser.feed(Array(text.utf8)) + parser.flush()
    }

    @Test("Letters, control keys and the keys around them")
    func plainKeys() {
        #expect(keys("aÄ日😀") == [.character("a"), .character("Ä"), .character("日"), .character("😀")])
        #expect(keys("\r\n\t\u{7F}\u{8}") == [.enter, .enter, .tab, .backspace, .backspace])
        #expect(keys("\u{3}\u{1A}\u{C}") == [.control("c"), .control("z"), .control("l")])
        #expect(keys("\u{0}\u{1C}") == [])
    }

    @Test("Sequences of keys that have no letter, as terminals differ in them")
    func sequences() {
        #expect(keys("\u{1B}[A\u{1B}OB\u{1B}[C\u{1B}[D") == [.up, .down, .right, .left])
        #expect(keys("\u{1B}[H\u{1B}[1~\u{1B}[7~\u{1B}OH") == [.home, .home, .home, .home])
        #expect(keys("\u{1B}[F\u{1B}[4~\u{1B}[8~") == [.end, .end, .end])
        #expect(keys("\u{1B}[5~\u{1B}[6~\u{1B}[3~\u{1B}[Z\u{1B}OM") == [.pageUp, .pageDown, .delete, .backTab, .enter])
        #expect(keys("\u{1B}[1;5A\u{1B}[5;2~") == [.up, .pageUp])
    }

    @Test("A lone ESC is a key once nothing follows, and pieces of a sequence are put together")
    func pieces() {
        var parser = KeyParser()
        #expect(parser.feed([0x1B]) == [] && parser.isPending)
        #expect(parser.flush() == [.escape] && !parser.isPending)
        for byte in Array("\u{1B}[6".utf8) { #expect(parser.feed([byte]) == []) }
        #expect(parser.feed([UInt8(ascii: "~")]) == [.pageDown])
        #expect(parser.feed([0xE6]) == [] && parser.feed([0x97]) == [] && parser.feed([0xA5]) == [.character("日")])
        #expect(keys("\u{1B}\u{1B}[A") == [.escape, .up])
        #expect(keys("\u{1B}[") == [])
    }

    @Test("What means nothing is passed over as a whole: no letter of it is a command")
    func unknown() {
        #expect(keys("\u{1B}[?1;2c\u{1B}[<0;10;5Mq").last == .character("q"))
        #expect(keys("\u{1B}]0;ry\u{7}\u{1B}Pry\u{1B}\\q") == [.character("q")])
        #expect(keys("\u{1B}xq") == [.character("q")])
        #expect(keys("\u{1B}[" + String(repeating: "9", count: 10_000) + "rq") == [.character("q")])
    }

    @Test("Bytes that are no UTF-8 are no keys, and lose nothing after them")
    func invalid() {
        var parser = KeyParser()
        #expect(parser.feed([0xFF, 0xC0, 0x80, 0xE6, UInt8(ascii: "q")]) == [.character("q")])
        #expect(parser.feed([0xED, 0xA0, 0x80, UInt8(ascii: "q")]) == [.character("q")])
        #expect(parser.feed([0xC2, 0x9B, UInt8(ascii: "q")]) == [.character("q")])
    }

    @Test("A paste is one thing, also with the beginning of its end inside, and bounded")
    func paste() {
        #expect(keys("\u{1B}[200~ry\u{1B}[20x\r\u{1B}[201~q") == [.paste("ry\u{1B}[20x\r"), .character("q")])
        let long = keys("\u{1B}[200~" + String(repeating: "y", count: 100_000) + "\u{1B}[201~q")
        #expect(long == [.paste(String(repeating: "y", count: 4096)), .character("q")])
    }

    @Test("Any bytes in any pieces give the same keys as in one piece")
    func anyPieces() {
        var generator = SystemRandomNumberGenerator()
        let alphabet: [UInt8] = [
            0x1B, 0x5B, 0x4F, 0x41, 0x7E, 0x32, 0x30, 0x31, 0x3B, 0x5D, 0x07, 0x5C, 0xE6, 0x97, 0xA5, 0xFF, 0x71, 0x0D,
        ]
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0..<60, using: &generator)).compactMap { _ in alphabet.randomElement(using: &generator) }
            var whole = KeyParser()
            var pieced = KeyParser()
            let expected = whole.feed(bytes)
            let found = bytes.flatMap { pieced.feed([$0]) }
            #expect(found == expected, "\(bytes)")
        }
    }
}
