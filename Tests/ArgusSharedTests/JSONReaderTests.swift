// The JSON reader takes exactly what RFC 8259 allows, within its limits, and says where a text goes wrong.

import Testing

@testable import ArgusShared

@Suite struct JSONReaderTests {
    @Test(arguments: [
        #"{}"#, #"[]"#, #" [1 , 2.5e-3 , -0 , true , false , null ] "#, #"{"a":{"b":[{"c":"d"}]}}"#, #""\ud83d\ude00 \u00e9 \n\/""#,
        #""äöü 日本 😀""#, "-9223372036854775808", "1e308",
    ])
    func acceptsWellFormedText(text: String) throws {
        _ = try JSONValue(parsing: Array(text.utf8))
    }

    @Test(arguments: [
        ("", JSONError.Reason.unexpectedEnd, 0),
        ("{", .unexpectedEnd, 1),
        (#"{"a":1,}"#, .unexpectedCharacter(UInt8(ascii: "}")), 7),
        ("[1,]", .unexpectedCharacter(UInt8(ascii: "]")), 3),
        ("[1 2]", .unexpectedCharacter(UInt8(ascii: "2")), 3),
        ("{a:1}", .unexpectedCharacter(UInt8(ascii: "a")), 1),
        ("nul", .unexpectedEnd, 0),
        ("nulx", .invalidLiteral, 0),
        ("NaN", .unexpectedCharacter(UInt8(ascii: "N")), 0),
        ("[Infinity]", .unexpectedCharacter(UInt8(ascii: "I")), 1),
        ("01", .invalidNumber, 0),
        ("1.", .unexpectedEnd, 2),
        ("1.x", .invalidNumber, 2),
        ("-", .unexpectedEnd, 1),
        ("1e999", .numberOutOfRange, 0),
        (#""\x""#, .invalidEscape, 1),
        (#""\ud800""#, .invalidEscape, 1),
        (#""\udc00""#, .invalidEscape, 1),
        (#""\u12""#, .unexpectedEnd, 3),
        ("\"a\nb\"", .controlCharacter, 2),
        ("1 1", .trailingData, 2),
        (#"{"a":1,"a":2}"#, .duplicateKey("a"), 7),
        (#"{"a":1,"\u0061":2}"#, .duplicateKey("a"), 7),
        (#"{"x":{"k":[{"b":1,"b":2}]}}"#, .duplicateKey("b"), 18),
    ])
    func refusesMalformedText(text: String, reason: JSONError.Reason, offset: Int) {
        do {
            _ = try JSONValue(parsing: Array(text.utf8))
            Issue.record("\(text) was accepted")
        } catch let error as JSONError {
            #expect(error.reason == reason, "\(text)")
            if reason != .unexpectedEnd { #expect(error.offset == offset, "\(text)") }
        } catch {
            Issue.record(error)
        }
    }

    @Test(
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF0, 0x9F, 0x22]] as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(throws: JSONError.self) { try RawJSON(bytes) }
    }

    @Test func boundsDepth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
        }
        _ = try JSONValue(parsing: nested(32))
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: nested(33)) }
        #expect(error.reason == .tooDeep(limit: 32))
        #expect(throws: JSONError.self) { try RawJSON(nested(1_000_000)) }
    }

    @Test func namesTheLine() throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: Array("{\n  \"a\": 1,\n  \"b\": ?\n}".utf8)) }
        #expect(error.line == 3)
        #expect(error.column == 8)
        #expect(error.description.contains("line 3, column 8"))
    }

    @Test func findsDuplicatesAmongManyKeys() throws {
        let keys = (0..<40).map { "\"k\($0)\":\($0)" }
        _ = try JSONValue(parsing: Array("{\(keys.joined(separator: ","))}".utf8))
        let error = try #require(throws: JSONError.self) {
            try JSONValue(parsing: Array("{\((keys + ["\"k3\":0"]).joined(separator: ","))}".utf8))
        }
        #expect(error.reason == .duplicateKey("k3"))
    }

    @Test func keepsNumbersExact() throws {
        #expect(try JSONValue(parsing: Array("9223372036854775807".utf8)) == .integer(.max))
        #expect(try JSONValue(parsing: Array("9223372036854775808".utf8)) == .number(9_223_372_036_854_775_808))
        #expect(try JSONValue(parsing: Array("1.0".utf8)) == .number(1))
        #expect(throws: JSONError.self) { try JSONReader.read(Array("1.5".utf8)) { try $0.readInteger() } }
    }

    @Test func copiesRawValuesAsTheyStand() throws {
        let text = #"{"a" : [1.10, "x\u0041"]}"#
        #expect(try RawJSON(Array(text.utf8)).string == text)
    }

    /// Random trees survive writing and reading, and no cut of their text is taken for a whole.
    @Test func roundTripsRandomValues() throws {
        var random = SplitMix(seed: 7)
        for _ in 0..<2000 {
            let value = JSONValue.object([.init("v", random.value(depth: 4))])
            let bytes = value.bytes
            #expect(try JSONValue(parsing: bytes, limits: .trusted) == value)
            let cut = Int(random.next() % UInt64(bytes.count))
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(bytes[..<cut])) }
        }
    }
}

/// A small seeded generator.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &self))
        case 3: return .number(Double.random(in: -1e9..<1e9, using: &self) + 0.5)
        case 4: return .string(string())
        case 5: return .array((0..<Int.random(in: 0..<4, using: &self)).map { _ in value(depth: depth - 1) })
        default: return .object((0..<Int.random(in: 0..<4, using: &self)).map { .init("\($0)" + string(), value(depth: depth - 1)) })
        }
    }

    mutating func string() -> String {
        let alphabet: [Character] = ["a", "\"", "\\", "\n", "\u{0}", "\u{7F}", "é", "日", "😀", "/", " "]
        return String((0..<Int.random(in: 0..<8, using: &self)).map { _ in alphabet.randomElement(using: &self) ?? "a" })
    }
}
