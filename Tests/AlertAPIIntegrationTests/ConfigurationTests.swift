// Managers and rules over HTTP: creation, ETags, conflicts, deletion.

import ArgusShared
import TestSupport
import Testing

@testable import AlertAPI

@Suite(.serialized) struct ConfigurationTests {
    @Test(.timeLimit(.minutes(2))) func theQuickStart() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            let rule = try await api.post(
                "/v1/grouping-rules", #"{"name":"Group by class","grouping_key":"class","time_window_minutes":30}"#)
            #expect(rule.status == 201)
            let ruleID = try #require(rule.json["id"]?.stringValue)
            #expect(rule.headers["location"] == "/v1/grouping-rules/\(ruleID)")
            #expect(rule.json["grouping_key"] == .string("class"))
            #expect(rule.json["group_missing"] == .bool(false))
            let manager = try await api.post(
                "/v1/event-managers", #"{"name":"Payment Team","grouping_rule_id":"\#(ruleID)"}"#)
            #expect(manager.status == 201)
            let id = try #require(manager.json["id"]?.stringValue)
            #expect(manager.json["routing_key"]?.stringValue?.count == 32)
            // A write is read at once.
            let read = try await api.get("/v1/event-managers/\(id)")
            #expect(read.status == 200 && read.json == manager.json && read.headers["etag"] == manager.headers["etag"])
            let list = try await api.get("/v1/event-managers")
            #expect(list.json["total"] == .integer(1))
            #expect(list.json["event_managers"]?[0] == manager.json)
            #expect(try await api.get("/v1/grouping-rules").json["grouping_rules"]?[0] == rule.json)
        }
    }

    @Test(.timeLimit(.minutes(2))) func entityTagsGuardWrites() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            let created = try await api.post("/v1/event-managers", #"{"id":"team","name":"one"}"#)
            let tag = try #require(created.headers["etag"])
            #expect(try await api.post("/v1/event-managers", #"{"id":"team","name":"other"}"#).errorCode == "id_taken")
            let path = "/v1/event-managers/team"
            #expect(try await api.get(path, headers: ["If-None-Match": tag]).status == 304)
            let changed = try await api.send("PUT", path, #"{"name":"two","description":"d"}"#, headers: ["If-Match": tag])
            #expect(changed.status == 200 && changed.json["name"] == .string("two"))
            #expect(changed.json["routing_key"] == created.json["routing_key"])
            #expect(try await api.send("PUT", path, #"{"name":"three"}"#, headers: ["If-Match": tag]).status == 412)
            #expect(try await api.send("DELETE", path, headers: ["If-Match": tag]).status == 412)
            #expect(try await api.get(path).json["name"] == .string("two"))
            // A PUT replaces the whole.
            #expect(try await api.send("PUT", path, #"{"name":"three"}"#).json["description"] == .null)

            let rotated = try await api.post(path + "/rotate-key")
            #expect(rotated.status == 200 && rotated.json["routing_key"] != created.json["routing_key"])
            #expect(try await api.get(path).json == rotated.json)

            // Of concurrent writers with the same tag one wins.
            let current = try #require(rotated.headers["etag"])
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<10 {
                    group.addTask {
                        try await api.send("PUT", path, #"{"name":"writer \#(index)"}"#, headers: ["If-Match": current]).status
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses[200] == 1)
            #expect((statuses[409] ?? 0) + (statuses[412] ?? 0) == 9)

            #expect(try await api.send("DELETE", path).status == 204)
            #expect(try await api.get(path).status == 404)
            #expect(try await api.send("PUT", path, #"{"name":"gone"}"#).status == 404)
            #expect(try await api.post("/v1/event-managers", #"{"id":"team","name":"again"}"#).status == 201)
        }
    }

    @Test(.timeLimit(.minutes(2))) func mistakesAreNamed() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            let wrong = try await api.post(
                "/v1/event-managers", #"{"grouping_rule_id":"none","notification_config":{"webhook_url":"mailto:x"}}"#)
            #expect(wrong.status == 422)
            #expect(
                wrong.json["error"]?["errors"]?.arrayValue?.compactMap { $0["field"]?.stringValue }
                    == ["name", "grouping_rule_id", "notification_config.webhook_url"])
            #expect(try await api.post("/v1/event-managers", "{").status == 400)
            #expect(try await api.post("/v1/event-managers", "{}", headers: ["Content-Type": "text/plain"]).status == 415)
            #expect(try await api.post("/v1/event-managers", String(repeating: " ", count: 100_000)).status == 413)
            #expect(try await api.get("/v1/event-managers?x=1").json["error"]?["field"] == .string("x"))
            #expect(try await api.get("/v1/event-managers/none").status == 404)
            #expect(try await api.send("DELETE", "/v1/grouping-rules/none").status == 404)
        }
    }

    @Test(.timeLimit(.minutes(2))) func rulesInUseStay() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            _ = try await api.post("/v1/grouping-rules", #"{"id":"r","name":"r","grouping_key":["class"],"time_window_minutes":1}"#)
            _ = try await api.manager("b", rule: "r")
            _ = try await api.manager("a", rule: "r")
            let refused = try await api.send("DELETE", "/v1/grouping-rules/r")
            #expect(refused.status == 409 && refused.errorCode == "rule_in_use")
            #expect(refused.json["error"]?["event_managers"] == .array([.string("a"), .string("b")]))
            for id in ["a", "b"] { #expect(try await api.send("DELETE", "/v1/event-managers/\(id)").status == 204) }
            #expect(try await api.send("DELETE", "/v1/grouping-rules/r").status == 204)
            #expect(try await api.get("/v1/grouping-rules").json["total"] == .integer(0))
        }
    }

    @Test(.timeLimit(.minutes(2))) func listsArePaged() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            for index in 10..<15 { _ = try await api.manager("m\(index)") }
            var ids: [String] = []
            var cursor = ""
            repeat {
                let page = try await api.get("/v1/event-managers?limit=2\(cursor)")
                #expect(page.json["total"] == .integer(5))
                ids += page.json["event_managers"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
                cursor = page.json["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(ids == ["m10", "m11", "m12", "m13", "m14"])
        }
    }

    @Test(.timeLimit(.minutes(2))) func deletingAManagerResolvesItsAlerts() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            _ = try await api.manager("m")
            var parent = Sample.alert("p")
            parent.childCount = 1
            parent.activeChildCount = 1
            var child = Sample.alert("c")
            child.kind = .child
            child.parentID = "p"
            try await fixture.commit([Sample.created(parent), Sample.created(child)])
            try await eventually("the alerts show") { try await api.get("/v1/alerts").json["total"] == .integer(2) }
            let refused = try await api.send("DELETE", "/v1/event-managers/m")
            #expect(refused.status == 409 && refused.errorCode == "active_alerts")
            #expect(refused.json["error"]?["active_alerts"] == .integer(2))
            #expect(try await api.send("DELETE", "/v1/event-managers/m?force=maybe").status == 400)
            #expect(try await api.send("DELETE", "/v1/event-managers/m?force=true").status == 204)
            try await eventually("resolves are sent") { try await fixture.events().count >= 2 }
            let events = try await fixture.events()
            #expect(events.prefix(2).map(\.dedupKey) == ["key c", "key p"])
            #expect(events.allSatisfy { $0.action == .resolve && $0.managerID == "m" })
            try await fixture.commit([
                Sample.changed(&child, .resolved, at: 3_000), Sample.changed(&parent, .resolved, at: 3_000),
            ])
            try await eventually("nothing is active") { try await api.get("/v1/alerts?status=active").json["total"] == .integer(0) }
        }
    }

    @Test(.timeLimit(.minutes(2))) func aDeletionThatWasCutOffIsFinished() async throws {
        let fixture = try await Fixture.start()
        // The manager is gone, its alerts are active: as after a crash between the two.
        try await fixture.commit([Sample.created(Sample.alert("a", manager: "gone"))])
        try await fixture.withInstance { _ in
            try await eventually("the alert is resolved") {
                try await fixture.events().contains { $0.action == .resolve && $0.managerID == "gone" && $0.dedupKey == "key a" }
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func tokensOpenWhatTheyMay() async throws {
        let fixture = try await Fixture.start()
        // SHA-256 of "reader" and "boss".
        let tokens =
            "reader:read:3d0941964aa3ebdcb00ccef58b1bb399f9f898465e9886d5aec7f31090a0fb30,"
            + "boss:admin:a5e7c002443743c5836758c7d1cd8ddefd9fcf2061daa0efaac683fb99966057"
        try await fixture.withInstance(["ARGUS_TOKENS": tokens]) { api in
            let reader = ["Authorization": "Bearer reader"]
            let boss = ["Authorization": "Bearer boss"]
            #expect(try await api.get("/v1/alerts").status == 401)
            #expect(try await api.get("/v1/alerts", headers: reader).status == 200)
            #expect(try await api.post("/v1/event-managers", #"{"id":"m","name":"m"}"#, headers: reader).status == 403)
            let created = try await api.post("/v1/event-managers", #"{"id":"m","name":"m"}"#, headers: boss)
            #expect(created.status == 201)
            #expect(try await api.get("/v1/event-managers/m", headers: boss).json["routing_key"] == created.json["routing_key"])
            #expect(try await api.get("/v1/event-managers/m", headers: reader).json["routing_key"] == .string("hidden"))
            #expect(
                try await api.get("/v1/event-managers", headers: reader).json["event_managers"]?[0]?["routing_key"] == .string("hidden"))
            #expect(try await api.post("/v1/alerts/x/resolve", headers: reader).status == 403)
        }
    }
}
