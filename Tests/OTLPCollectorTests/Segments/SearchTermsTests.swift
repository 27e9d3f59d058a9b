// The tokenizer.

import ArgusOTLP
import Testing

@testable import OTLPCollector

@Suite struct SearchTermsTests {
    @Test(arguments: [
        ("", []),
        ("GET /api/Orders/{id}", ["get", "api", "orders", "id"]),
        ("out_of-stock", ["out", "of", "stock"]),
        ("ÜBER Größe naïve", ["über", "größe", "naïve"]),
        ("日本語 text", ["日本語", "text"]),
        ("e\u{301}t", ["e\u{301}t"]),
        ("İ", ["i\u{307}"]),
        ("500.5", ["500", "5"]),
        ("\u{E000}x\u{1F600}y", ["x", "y"]),
        ("  --  ", []),
    ]) func textIsCutIntoTerms(text: String, terms: [String]) {
        #expect(SearchTerms.all(in: text).map { Array($0.utf8) } == terms.map { Array($0.utf8) })
    }

    @Test func longTermsAreCutTheSameEverywhere() {
        let long = String(repeating: "a", count: 63) + "üb"
        #expect(SearchTerms.all(in: long + " c") == [String(repeating: "a", count: 63), "c"])
        #expect(SearchTerms.terms(ofWords: [long]) == [SearchTerm(text: String(repeating: "a", count: 63), isPrefix: false)])
        #expect(SearchTerms.all(in: String(repeating: "b", count: 200)) == [String(repeating: "b", count: 64)])
    }

    @Test func damagedTextEndsTerms() {
        let bytes: [UInt8] = [0x61, 0xFF, 0x62, 0xC3, 0xE3, 0x81, 0x63, 0xF0]
        var found: [String] = []
        bytes.withUnsafeBytes { SearchTerms.forEach(in: $0) { found.append(String(decoding: $0, as: UTF8.self)) } }
        #expect(found == ["a", "b", "c"])
    }

    @Test func wordsBecomeTerms() {
        func terms(_ words: String...) -> [String] { SearchTerms.terms(ofWords: words).map { $0.text + ($0.isPrefix ? "*" : "") } }
        #expect(terms("Pay*", "pay", "out-of-Sto*", "--", "*", "x-*", "pay") == ["pay*", "pay", "out", "of", "sto*", "x"])
    }

    @Test func attributesNeedOnlyWhatIsIndexed() {
        func terms(_ key: String, _ value: String) -> [String] { SpanFilter(attributes: [.init(key: key, value: value)]).terms.map(\.text) }
        #expect(terms("http.status", "500") == ["http", "status", "500"])
        #expect(terms("load", "0.25") == ["load"])
        #expect(terms("load", "1e-07") == ["load"])
        #expect(terms("delta", "-5") == ["delta", "5"])
        #expect(terms("a", "nan") == ["a"])
    }

    @Test func aTraceIsATerm() {
        let traceID = TraceID(high: 0xAB, low: 0x0123_4567_89AB_CDEF)
        #expect(LogFilter(traceID: traceID).terms.map(\.text) == ["t00000000000000ab0123456789abcdef"])
    }
}
