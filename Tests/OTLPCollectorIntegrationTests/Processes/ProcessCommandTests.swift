// Starting, stopping and restarting a process through a whole collector, with an adapter and without.

import ArgusBus
import ArgusShared
import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import OTLPCollector

@Suite(.timeLimit(.minutes(3))) struct ProcessCommandTests {
    private static let hostile = "a.b/c d%41?#\u{E9}"
    private static let config = """
        {"processes": {"api": {"command": "exec sleep 1000000", "restart": "on_failure", "backoff": 0.3},
         "stubborn": {"command": "trap '' TERM; echo deaf; sleep 8; exit 3", "restart": "no"},
         \(quoted(hostile)): {"command": "exec sleep 1000000", "namespace": \(quoted(hostile))}}}
        """

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONValue.string(text).bytes, as: UTF8.self)
    }

    private static func path(_ name: String, _ action: String, namespace: String = "default") throws -> String {
        let segments = try [namespace, name].map { try #require($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics)) }
        return "/api/processes/\(segments.joined(separator: "/"))/\(action)"
    }

    /// The status of a process; nil if it is not known.
    private static func status(of name: String, _ instance: CollectorBed.Instance) async throws -> String? {
        let processes = try await instance.get("/api/processes").json["processes"]?.arrayValue
        return processes?.first { $0["name"]?.stringValue == name }?["status"]?.stringValue
    }

    private static func waitFor(_ status: String, of name: String, _ instance: CollectorBed.Instance) async throws {
        try await eventually("\(name) is \(status)", within: .seconds(20)) { try await self.status(of: name, instance) == status }
    }

    @Test func aProcessIsStoppedStartedAndRestarted() async throws {
        let bed = try await CollectorBed()
        let processes = try await SupervisedProcesses(Self.config)
        try await bed.withInstance { instance in
            try await processes.withAdapter(on: bed.nats) {
                for name in ["api", Self.hostile] {
                    let namespace = name == "api" ? "default" : name
                    try await Self.waitFor("Running", of: name, instance)
                    for (action, status) in [("stop", "Completed"), ("start", "Running"), ("restart", "Running")] {
                        let answer = try await instance.send(.POST, try Self.path(name, action, namespace: namespace))
                        #expect(answer.status == 200 && answer.text == #"{"status":"done"}"#, "\(action) \(name): \(answer.text)")
                        try await Self.waitFor(status, of: name, instance)
                    }
                    let refused = try await instance.send(.POST, try Self.path(name, "start", namespace: namespace))
                    #expect(refused.status == 409 && refused.code == "refused" && refused.text.contains("already running"))
                }
                let story = "/api/processes/events?process=default/api&type=started&type=stopped&type=crashed"
                try await eventually("the story is told", within: .seconds(20)) {
                    try await instance.get(story).json["events"]?.arrayValue?.count == 5
                }
                let told = try await instance.get(story).json["events"]?.arrayValue?.compactMap { $0["type"]?.stringValue }
                #expect(told == ["started", "stopped", "started", "stopped", "started"])
            }
        }
    }

    @Test func aStopThatTakesLongIsUnderWay() async throws {
        let bed = try await CollectorBed()
        let processes = try await SupervisedProcesses(Self.config)
        try await bed.withInstance { instance in
            try await processes.withAdapter(on: bed.nats, name: "left") {
                try await Self.waitFor("Running", of: "stubborn", instance)
                try await eventually("it no longer hears", within: .seconds(20)) { try await processes.log(of: "stubborn") == ["deaf"] }
                let answer = try await instance.send(.POST, try Self.path("stubborn", "stop", namespace: "left/default"))
                #expect(answer.status == 202 && answer.text == #"{"status":"running"}"#, "\(answer.text)")
                try await Self.waitFor("Completed", of: "stubborn", instance)
                let listed = try await instance.get("/api/processes").json["processes"]?.arrayValue
                #expect(listed?.allSatisfy { $0["instance"]?.stringValue == "left" } == true)
            }
        }
    }

    @Test func withoutAnAnswerThatIsSaid() async throws {
        let bed = try await CollectorBed()
        let processes = try await SupervisedProcesses(Self.config)
        try await bed.withInstance { instance in
            let early = try await instance.send(.POST, try Self.path("api", "stop"))
            #expect([404, 503].contains(early.status), "\(early.text)")
            try await processes.withAdapter(on: bed.nats) {
                try await Self.waitFor("Running", of: "api", instance)
                let nobody = try await instance.send(.POST, try Self.path("nobody", "stop"))
                #expect(nobody.status == 404 && nobody.code == "not_found")
                #expect(try await instance.send(.POST, try Self.path("api", "stop", namespace: "other")).status == 404)
                await processes.stop()
                let away = try await instance.send(.POST, try Self.path("api", "stop"))
                #expect(away.status == 409 && away.text.contains("does not answer"), "\(away.text)")
            }
            let start = ContinuousClock.now
            let silent = try await instance.send(.POST, try Self.path("api", "stop"))
            #expect(silent.status == 504 && silent.code == "no_adapter", "\(silent.text)")
            #expect(.now - start > .seconds(4) && .now - start < .seconds(20))
            await bed.nats.stop()
            let alone = try await instance.send(.POST, try Self.path("api", "stop"))
            #expect(alone.status == 503 && alone.code == "bus_unavailable", "\(alone.text)")
        }
    }

    @Test func whoeverMayOnlyReadMayNotCommand() async throws {
        let bed = try await CollectorBed()
        let tokens = [CollectorBed.credential("reader", scope: "read"), CollectorBed.credential("boss", scope: "admin")].joined(
            separator: ",")
        try await bed.withInstance(["ARGUS_TOKENS": tokens]) { instance in
            func answer(_ method: HTTPMethod, _ path: String, _ token: String?) async throws -> Int {
                try await instance.send(method, path, headers: token.map { [("authorization", "Bearer \($0)")] } ?? []).status
            }
            for action in ["start", "stop", "restart"] {
                let path = try Self.path("api", action)
                #expect(try await answer(.POST, path, "reader") == 403)
                #expect(try await answer(.POST, path, nil) == 401)
                #expect([404, 503].contains(try await answer(.POST, path, "boss")))
            }
            for path in ["/api/processes", "/api/processes/events"] {
                #expect(try await answer(.GET, path, "reader") == 200)
                #expect(try await answer(.GET, path, nil) == 401)
            }
        }
    }

    @Test func whateverIsWrongWithACommandNamesItsField() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            let path = try Self.path("api", "stop")
            let wrong: [(path: String, body: String, status: Int, field: String?)] = [
                (path + "?force=true", "", 400, "force"), (path, "[]", 400, nil), (path, "{", 400, nil), (path, #"{"by":7}"#, 400, "by"),
                (path, #"{"who":"me"}"#, 400, "who"), (path, #"{"by":"\#(String(repeating: "x", count: 256))"}"#, 400, "by"),
                (path, #"{"by":"\#(String(repeating: "x", count: 5000))"}"#, 413, nil),
                ("/api/processes/default/api/explode", "", 404, nil), ("/api/processes/default/api", "", 404, nil),
            ]
            for (path, body, status, field) in wrong {
                let answer = try await instance.send(.POST, path, body: body.isEmpty ? nil : Array(body.utf8))
                #expect(answer.status == status && answer.field == field, "\(path) \(body.prefix(40)): \(answer.text)")
            }
            let form = try await instance.send(.POST, path, headers: [("content-type", "text/plain")], body: Array("{}".utf8))
            #expect(form.status == 415)
        }
    }
}
