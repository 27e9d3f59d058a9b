// Cursors of lists.

import ArgusService
import Testing

@testable import OTLPCollector

@Suite("Cursors of telemetry lists")
struct QueryCursorTests {
    private static let now: Int64 = 1_700_000_000_000_000_000

    @Test(arguments: [(0, 0), (-5, 7), (.max, .max), (.min, .min), (1_700_000_000_000_000_000, 42)] as [(Int64, Int64)])
    func aCursorIsReadBack(rank: Int64, id: Int64) {
        let cursor = PageCursor(rank: rank, id: id, range: TimeRange(start: 3, end: Self.now))
        let text = cursor.encoded(scope: 77)
        #expect(PageCursor(text, scope: 77) == cursor)
        #expect(PageCursor(text, scope: 78) == nil)
        #expect(!text.contains { "+/=".contains($0) })
    }

    @Test func anythingElseIsRefused() {
        for text in ["", "a", "====", "MXw3N3w", String(repeating: "A", count: 300), "1|2|3|4|5|6", "\u{0}", "é"] {
            #expect(PageCursor(text, scope: 77) == nil)
        }
        // An empty range, and one whose ends are the wrong way round.
        let empty = PageCursor(rank: 1, id: 1, range: TimeRange(start: 5, end: 5)).encoded(scope: 1)
        #expect(PageCursor(empty, scope: 1) == nil)
    }

    @Test func theRangeOfTheFirstPageStaysThatOfTheNext() throws {
        let first = try TraceQuery(QueryItems("service=a"), now: Self.now)
        let text = PageCursor(rank: 5, id: 6, range: first.range).encoded(scope: first.scope)
        let second = try TraceQuery(QueryItems("service=a&limit=5&cursor=\(text)"), now: Self.now + 60_000_000_000)
        #expect(second.range == first.range)
        #expect(second.cursor?.rank == 5)
    }

    @Test(arguments: ["service=b", "service=a&sort=start", "service=a&status=ok", "service=a&range=10m", "operation=a"])
    func aCursorOfAnotherListIsRefused(query: String) throws {
        let first = try TraceQuery(QueryItems("service=a"), now: Self.now)
        let text = PageCursor(rank: 5, id: 6, range: first.range).encoded(scope: first.scope)
        #expect(throws: APIError.self) { try TraceQuery(QueryItems("\(query)&cursor=\(text)"), now: Self.now) }
    }
}
