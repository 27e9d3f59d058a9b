// Timestamps, identifiers and trace context.

import Testing

@testable import ArgusShared

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.001Z", 1),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2026-11-21T12:34:56.789Z", 1_795_264_496_789),
        ("2026-11-21T14:34:56.789+02:00", 1_795_264_496_789),
        ("2026-11-21t07:34:56.789123456-05:00", 1_795_264_496_789),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ])
    func parses(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T12:34:56", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Zx", "+026-01-01T00:00:00Z",
        "1700000000",
    ])
    func refuses(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func roundTripsEveryDayOfFourCenturies() {
        for day in stride(from: Int64(-80_000), to: 80_000, by: 1) {
            let time = Timestamp(milliseconds: day * 86_400_000 + 43_200_123)
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
    }

    @Test func saturates() {
        #expect(Timestamp(milliseconds: .max).adding(milliseconds: 1).milliseconds == .max)
    }
}

@Suite struct IdentifierTests {
    @Test func isAUUIDOfVersion7() {
        let id = Identifier.make(at: Timestamp(milliseconds: 0x0123_4567_89AB))
        #expect(id.hasPrefix("01234567-89ab-7"))
        #expect(id.utf8.count == 36)
        #expect(["8", "9", "a", "b"].contains(String(Array(id)[19])))
    }

    @Test func sortsByTimeAndIsUnique() {
        let earlier = (0..<1000).map { _ in Identifier.make(at: Timestamp(milliseconds: 1000)) }
        #expect(Set(earlier).count == 1000)
        let later = Identifier.make(at: Timestamp(milliseconds: 1001))
        #expect(earlier.allSatisfy { $0 < later })
    }
}

@Suite struct TraceContextTests {
    @Test func roundTrips() throws {
        let root = TraceContext.makeRoot()
        #expect(TraceContext(traceparent: root.traceparent) == root)
        let child = root.makeChild()
        #expect(child.traceID == root.traceID)
        #expect(child.spanID != root.spanID)
    }

    @Test(arguments: [
        "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
    ])
    func refuses(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test func acceptsLaterVersions() {
        #expect(TraceContext(traceparent: "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what") != nil)
    }
}
