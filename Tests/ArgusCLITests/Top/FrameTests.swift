// Text in columns, and frames as bytes.

import Testing

@testable import ArgusCLI

struct FrameTests {
    @Test("Widths: wide, combining, joined and turned characters, and what terminals disagree on")
    func widths() {
        #expect(Glyph.width(of: "abc") == 3)
        #expect(Glyph.width(of: "日本") == 4 && Glyph.width(of: "한글") == 4 && Glyph.width(of: "ｗ") == 2)
        #expect(Glyph.width(of: "e\u{301}") == 1)
        #expect(Glyph.all(in: "e\u{301}\u{301}\u{301}\u{301}\u{301}").map(\.text) == ["e\u{301}\u{301}\u{301}"])
        #expect(Glyph.all(in: "👩‍👩‍👧").map(\.width) == [2, 2, 2])
        #expect(Glyph.all(in: "👍🏽").map(\.width) == [2])
        #expect(Glyph.all(in: "🇩🇪").map(\.text) == ["D", "E"])
        #expect(Glyph.all(in: "❤\u{FE0F}").map(\.width) == [1])
        #expect(Glyph.all(in: "a\u{202E}b\u{200B}c\u{FEFF}").map(\.text) == ["a", "b", "c"])
        #expect(Glyph.all(in: "\u{301}a").map(\.text) == ["a"])
        #expect(Glyph.all(in: "a\u{1B}[31m\n\u{85}\u{2028}\u{E000}").map(\.text).joined() == "a [31m   ?")
        #expect(Glyph.all(in: "ä日e\u{301}", isASCII: true).map(\.text) == ["?", "?", "e"])
    }

    @Test("Text is cut where its room ends, and a wide character is never cut in half")
    func cutting() {
        var frame = Frame(width: 8, height: 1)
        #expect(frame.put("abcdefghij", x: 0, y: 0) == 8 && frame.lines == ["abcdefg…"])
        frame = Frame(width: 8, height: 1)
        #expect(frame.put("日本語日本", x: 0, y: 0) == 7 && frame.lines == ["日本語…"])
        #expect(frame.put("x", x: 1, y: 0) == 1 && frame.lines == [" x本語…"])
        #expect(frame.put("界", x: 3, y: 0) == 2 && frame.lines == [" x 界 …"])
        frame = Frame(width: 8, height: 1, isASCII: true)
        #expect(frame.put("abcdefghij", x: 2, y: 0, limit: 4) == 4 && frame.lines == ["  abc~"])
        frame = Frame(width: 8, height: 1)
        frame.put("42", endingAt: 8, y: 0, limit: 4)
        #expect(frame.lines == ["      42"])
    }

    @Test("Outside of a frame nothing is drawn")
    func outside() {
        var frame = Frame(width: 3, height: 1)
        #expect(frame.put("a", x: 3, y: 0) == 0 && frame.put("a", x: -1, y: 0) == 0 && frame.put("a", x: 0, y: 1) == 0)
        #expect(frame == Frame(width: 3, height: 1))
        #expect(Frame(width: -5, height: 3).cells.isEmpty)
    }

    @Test("Only lines that changed are written; nothing if none did")
    func differences() {
        let encoder = FrameEncoder(isColored: true)
        var first = Frame(width: 5, height: 3)
        first.put("one", x: 0, y: 0)
        var second = first
        second.put("two", .colored(.red), x: 0, y: 1)
        let text = String(decoding: encoder.bytes(from: first, to: second), as: UTF8.self)
        #expect(text == "\u{1B}[?2026h\u{1B}[2;1H\u{1B}[0;31mtwo\u{1B}[0m  \u{1B}[?2026l")
        #expect(encoder.bytes(from: second, to: second) == [])
        #expect(String(decoding: FrameEncoder(isColored: false).bytes(from: first, to: second), as: UTF8.self).contains("31") == false)
        #expect(String(decoding: encoder.bytes(from: Frame(width: 4, height: 3), to: second), as: UTF8.self).contains("\u{1B}[2J"))
    }

    @Test("A terminal that is sent differences shows what the frames hold, whatever they hold", arguments: 1...20)
    func roundTrip(seed: UInt64) throws {
        var generator = Seeded(state: seed)
        let encoder = FrameEncoder(isColored: true)
        let texts = ["plain", "日本語", "e\u{301}a\u{302}", "👩‍👧x", "a\u{1B}[2Jb", "\u{9B}31m", String(repeating: "z", count: 50), "\t|\r\n"]
        var screen = ScreenReader(width: 20, height: 6)
        var shown: Frame?
        var frame = Frame(width: 20, height: 6)
        for _ in 0..<100 {
            let style = CellStyle(
                color: [nil, .red, .cyan].randomElement(using: &generator) ?? nil, isBold: Bool.random(using: &generator),
                isDim: Bool.random(using: &generator), isReversed: Bool.random(using: &generator))
            let (x, y) = (Int.random(in: -2..<22, using: &generator), Int.random(in: -1..<7, using: &generator))
            frame.put(texts.randomElement(using: &generator) ?? "", style, x: x, y: y, limit: Int.random(in: 0..<25, using: &generator))
            if Bool.random(using: &generator) { continue }
            try screen.read(encoder.bytes(from: shown, to: frame))
            shown = frame
            #expect(screen.cells == frame.cells)
        }
    }

    @Test("Log lines lose their colours and what else they would do to a terminal, and keep their text")
    func plainText() {
        #expect(
            PlainText.of("\u{1B}[1;31merror\u{1B}[0m: \u{1B}]8;;http://x\u{1B}\\link\u{1B}]8;;\u{7} \u{1B}(B\u{1B}7ok") == "error: link ok")
        #expect(PlainText.of("a\tb\r") == "a    b")
        #expect(PlainText.of("cut \u{1B}[31") == "cut ")
    }

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
