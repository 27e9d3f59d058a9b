// What queries are read as, and what is said of those that are wrong.

import ArgusOTLP
import ArgusService
import ArgusShared
import HTTPTypes
import Testing

@testable import OTLPCollector

@Suite("Queries of the telemetry API are read")
struct QueryParsingTests {
    private static let now: Int64 = 1_700_000_000_000_000_000
    private static let second: Int64 = 1_000_000_000

    /// The field that an error names; nil where nothing is thrown.
    private static func wrongField(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch let error as APIError {
            return error.status == .badRequest ? error.field : "not a 400"
        } catch {
            return "not an APIError"
        }
    }

    // MARK: Durations

    @Test(arguments: [
        ("200ms", 200_000_000), ("1.5s", 1_500_000_000), ("1m30s", 90_000_000_000), ("2h", 7_200_000_000_000), ("7d", 604_800_000_000_000),
        ("15ns", 15), ("15us", 15_000), ("15µs", 15_000), ("15μs", 15_000), ("0s", 0), ("0.1us", 100),
    ])
    func durationsAreRead(text: String, nanoseconds: Int64) {
        #expect(DurationText.nanoseconds(text, unit: nil) == nanoseconds)
    }

    @Test func digitsAloneTakeTheUnitThatIsSaid() {
        #expect(DurationText.nanoseconds("250", unit: 1000) == 250_000)
        #expect(DurationText.nanoseconds("250", unit: nil) == nil)
    }

    @Test(arguments: [
        "", "s", "1", "1x", "-1s", "+1s", "1.s", ".5s", "1..5s", "1s2", "1 s", "1e3s", "９s", "99999999d", "1,5s", "nan", "inf", "١s",
        "999999999999999999999999999999ns", "1sm", "1ms\u{0}",
    ])
    func whatIsNoDurationIsRefused(text: String) {
        #expect(DurationText.nanoseconds(text, unit: nil) == nil)
    }

    @Test func numbersThatDoNotFitAreRefused() {
        #expect(DurationText.nanoseconds("9223372036854775807", unit: 1000) == nil)
        #expect(DurationText.nanoseconds("-5", unit: 1000) == nil)
    }

    // MARK: Ranges

    private static func range(_ query: String) throws -> TimeRange {
        try TimeRange(QueryReader(QueryItems(query), allowed: TimeRange.parameters), now: now)
    }

    @Test func theStandardRangeIsTheLastFiveMinutes() throws {
        #expect(try Self.range("") == TimeRange(start: Self.now - 300 * Self.second, end: Self.now))
    }

    @Test func anyTwoOfThreeMakeARange() throws {
        let from = "from=2023-11-14T22:00:00Z"
        let to = "to=2023-11-14T22:10:00Z"
        let start: Int64 = 1_699_999_200_000_000_000
        let end: Int64 = 1_699_999_800_000_000_000
        #expect(try Self.range("\(from)&\(to)") == TimeRange(start: start, end: end))
        #expect(try Self.range("\(from)&range=10m") == TimeRange(start: start, end: end))
        #expect(try Self.range("\(to)&range=10m") == TimeRange(start: start, end: end))
        #expect(try Self.range("\(to)") == TimeRange(start: end - 300 * Self.second, end: end))
        #expect(try Self.range("\(from)") == TimeRange(start: start, end: Self.now))
        #expect(try Self.range("range=1h") == TimeRange(start: Self.now - 3600 * Self.second, end: Self.now))
    }

    @Test(arguments: [
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000_000), ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456_789),
        ("2023-11-14T23:13:20.5+01:00", 1_700_000_000_500_000_000), ("1700000000123", 1_700_000_000_123_000_000),
        ("1700000000123456", 1_700_000_000_123_456_000), ("1700000000123456789", 1_700_000_000_123_456_789), ("0", 0),
    ])
    func timesAreRead(text: String, nanoseconds: Int64) throws {
        #expect(try TimeRange.time(text, "from") == nanoseconds)
    }

    @Test(arguments: [
        ("to=1678-01-01T00:00:00Z&range=36500d", "to"), ("from=1700-01-01T00:00:00Z&to=2262-01-01T00:00:00Z", "from"),
        ("from=1700-01-01T00:00:00Z", "from"), ("to=9223372036854775807", "to"), ("from=2100-01-02T00:00:00Z", "from"),
        ("from=1969-12-31T23:59:59.25Z", "from"),
    ])
    func timesThatNoCalculationCanBearAreRefused(query: String, field: String) {
        #expect(Self.wrongField { _ = try Self.range(query) } == field)
    }

    @Test func aRangeBeginsIn1970AtTheEarliest() throws {
        let longest = try Self.range("range=36500d")
        #expect(longest.start == 0 && longest.end == Self.now)
        #expect(RollupRange(longest).start == 0)
    }

    @Test(arguments: [(Int64.min, Int64.max), (Int64(0), Int64.max), (Int64(-1), Int64(1))])
    func aCursorOfSuchTimesIsNone(start: Int64, end: Int64) {
        let text = PageCursor(rank: 0, id: 0, range: TimeRange(start: start, end: end)).encoded(scope: 7)
        #expect(PageCursor(text, scope: 7) == nil)
    }

    @Test func aPlusSignThatWasNotEncodedIsRestored() throws {
        #expect(try Self.range("to=2023-11-14T23:13:20+01:00").end == 1_700_000_000_000_000_000)
    }

    @Test(arguments: [
        ("from=yesterday", "from"), ("from=", "from"), ("to=12h", "to"), ("range=5", "range"), ("range=0s", "range"),
        ("range=-5m", "range"),
        ("from=1&from=2", "from"), ("from=1700000000000&to=1690000000000", "to"), ("from=2099-01-01T00:00:00Z", "from"),
        ("from=1&to=2&range=5m", "range"), ("since=1", "since"), ("from=99999999999999999999", "from"), ("to=9999-12-31T23:59:59Z", "to"),
        ("from=%FF", "from"), ("from=-5", "from"),
    ])
    func aMalformedRangeNamesItsField(query: String, field: String) {
        #expect(Self.wrongField { _ = try Self.range(query) } == field)
    }

    // MARK: Traces

    @Test func everyParameterOfATraceListIsRead() throws {
        let query = try TraceQuery(
            QueryItems(
                "service=a%20b&operation=GET+/x&status=error&min_duration=200ms&max_duration=2000000&attribute=http.status_code=500"
                    + "&attribute=k=a=b&attribute=empty=&q=lock+time*&sort=-duration&limit=7&range=1h"), now: Self.now)
        #expect(query.span?.service == "a b")
        #expect(query.span?.operation == "GET /x")
        #expect(query.status == .error)
        #expect(query.minimumDuration == 200_000_000)
        #expect(query.maximumDuration == 2_000_000_000)
        #expect(query.span?.attributes.map(\.key) == ["http.status_code", "k", "empty"])
        #expect(query.span?.attributes.map(\.value) == ["500", "a=b", ""])
        #expect(query.span?.words == ["lock", "time*"])
        #expect(query.sort == TraceSort(key: .duration, isDescending: true))
        #expect(query.limit == 7)
        #expect(query.range.length == 3600 * Self.second)
    }

    @Test func withoutConditionsOnSpansNoSegmentIsSearched() throws {
        let query = try TraceQuery(QueryItems("status=ok&min_duration=5"), now: Self.now)
        #expect(query.span == nil)
        #expect(query.sort == .standard)
        #expect(query.limit == TraceQuery.defaultLimit)
    }

    @Test(arguments: [
        ("status=bad", "status"), ("min_duration=fast", "min_duration"), ("max_duration=-1", "max_duration"),
        ("min_duration=2s&max_duration=1s", "max_duration"), ("attribute=x", "attribute"), ("attribute==x", "attribute"),
        ("attribute=", "attribute"), ("q=%20%21%3F", "q"), ("q=", "q"), ("sort=age", "sort"), ("sort=--start", "sort"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"), ("limit=1.5", "limit"), ("limit=%EF%BC%91", "limit"), ("cursor=xyz", "cursor"), ("service=", "service"),
        ("service=a&service=b", "service"), ("Service=a", "Service"), ("service_name=a", "service_name"),
        (String(repeating: "attribute=a=b&", count: 11), "attribute"), ("q=" + String(repeating: "x", count: 2000), "q"),
        ("%00=1", "\u{0}"),
    ])
    func whatIsWrongInATraceListIsNamed(query: String, field: String) {
        #expect(Self.wrongField { _ = try TraceQuery(QueryItems(query), now: Self.now) } == field)
    }

    // MARK: Logs

    @Test func everyParameterOfALogListIsRead() throws {
        let query = try LogQuery(
            QueryItems("service=s&severity=WARN&q=a+b*&trace_id=0af7651916cd43dd8448eb211c80319c&limit=3&range=2m"), now: Self.now)
        #expect(query.condition.service == "s")
        #expect(query.condition.severity == .warn)
        #expect(query.condition.words == ["a", "b*"])
        #expect(query.condition.traceID?.hex == "0af7651916cd43dd8448eb211c80319c")
        #expect(query.limit == 3)
        #expect(query.condition.range.length == 120 * Self.second)
    }

    @Test(arguments: [
        ("severity=loud", "severity"), ("severity=unspecified", "severity"), ("severity=9", "severity"), ("trace_id=abc", "trace_id"),
        ("trace_id=00000000000000000000000000000000", "trace_id"), ("trace_id=0af7651916cd43dd8448eb211c80319g", "trace_id"),
        ("q=...", "q"),
        ("level=warn", "level"), ("limit=x", "limit"), ("cursor=", "cursor"),
    ])
    func whatIsWrongInALogListIsNamed(query: String, field: String) {
        #expect(Self.wrongField { _ = try LogQuery(QueryItems(query), now: Self.now) } == field)
    }

    @Test(arguments: ["", "-1", "1x", "0x10", "99999999999999999999", "１"])
    func whatIsNoLogIsRefused(text: String) {
        #expect(Self.wrongField { _ = try QueryRoutes.logID(text) } == "id")
    }

    // MARK: Rollups

    @Test(arguments: [("5m", 10), ("20m", 10), ("21m", 30), ("1h", 30), ("2h", 60), ("24h", 900), ("7d", 7200), ("365d", 604_800)])
    func theStepFollowsFromTheRange(range: String, step: Int64) throws {
        let query = try MetricQuery(QueryItems("range=\(range)"), allowed: ["step", "service", "operation"], now: Self.now)
        #expect(query.step == step)
        #expect(query.range.length / Self.second / query.step <= MetricQuery.standardBuckets)
    }

    @Test(arguments: [
        ("step=7s", "step"), ("step=0s", "step"), ("step=15", "step"), ("step=x", "step"), ("range=30d&step=10s", "step"),
        ("bucket=10s", "bucket"),
    ])
    func whatIsWrongInAMetricQueryIsNamed(query: String, field: String) {
        #expect(
            Self.wrongField { _ = try MetricQuery(QueryItems(query), allowed: ["service", "operation", "step"], now: Self.now) } == field)
    }
}
