// Bridges over HTTP.

import ArgusShared
import TestSupport
import Testing

@testable import AlertAPI

@Suite(.serialized) struct BridgeTests {
    @Test(.timeLimit(.minutes(2))) func bridgesAreMadeReadChangedAndDeleted() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            _ = try await api.manager("team")
            let created = try await api.post("/v1/bridges", #"{"id":"b","source":"process","event_manager_id":"team"}"#)
            #expect(created.status == 201 && created.headers["location"] == "/v1/bridges/b")
            #expect(created.json["resolve_on"]?[1] == .string("running") && created.json["enabled"] == .bool(true))
            #expect(created.json["active_since"] == created.json["created_at"])
            let tag = try #require(created.headers["etag"])
            #expect(try await api.get("/v1/bridges/b").json == created.json)
            #expect(try await api.get("/v1/bridges/b", headers: ["If-None-Match": tag]).status == 304)
            #expect(try await api.get("/v1/bridges").json["bridges"]?[0] == created.json)
            #expect(try await api.post("/v1/bridges", #"{"id":"b","source":"process","event_manager_id":"team"}"#).errorCode == "id_taken")

            let off = try await api.send("PATCH", "/v1/bridges/b", #"{"enabled":false,"name":"x"}"#, headers: ["If-Match": tag])
            #expect(off.status == 200 && off.json["enabled"] == .bool(false) && off.json["match"] == created.json["match"])
            #expect(try await api.send("PATCH", "/v1/bridges/b", #"{"enabled":true}"#, headers: ["If-Match": tag]).status == 412)
            let on = try await api.send("PATCH", "/v1/bridges/b", #"{"enabled":true}"#)
            #expect(on.json["name"] == .string("x") && on.json["active_since"] == on.json["updated_at"])
            let replaced = try await api.send("PUT", "/v1/bridges/b", #"{"event_manager_id":"team","match":{"process":"caddy"}}"#)
            #expect(replaced.status == 200 && replaced.json["match"]?["process"] == .string("caddy"))
            #expect(replaced.json["active_since"] == on.json["active_since"])

            #expect(try await api.send("DELETE", "/v1/bridges/b", headers: ["If-Match": tag]).status == 412)
            #expect(try await api.send("DELETE", "/v1/bridges/b").status == 204)
            #expect(try await api.get("/v1/bridges/b").status == 404)
            #expect(try await api.send("PUT", "/v1/bridges/b", #"{"event_manager_id":"team"}"#).status == 404)
        }
    }

    @Test(.timeLimit(.minutes(2))) func mistakesAreNamed() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            _ = try await api.manager("team")
            let unknown = try await api.post("/v1/bridges", #"{"source":"process","event_manager_id":"gone"}"#)
            #expect(unknown.status == 422 && unknown.errorCode == "unknown_event_manager")
            let template = try await api.post("/v1/bridges", #"{"source":"process","event_manager_id":"team","summary":"{nope}"}"#)
            #expect(template.status == 422 && template.json["error"]?["field"] == .string("summary"))
            #expect(try await api.post("/v1/bridges", "nonsense").status == 400)
            #expect(try await api.send("PATCH", "/v1/bridges/none", "{}").status == 404)
            #expect(try await api.get("/v1/bridges").json["total"] == .integer(0))
        }
    }

    @Test(.timeLimit(.minutes(2))) func aManagerInUseStays() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            _ = try await api.manager("team")
            #expect(try await api.post("/v1/bridges", #"{"id":"b","source":"workflow","event_manager_id":"team"}"#).status == 201)
            let refused = try await api.send("DELETE", "/v1/event-managers/team?force=true")
            #expect(refused.status == 409 && refused.errorCode == "manager_in_use")
            #expect(refused.json["error"]?["bridges"]?[0] == .string("b"))
            #expect(try await api.send("DELETE", "/v1/bridges/b").status == 204)
            #expect(try await api.send("DELETE", "/v1/event-managers/team").status == 204)
        }
    }
}
