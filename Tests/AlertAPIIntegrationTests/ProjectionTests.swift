// The projection: exactly what the log says, once, whatever dies.

import ArgusBus
import ArgusShared
import ArgusStorage
import Foundation
import TestSupport
import Testing

@testable import AlertAPI

@Suite(.serialized) struct ProjectionTests {
    /// A seeded history of alerts: commits, and the state they end with.
    private struct History {
        var commits: [[AlertChange]] = []
        var alerts: [String: Alert] = [:]

        init(seed: UInt64, commits count: Int) {
            var state = seed
            func random(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int((state >> 33) % UInt64(bound))
            }
            var open: [String] = []
            for number in 1...count {
                var changes: [String: AlertChange] = [:]
                for index in 0...random(4) {
                    let time = Int64(number * 1000)
                    if open.isEmpty || random(3) == 0 {
                        let alert = Sample.alert(
                            "h\(number)-\(index)", at: time, severity: Severity.allCases[random(3)], class: "c\(random(3))",
                            details: random(2) == 0 ? #"{"n":\#(number)}"# : nil)
                        changes[alert.id] = Sample.created(alert)
                        alerts[alert.id] = alert
                        open.append(alert.id)
                    } else {
                        let id = open[random(open.count)]
                        guard changes[id] == nil, var alert = alerts[id] else { continue }
                        let hasPayload = random(4) == 0
                        if hasPayload { alert.details = random(2) == 0 ? nil : try? RawJSON(Array(#"{"new":\#(number)}"#.utf8)) }
                        alert.severity = Severity.allCases[random(3)]
                        alert.eventCount += 1
                        let kind: Transition.Kind = alert.status == .active ? (random(3) == 0 ? .resolved : .updated) : .reactivated
                        changes[id] = Sample.changed(&alert, kind, at: time, payload: hasPayload)
                        alerts[id] = alert
                    }
                }
                commits.append(Array(changes.values))
            }
        }
    }

    private func verify(_ api: Instance, _ history: History) async throws {
        try await eventually("all is applied", within: .seconds(20)) {
            let total = try await api.get("/v1/alerts").json["total"]
            return try await api.metric(MetricNames.projectionLag) == 0 && total == .integer(Int64(history.alerts.count))
        }
        var found: [String: JSONValue] = [:]
        var cursor = ""
        repeat {
            let page = try await api.get("/v1/alerts?limit=100\(cursor)")
            for alert in page.json["alerts"]?.arrayValue ?? [] { found[alert["id"]?.stringValue ?? ""] = alert }
            cursor = page.json["next_cursor"]?.stringValue.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(found.count == history.alerts.count)
        for (id, alert) in history.alerts {
            var writer = JSONWriter()
            alert.writePublic(to: &writer)
            let expected = try JSONValue(parsing: writer.bytes)
            #expect(found[id] == expected)
        }
        for status in Alert.Status.allCases {
            for severity in Severity.allCases {
                let count = history.alerts.values.count { $0.status == status && $0.severity == severity }
                let answer = try await api.get("/v1/alerts?status=\(status.rawValue)&severity=\(severity.rawValue)&limit=1")
                #expect(answer.json["total"] == .integer(Int64(count)), "\(status) \(severity)")
            }
        }
    }

    /// The same, as if it had begun an hour ago: retention is tested on its own.
    private func shifted(_ history: History) -> History {
        var copy = history
        let offset = Timestamp.now().milliseconds - 3_600_000
        func shift(_ alert: Alert) -> Alert {
            var alert = alert
            alert.createdAt = alert.createdAt.adding(milliseconds: offset)
            alert.updatedAt = alert.updatedAt.adding(milliseconds: offset)
            alert.resolvedAt = alert.resolvedAt?.adding(milliseconds: offset)
            return alert
        }
        copy.alerts = history.alerts.mapValues(shift)
        copy.commits = history.commits.map {
            $0.map { AlertChange(alert: shift($0.alert), hasPayload: $0.hasPayload, transitions: $0.transitions) }
        }
        return copy
    }

    @Test(.timeLimit(.minutes(3)), arguments: DatabaseKind.allCases) func appliesEverythingOnceOverRestarts(_ kind: DatabaseKind)
        async throws
    {
        let fixture = try await Fixture.start()
        let history = shifted(History(seed: 7, commits: 300))
        let environment = try await kind.environment()
        // A third is there before the first start, the rest comes while instances come and go.
        for changes in history.commits[..<100] { try await fixture.commit(changes) }
        try await fixture.withInstance(environment) { api in
            for changes in history.commits[100..<200] { try await fixture.commit(changes) }
            _ = try await api.get("/v1/alerts")
        }
        for changes in history.commits[200...] { try await fixture.commit(changes) }
        try await fixture.withInstance(environment) { api in
            try await verify(api, history)
            let transitions = history.commits.joined().reduce(0) { $0 + $1.transitions.count }
            var found = 0
            for alert in history.alerts.values {
                let timeline = try await api.get("/v1/alerts/\(WebhookBodies.percentEncoded(alert.dedupKey))/timeline")
                found += timeline.json["transitions"]?.arrayValue?.count ?? 0
            }
            #expect(found == transitions)
        }
    }

    @Test(.timeLimit(.minutes(3))) func twoInstancesShareOneDatabase() async throws {
        let fixture = try await Fixture.start()
        let history = shifted(History(seed: 11, commits: 200))
        let environment = try await DatabaseKind.postgres.environment()
        try await fixture.withInstance(environment) { first in
            try await fixture.withInstance(environment) { second in
                for changes in history.commits { try await fixture.commit(changes) }
                try await verify(first, history)
                try await verify(second, history)
                let applied = try await [first, second].asyncSum { try await $0.metric(MetricNames.projectedCommits) }
                #expect(applied == 200)
            }
        }
    }

    @Test(.timeLimit(.minutes(3))) func aLostDatabaseIsRebuiltFromTheLog() async throws {
        let fixture = try await Fixture.start()
        let history = shifted(History(seed: 13, commits: 100))
        try await WebhookServer.run { hooks in
            try await fixture.withInstance { api in
                _ = try await api.manager("m", webhook: hooks.url)
                for changes in history.commits { try await fixture.commit(changes) }
                try await verify(api, history)
                try await eventually("the watermark is stored") {
                    let sequence = try await fixture.bus.streamInfo(Streams.alerts.name).lastSequence
                    // The watermark is written about once a second, with a commit.
                    let entry = try await fixture.bus.keyValue(Buckets.configuration).get("alert-api.notified")
                    if entry.map({ UInt64(String(decoding: $0.value, as: UTF8.self)) }) == sequence { return true }
                    try await Task.sleep(for: .milliseconds(200))
                    try await fixture.commit([])
                    return false
                }
                try await eventually("all notifications are delivered") {
                    try await fixture.bus.streamInfo(Streams.notifications.name).messages == 0
                }
            }
            let told = hooks.calls.count
            #expect(told > 50)
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: fixture.file + suffix) }
            try await fixture.withInstance { api in
                try await verify(api, history)
                // Nobody is told again.
                #expect(try await api.metric(MetricNames.notificationsPublished) == 0)
            }
            #expect(hooks.calls.count == told)
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: DatabaseKind.allCases) func aGapIsBridgedBySnapshots(_ kind: DatabaseKind) async throws {
        let fixture = try await Fixture.start()
        let environment = try await kind.environment()
        let now = Timestamp.now().milliseconds
        var known = Sample.alert("known", at: now)
        let forgotten = Sample.alert("forgotten", at: now)
        try await fixture.withInstance(environment) { [known] api in
            try await fixture.commit([Sample.created(known), Sample.created(forgotten)])
            try await eventually("both show") { try await api.get("/v1/alerts").json["total"] == .integer(2) }
        }
        // While the API is away, "forgotten" resolves and leaves memory, "missed" comes, and the log loses its beginning.
        known.summary = "changed"
        try await fixture.commit([Sample.changed(&known, .updated, at: now + 1)])
        let missed = Sample.alert("missed", at: now + 2, details: #"{"kept":true}"#)
        let last = try await fixture.commit([Sample.created(missed)])
        let newer = Sample.alert("newer", at: now + 3)
        let partition = Partitioning.partition(ofManager: "m", count: 4)
        try await snapshot([known, missed], partition: partition, at: last, on: fixture)
        try await fixture.commit([Sample.created(newer)], partition: partition)
        _ = try await fixture.bus.purge(stream: Streams.alerts.name, before: last + 1)
        try await fixture.withInstance(environment) { api in
            try await eventually("four show") { try await api.get("/v1/alerts").json["total"] == .integer(4) }
            let active = try await api.get("/v1/alerts?status=active&sort=created_at")
            #expect(active.json["alerts"]?.arrayValue?.map { $0["id"] } == [.string("known"), .string("missed"), .string("newer")])
            #expect(try await api.get("/v1/alerts/key%20known").json["summary"] == .string("changed"))
            #expect(try await api.get("/v1/alerts/key%20missed").json["details"]?["kept"] == .bool(true))
            let resolved = try await api.get("/v1/alerts/key%20forgotten")
            #expect(resolved.json["status"] == .string("resolved") && resolved.json["resolved_at"] != .null)
            #expect(try await api.metric(MetricNames.projectionRebuilds) == 1)
        }
    }

    private func snapshot(_ alerts: [Alert], partition: Int, at sequence: UInt64, on fixture: Fixture) async throws {
        var writer = JSONWriter()
        for alert in alerts {
            alert.writeRecord(to: &writer)
            writer.newline()
        }
        var manifest = SnapshotManifest(
            id: "s1", partition: partition, owner: "test", commitSequence: sequence, inputSequence: 0, inputOffset: 0, clock: .now(),
            nextOrdinal: 9, createdAt: .now())
        manifest.alerts = alerts.count
        manifest.chunks = [.init(of: writer.bytes)]
        let headers: MessageHeaders = [HeaderName.schema: Schema.current]
        _ = try await fixture.bus.publish(
            writer.bytes, to: Subjects.snapshotChunk(partition: partition, snapshot: "s1", index: 0), headers: headers)
        _ = try await fixture.bus.publish(manifest.encoded(), to: Subjects.snapshotManifest(partition: partition), headers: headers)
    }

    @Test(.timeLimit(.minutes(3))) func unknownSchemasAreSetAside() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            let strange = try await fixture.commit([Sample.created(Sample.alert("strange"))], schema: "99")
            let garbage = try await fixture.bus.publish(
                Array("{]".utf8), to: Subjects.alerts(partition: 0), headers: [HeaderName.schema: Schema.current]
            ).sequence
            try await fixture.commit([Sample.created(Sample.alert("fine"))])
            try await eventually("the next commit is applied") { try await api.get("/v1/alerts/key%20fine").status == 200 }
            #expect(try await api.get("/v1/alerts").json["total"] == .integer(1))
            let info = try await fixture.bus.streamInfo(Streams.deadLetters.name)
            #expect(info.messages == 2)
            let letters = try await [info.firstSequence, info.lastSequence].asyncMap {
                try await fixture.bus.message(stream: Streams.deadLetters.name, sequence: $0)
            }
            #expect(letters.map { $0?.headers[HeaderName.originalSequence] } == ["\(strange)", "\(garbage)"])
            #expect(letters[0]?.headers[HeaderName.reason]?.contains("schema \"99\"") == true)
            #expect(letters[0]?.subject == "argus.deadletters.alert-api.commit")
        }
    }

    @Test(.timeLimit(.minutes(3))) func survivesTheBus() async throws {
        let fixture = try await Fixture.start()
        let history = shifted(History(seed: 17, commits: 120))
        try await fixture.withInstance { api in
            for (index, changes) in history.commits.enumerated() {
                if index == 60 {
                    fixture.nats.kill()
                    try await eventually("readiness tells of the bus") {
                        let answer = try await api.get("/readyz")
                        return answer.status == 503 && answer.json["checks"]?["bus"]?["status"] == .string("failing")
                    }
                    #expect(try await api.get("/v1/alerts").status == 200)
                    #expect(try await api.get("/healthz").status == 200)
                    try await fixture.nats.restart()
                }
                try await retrying { try await fixture.commit(changes) }
            }
            try await verify(api, history)
            try await eventually("readiness is back") { try await api.get("/readyz").status == 200 }
        }
    }

    private func retrying(_ body: () async throws -> some Any) async throws {
        for _ in 0..<50 {
            do {
                _ = try await body()
                return
            } catch let error as BusError where error.isRetriable {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        throw TestSupportError("the bus did not come back")
    }

    @Test(.timeLimit(.minutes(3))) func survivesTheDatabase() async throws {
        let fixture = try await Fixture.start()
        let server = try await PostgresServer()
        let environment = ["DB_DRIVER": "postgres", "DB_DSN": try await server.createDatabase()]
        let history = shifted(History(seed: 19, commits: 60))
        try await fixture.withInstance(environment) { api in
            for changes in history.commits[..<30] { try await fixture.commit(changes) }
            try await server.stop()
            for changes in history.commits[30...] { try await fixture.commit(changes) }
            try await eventually("readiness tells of the database", within: .seconds(20)) {
                let answer = try await api.get("/readyz")
                return answer.status == 503 && answer.json["checks"]?["projection"]?["status"] == .string("failing")
            }
            #expect(try await api.get("/v1/alerts").status == 503)
            try await server.start()
            try await eventually("readiness is back", within: .seconds(20)) { try await api.get("/readyz").status == 200 }
            try await verify(api, history)
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: DatabaseKind.allCases) func oldResolvedAlertsLeave(_ kind: DatabaseKind) async throws {
        let fixture = try await Fixture.start()
        let now = Timestamp.now().milliseconds
        var old = (0..<600).map { Sample.alert("old\($0)", at: 1_000, details: "{}") }
        var recent = Sample.alert("recent", at: 1_000)
        try await fixture.commit(
            old.map { Sample.created($0) } + [Sample.created(recent), Sample.created(Sample.alert("active", at: 1_000))])
        try await fixture.commit(
            old.indices.map { Sample.changed(&old[$0], .resolved, at: 2_000) } + [Sample.changed(&recent, .resolved, at: now)])
        let environment = try await kind.environment()
        // The first run applies, the second finds what is too old when it starts.
        try await fixture.withInstance(environment.merging(["ARGUS_ALERT_RETENTION": "87840h"]) { $1 }) { _ in }
        try await fixture.withInstance(environment.merging(["ARGUS_ALERT_RETENTION": "2h"]) { $1 }) { api in
            try await eventually("the old ones are gone") { try await api.get("/v1/alerts").json["total"] == .integer(2) }
            let rest = try await api.get("/v1/alerts?sort=created_at")
            #expect(Set(rest.json["alerts"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []) == ["active", "recent"])
            #expect(try await api.get("/v1/alerts/key%20old5").status == 404)
        }
    }
}

extension Array where Element: Sendable {
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var results: [T] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }

    fileprivate func asyncSum(_ value: (Element) async throws -> Double) async rethrows -> Double {
        try await asyncMap(value).reduce(0, +)
    }
}
