// What Jaeger's clients ask for.

import ArgusOTLP
import ArgusService
import Testing

@testable import OTLPCollector

@Suite("Queries of Jaeger's API are read")
struct JaegerQueryTests {
    private static let now: Int64 = 1_700_000_000_000_000_000
    private static let hour: Int64 = 3600 * 1_000_000_000

    private static func wrongField(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? APIError)?.field
        }
    }

    @Test func whatTheUserInterfaceSendsIsRead() throws {
        let query = try JaegerQuery(
            QueryItems(
                "end=1700000000000000&limit=20&lookback=1h&maxDuration&minDuration=1.2ms&operation=GET%20%2F&service=front&start=1699996400000000"
                    + "&tags=%7B%22http.status_code%22%3A%22500%22%2C%22error%22%3A%22true%22%2C%22n%22%3A5%2C%22b%22%3Atrue%7D&tag=a:b:c&prettyPrint=true"
            ),
            now: 0)
        #expect(query.traces.range == TimeRange(start: Self.now - Self.hour, end: Self.now))
        #expect(query.traces.limit == 20)
        let span = try #require(query.traces.span)
        #expect(span.service == "front")
        #expect(span.operation == "GET /")
        #expect(span.minimumDuration == 1_200_000)
        #expect(span.maximumDuration == nil)
        #expect(span.isError == true)
        #expect(span.attributes.map { "\($0.key)=\($0.value)" } == ["http.status_code=500", "n=5", "b=true", "a=b:c"])
    }

    @Test func withoutTimesTheLastTwoDaysAreSearched() throws {
        let query = try JaegerQuery(QueryItems("service=a"), now: Self.now)
        #expect(query.traces.range == TimeRange(start: Self.now - 48 * Self.hour, end: Self.now))
        #expect(query.traces.limit == JaegerQuery.defaultLimit)
        let custom = try JaegerQuery(QueryItems("service=a&lookback=custom"), now: Self.now)
        #expect(custom.traces.range == query.traces.range)
        let hour = try JaegerQuery(QueryItems("service=a&lookback=1h"), now: Self.now)
        #expect(hour.traces.range.length == Self.hour)
    }

    @Test func tracesMayBeNamed() throws {
        let query = try JaegerQuery(QueryItems("traceID=af7651916cd43dd8448eb211c80319c&traceID=7b"), now: Self.now)
        #expect(query.traceIDs.map(\.hex) == ["0af7651916cd43dd8448eb211c80319c", "0000000000000000000000000000007b"])
    }

    @Test(arguments: [
        ("", "service"), ("service=", "service"), ("service=a&start=x", "start"), ("service=a&end=-1", "end"),
        ("service=a&start=5&end=5", "end"), ("service=a&minDuration=5", "minDuration"), ("service=a&maxDuration=x", "maxDuration"),
        ("service=a&minDuration=2s&maxDuration=1s", "maxDuration"), ("service=a&limit=0", "limit"), ("service=a&limit=x", "limit"),
        ("service=a&tags=x", "tags"), ("service=a&tags=%5B%5D", "tags"), ("service=a&tags=%7B%22a%22%3A%5B%5D%7D", "tags"),
        ("service=a&tag=x", "tag"), ("traceID=xyz", "traceID"), ("traceID=0", "traceID"), ("service=a&end=99999999999999999999", "end"),
    ])
    func whatIsWrongIsNamed(query: String, field: String) {
        #expect(Self.wrongField { _ = try JaegerQuery(QueryItems(query), now: Self.now) } == field)
    }

    @Test func versionThreeIsRead() throws {
        let query = try JaegerV3Query(
            QueryItems(
                "query.service_name=s&query.operation_name=o&query.start_time_min=2023-11-14T21:13:20Z&query.start_time_max=2023-11-14T22:13:20.000000001Z"
                    + "&query.duration_min=1ms&query.duration_max=1s&query.num_traces=5&query.attributes=%7B%22span.kind%22%3A%22server%22%7D"
            ))
        #expect(query.traces.range == TimeRange(start: Self.now - Self.hour, end: Self.now + 1))
        #expect(query.traces.limit == 5)
        #expect(query.traces.span?.service == "s")
        #expect(query.traces.span?.kind == .server)
        #expect(query.traces.span?.maximumDuration == 1_000_000_000)
    }

    @Test(arguments: [
        ("", "query.start_time_min"), ("query.start_time_min=2023-11-14T21:13:20Z", "query.start_time_max"),
        ("query.start_time_min=2023-11-14T21:13:20Z&query.start_time_max=2022-11-14T21:13:20Z", "query.start_time_max"),
        ("query.start_time_min=x&query.start_time_max=2022-11-14T21:13:20Z", "query.start_time_min"),
        ("query.start_time_min=0&query.start_time_max=1&query.search_depth=x", "query.search_depth"),
        ("query.start_time_min=0&query.start_time_max=1&query.duration_min=x", "query.duration_min"),
    ])
    func whatIsWrongInVersionThreeIsNamed(query: String, field: String) {
        #expect(Self.wrongField { _ = try JaegerV3Query(QueryItems(query)) } == field)
    }
}
