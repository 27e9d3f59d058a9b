// Identifiers and their digits.

import ArgusOTLP
import Testing

@Suite struct IdentifierTests {
    @Test func traceIDsReadAndWriteDigits() throws {
        let id = try #require(TraceID(hex: "0af7651916cd43dd8448eb211c80319c"))
        #expect(id.high == 0x0AF7_6519_16CD_43DD)
        #expect(id.low == 0x8448_EB21_1C80_319C)
        #expect(id.hex == "0af7651916cd43dd8448eb211c80319c")
        #expect(TraceID(hex: "0AF7651916CD43DD8448EB211C80319C") == id)
        #expect(TraceID(hex: "x0af7651916cd43dd8448eb211c80319c".dropFirst()) == id)
        #expect(id.bytes.withUnsafeBytes { TraceID(bytes: $0) } == id)
    }

    @Test(arguments: [
        "", "0", "0af7651916cd43dd8448eb211c80319", "0af7651916cd43dd8448eb211c80319c0", "0af7651916cd43dd8448eb211c80319g",
        "0af7651916cd43dd8448eb211c80319 ", "@af7651916cd43dd8448eb211c80319c", "`af7651916cd43dd8448eb211c80319c",
        "00000000000000000000000000000000", "0af7651916cd43dd8448eb211c8031é",
    ])
    func whatIsNoTraceIDIsRefused(_ text: String) {
        #expect(TraceID(hex: text) == nil)
    }

    @Test func spanIDsReadAndWriteDigits() throws {
        let id = try #require(SpanID(hex: "b7ad6b7169203331"))
        #expect(id.value == 0xB7AD_6B71_6920_3331)
        #expect(id.hex == "b7ad6b7169203331")
        #expect(id.bytes.withUnsafeBytes { SpanID(bytes: $0) } == id)
        #expect(SpanID(hex: "0000000000000000") == nil)
        #expect(SpanID(hex: "b7ad6b716920333") == nil)
        #expect([UInt8](repeating: 1, count: 7).withUnsafeBytes { SpanID(bytes: $0) } == nil)
    }

    @Test func everyDigitIsReadAndOnlyDigits() {
        for byte in UInt8(1)...127 {
            let text = String(decoding: [byte], as: UTF8.self) + "000000000000001"
            let expected = UInt8(text.prefix(1), radix: 16).map { UInt64($0) << 60 | 1 }
            #expect(SpanID(hex: text)?.value == expected)
        }
    }

    @Test func orderIsThatOfTheBytes() {
        #expect(TraceID(high: 0, low: .max) < TraceID(high: 1, low: 0))
        #expect(TraceID(high: 1, low: 1) < TraceID(high: 1, low: 2))
        #expect(SpanID(value: 1) < SpanID(value: .max))
    }
}
