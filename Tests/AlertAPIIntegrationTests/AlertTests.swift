// Alerts over HTTP: lists, pages, single alerts, timelines, explanations and actions, on both databases.

import ArgusShared
import TestSupport
import Testing

@testable import AlertAPI

@Suite(.serialized) struct AlertTests {
    private func ids(_ answer: Answer) -> [String] {
        answer.json["alerts"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
    }

    /// Six alerts of two managers: a0 to a5, created at 1 s to 6 s.
    private func fill(_ fixture: Fixture) async throws {
        let classes: [String?] = ["even", "odd", "even", "odd", "even", nil]
        var alerts: [Alert] = []
        for index in 0..<6 {
            alerts.append(
                Sample.alert(
                    "a\(index)", manager: index < 4 ? "m" : "n", at: Int64(1000 * (index + 1)), severity: Severity.allCases[index % 3],
                    class: classes[index], summary: index == 3 ? "Größe 100%_voll" : "Load of host \(index)",
                    details: index == 0 ? #"{"a":[1,2.50]}"# : nil))
        }
        alerts[1].kind = .child
        alerts[1].parentID = "a0"
        alerts[1].parentDedupKey = "key a0"
        alerts[0].childCount = 1
        try await fixture.commit(alerts[0..<4].map { Sample.created($0) })
        try await fixture.commit(alerts[4...].map { Sample.created($0) }, partition: 1)
        try await fixture.commit([Sample.changed(&alerts[2], .resolved, at: 10_000)])
        try await fixture.commit([Sample.changed(&alerts[0], .updated, at: 12_000)])
    }

    @Test(.timeLimit(.minutes(3)), arguments: DatabaseKind.allCases) func lists(_ kind: DatabaseKind) async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance(kind.environment()) { api in
            #expect(try await api.get("/v1/alerts").json["alerts"] == .array([]))
            try await fill(fixture)
            try await eventually("all is there") { try await api.get("/v1/alerts?since=1970-01-01T00:00:12Z").json["total"] == .integer(1) }
            let expectations: [(String, [String])] = [
                ("", ["a5", "a4", "a3", "a2", "a1", "a0"]), ("sort=created_at", ["a0", "a1", "a2", "a3", "a4", "a5"]),
                ("sort=-updated_at", ["a0", "a2", "a5", "a4", "a3", "a1"]),
                ("sort=updated_at&status=active", ["a1", "a3", "a4", "a5", "a0"]),
                ("sort=-severity", ["a3", "a0", "a4", "a1", "a5", "a2"]), ("sort=severity", ["a2", "a5", "a1", "a4", "a0", "a3"]),
                ("sort=-severity&event_manager_id=m", ["a3", "a0", "a1", "a2"]), ("sort=severity&class=even", ["a2", "a4", "a0"]),
                ("sort=-severity&q=LOAD", ["a0", "a4", "a1", "a5", "a2"]),
                ("status=resolved", ["a2"]), ("status=active,resolved&type=child", ["a1"]), ("severity=high", ["a3", "a0"]),
                ("severity=high,low&type=parent", ["a5", "a3", "a2", "a0"]), ("class=even", ["a4", "a2", "a0"]), ("class=none", []),
                ("event_manager_id=n", ["a5", "a4"]), ("event_manager_id=m&class=odd", ["a3", "a1"]),
                ("q=LOAD", ["a5", "a4", "a2", "a1", "a0"]),
                ("q=gr%C3%B6%C3%9Fe", ["a3"]), ("q=GR%C3%96%C3%9FE", ["a3"]), ("q=0%25_v", ["a3"]), ("q=0%25v", []), ("q=%5C", []),
                ("since=1970-01-01T00:00:06Z", ["a5", "a2", "a0"]), ("until=1970-01-01T00:00:05Z", ["a3", "a1"]),
                ("since=1970-01-01T00:00:10Z&sort=updated_at&status=active&event_manager_id=m", ["a0"]),
            ]
            for (query, expected) in expectations {
                let answer = try await api.get("/v1/alerts?\(query)")
                #expect(ids(answer) == expected, "\(query): \(answer.text)")
                #expect(answer.json["total"] == .integer(Int64(expected.count)), "\(query)")
                #expect(answer.json["total_exact"] == .bool(true))
                #expect(answer.json["next_cursor"] == .null)
                let paged = try await allPages(api, query, limit: 2)
                #expect(paged == expected, "\(query) in pages")
            }
            let details = try await api.get("/v1/alerts?sort=created_at&limit=1").json["alerts"]?[0]
            #expect(details?["details"]?.bytes == Array(#"{"a":[1,2.5]}"#.utf8))
            #expect(details?["created_at"] == .string("1970-01-01T00:00:01.000Z"))
            #expect(try await api.get("/v1/alerts?page=2").json["error"]?["field"] == .string("page"))
        }
    }

    private func allPages(_ api: Instance, _ query: String, limit: Int) async throws -> [String] {
        var found: [String] = []
        var cursor = ""
        repeat {
            let page = try await api.get("/v1/alerts?\(query)&limit=\(limit)\(cursor)")
            found += ids(page)
            cursor = page.json["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty && found.count < 1000
        return found
    }

    @Test(.timeLimit(.minutes(3)), arguments: DatabaseKind.allCases) func pagesAreStableUnderInserts(_ kind: DatabaseKind) async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance(kind.environment()) { api in
            // Many of the same time, so that identifiers decide.
            try await fixture.commit((0..<50).map { Sample.created(Sample.alert("b\(100 + $0)", at: 5_000)) })
            try await eventually("all is there") { try await api.get("/v1/alerts").json["total"] == .integer(50) }
            let first = try await api.get("/v1/alerts?limit=20")
            try await fixture.commit((0..<5).map { Sample.created(Sample.alert("z\($0)", at: 6_000)) })
            try await eventually("more is there") { try await api.get("/v1/alerts").json["total"] == .integer(55) }
            let cursor = try #require(first.json["next_cursor"]?.stringValue)
            let second = try await api.get("/v1/alerts?limit=1000&cursor=\(cursor)")
            #expect(ids(first) + ids(second) == (100..<150).reversed().map { "b\($0)" })
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: DatabaseKind.allCases) func oneAlert(_ kind: DatabaseKind) async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance(kind.environment()) { api in
            let key = "a/b:c d%é?&=+#"
            let path = "/v1/alerts/" + WebhookBodies.percentEncoded(key)
            var first = Sample.alert("x1", key: key, at: 1_000, details: #"{"k":"v"}"#)
            try await fixture.commit([Sample.created(first)])
            try await fixture.commit([Sample.changed(&first, .resolved, at: 2_000)])
            let again = Sample.alert("x2", key: key, at: 9_000)
            try await fixture.commit([Sample.created(again)])
            try await eventually("the newest shows") { try await api.get(path).json["id"] == .string("x2") }
            #expect(try await api.get(path).json["dedupKey"] == .string(key))
            #expect(try await api.get("/v1/alerts/none").status == 404)
            #expect(try await api.get(path + "?event_manager_id=n").status == 404)
            #expect(try await api.get(path + "?colour=red").status == 400)

            try await fixture.commit([Sample.created(Sample.alert("y", key: key, manager: "n"))], partition: 1)
            try await eventually("two managers have the key") { try await api.get(path).status == 409 }
            let ambiguous = try await api.get(path)
            #expect(ambiguous.errorCode == "ambiguous_dedup_key")
            #expect(ambiguous.json["error"]?["event_managers"] == .array([.string("m"), .string("n")]))
            #expect(try await api.get(path + "?event_manager_id=n").json["id"] == .string("y"))
            // A change without payload keeps what was there.
            #expect(
                try await api.get("/v1/alerts?status=resolved").json["alerts"]?[0]?["details"]?["k"] == .string("v"))

            _ = try await api.manager("m")
            _ = try await api.manager("n")
            for (action, by) in [("acknowledge", #"{"by":"ann"}"#), ("resolve", "")] {
                let answer = try await api.post(path + "/\(action)?event_manager_id=n", by)
                #expect(answer.status == 202 && answer.json["action"] == .string(action), "\(answer.text)")
            }
            #expect(try await api.post(path + "/resolve").status == 409)
            #expect(try await api.post("/v1/alerts/none/resolve").status == 404)
            #expect(try await api.post(path + "/resolve?event_manager_id=n", #"{"who":"x"}"#).status == 422)
            let events = try await fixture.events()
            #expect(events.map(\.action) == [.acknowledge, .resolve])
            #expect(events.allSatisfy { $0.dedupKey == key && $0.managerID == "n" })
            #expect(events.map(\.actor) == ["ann", "anonymous"])
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: DatabaseKind.allCases) func familyTimelineAndExplanation(_ kind: DatabaseKind) async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance(kind.environment()) { api in
            _ = try await api.post("/v1/grouping-rules", #"{"id":"r","name":"by class","grouping_key":"class","time_window_minutes":30}"#)
            _ = try await api.manager("m", rule: "r")
            var parent = Sample.alert("p", key: "parent")
            var children = (0..<3).map { index in
                var child = Sample.alert("c\(index)", key: "child \(index)", at: Int64(2_000 + index))
                child.kind = .child
                child.parentID = "p"
                child.parentDedupKey = "parent"
                return child
            }
            parent.childCount = 3
            parent.activeChildCount = 3
            try await fixture.commit([Sample.created(parent)] + children.map { Sample.created($0) })
            parent.resolveRequested = true
            try await fixture.commit([Sample.changed(&parent, .resolveRequested, at: 3_000)])
            parent.activeChildCount = 2
            try await fixture.commit([Sample.changed(&children[1], .resolved, at: 4_000), Sample.changed(&parent, .updated, at: 4_000)])
            try await eventually("the last change shows") {
                try await api.get("/v1/alerts/parent").json["active_child_count"] == .integer(2)
            }
            let page = try await api.get("/v1/alerts/parent/children?limit=2")
            #expect(ids(page) == ["c0", "c1"] && page.json["total"] == .integer(3))
            let cursor = try #require(page.json["next_cursor"]?.stringValue)
            #expect(ids(try await api.get("/v1/alerts/parent/children?cursor=\(cursor)")) == ["c2"])
            #expect(ids(try await api.get("/v1/alerts/parent/children?status=resolved")) == ["c1"])
            #expect(ids(try await api.get("/v1/alerts/child%200/children")) == [])

            let timeline = try await api.get("/v1/alerts/parent/timeline")
            let transitions = try #require(timeline.json["transitions"]?.arrayValue)
            #expect(transitions.map { $0["type"] } == [.string("created"), .string("resolve_requested"), .string("updated")])
            #expect(transitions.map { $0["event_id"] } == [.string("p"), .string("e3000"), .string("e4000")])
            #expect(transitions.first?["at"] == .string("1970-01-01T00:00:01.000Z"))
            let short = try await api.get("/v1/alerts/parent/timeline?limit=2")
            let rest = try #require(short.json["next_cursor"]?.stringValue)
            #expect(try await api.get("/v1/alerts/parent/timeline?cursor=\(rest)").json["transitions"]?.arrayValue?.count == 1)

            let why = try await api.get("/v1/alerts/parent/why")
            #expect(why.json["rule"]?["name"] == .string("by class"))
            #expect(why.json["grouping_value"] == .string("infra"))
            #expect(why.json["window"]?["open_until"] == .string("1970-01-01T00:30:01.000Z"))
            #expect(why.json["window"]?["is_open"] == .bool(false))
            #expect(why.json["resolution"]?["requested"] == .bool(true))
            #expect(why.json["resolution"]?["blocked"] == .bool(true))
            #expect(why.json["resolution"]?["blocked_by"]?.arrayValue?.map { $0["dedupKey"] } == [.string("child 0"), .string("child 2")])
            #expect(why.json["explanation"]?.stringValue?.contains("waits for 2 active children") == true)
            let child = try await api.get("/v1/alerts/child%201/why")
            #expect(child.json["parent"]?["dedupKey"] == .string("parent"))
            #expect(child.json["resolution"]?["blocked"] == .bool(false))
        }
    }
}
