// Queries of lists: what is understood, what is refused, and cursors.

import ArgusService
import ArgusShared
import HTTPTypes
import Testing

@testable import AlertAPI

@Suite struct ListQueryTests {
    private func parse(_ query: String) throws -> ListQuery {
        try ListQuery(QueryItems(query))
    }

    private func problem(_ query: String) -> APIError? {
        do {
            _ = try parse(query)
            return nil
        } catch {
            return error as? APIError
        }
    }

    @Test func defaults() throws {
        let query = try parse("")
        #expect(query.filter == AlertFilter())
        #expect(query.sort == AlertSort(key: .createdAt, isDescending: true))
        #expect(query.limit == 100)
        #expect(query.cursor == nil)
        #expect(query.filter.facets.count == 12)
    }

    @Test func everything() throws {
        let query = try parse(
            "status=active&type=parent&severity=high,low&class=a%20b&event_manager_id=m&q=50%25&since=2026-01-01T00:00:00Z"
                + "&until=2026-01-01T02:00:00+01:00&sort=-severity&limit=1000")
        #expect(query.filter.statuses == [.active])
        #expect(query.filter.kinds == [.parent])
        #expect(query.filter.severities == [.high, .low])
        #expect(query.filter.class == "a b")
        #expect(query.filter.managerID == "m")
        #expect(query.filter.text == "50%")
        #expect(query.filter.since == Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        #expect(query.filter.until == Timestamp(rfc3339: "2026-01-01T01:00:00Z"))
        #expect(query.sort == AlertSort(key: .severity, isDescending: true))
        #expect(query.limit == 1000)
        #expect(query.filter.facets.map(\.severity) == [.low, .high])
    }

    @Test(arguments: [
        ("status=open", "status"), ("status=active,", "status"), ("type=group", "type"), ("severity=critical", "severity"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"), ("limit=ten", "limit"), ("limit=1&limit=2", "limit"), ("sort=summary", "sort"),
        ("sort=--created_at", "sort"),
        ("since=yesterday", "since"), ("until=1", "until"), ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "until"),
        ("cursor=abc", "cursor"), ("colour=red", "colour"), ("class=", "class"), ("q=", "q"),
    ])
    func namesWhatIsWrong(query: String, field: String) throws {
        let error = try #require(problem(query))
        #expect(error.status == .badRequest)
        #expect(error.field == field)
        #expect(error.message.contains(field))
    }

    @Test func cursorsBelongToTheirList() throws {
        let query = try parse("status=active&sort=-updated_at")
        let cursor = PageCursor(rank: 2, time: 1_700_000_000_123, id: "a|b-\u{E9}")
        let text = cursor.encoded(scope: query.scope)
        #expect(text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        #expect(try parse("status=active&sort=-updated_at&cursor=\(text)").cursor == cursor)
        #expect(try parse("sort=-updated_at&limit=7&status=active&cursor=\(text)").cursor == cursor)
        #expect(problem("status=active&sort=updated_at&cursor=\(text)")?.field == "cursor")
        #expect(problem("status=resolved&sort=-updated_at&cursor=\(text)")?.field == "cursor")
        #expect(problem("sort=-updated_at&cursor=\(text)")?.field == "cursor")
    }

    @Test func wildcardsAreText() {
        #expect(ListStatement.pattern(containing: "50%_A\\b") == "%50\\%\\_a\\\\b%")
    }

    @Test func facetsAreTwelveDifferentNumbers() {
        var seen: Set<Int64> = []
        for status in Alert.Status.allCases {
            for kind in Alert.Kind.allCases {
                for severity in Severity.allCases {
                    let facet = AlertFacet(status: status, kind: kind, severity: severity)
                    #expect(facet.status == status && facet.kind == kind && facet.severity == severity)
                    seen.insert(facet.rawValue)
                }
            }
        }
        #expect(seen == Set(0..<12))
    }

    @Test func streamIdentifiers() {
        #expect(ChangeID("12-3") == ChangeID(sequence: 12, index: 3))
        #expect(ChangeID(ChangeID.end(of: 7).text) == .end(of: 7))
        #expect(ChangeID(sequence: 7, index: 5) < .end(of: 7))
        #expect(ChangeID.end(of: 7) < ChangeID(sequence: 8, index: 0))
        for text in ["", "1", "1-", "-1", "a-b", "1-2-3", "1 -2"] { #expect(ChangeID(text) == nil, "\(text)") }
    }
}
