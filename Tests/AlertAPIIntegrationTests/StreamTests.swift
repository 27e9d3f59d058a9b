// The stream of changes: order, filters, resuming, slow clients, shutdown.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import AlertAPI

@Suite(.serialized) struct StreamTests {
    private func id(_ event: EventStreamClient.Event?) throws -> String? {
        try event.flatMap { try JSONValue(parsing: Array($0.data.utf8))["alert"]?["id"]?.stringValue }
    }

    @Test(.timeLimit(.minutes(2))) func tellsWhatHappens() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            let everything = try await EventStreamClient(port: api.port)
            let filtered = try await EventStreamClient(port: api.port, path: "/v1/alerts/stream?severity=low&q=summary")
            var first = Sample.alert("a", details: #"{"k":1}"#)
            let sequence = try await fixture.commit([Sample.created(first), Sample.created(Sample.alert("b", severity: .low))])
            try await fixture.commit([Sample.changed(&first, .resolved, at: 2_000)])
            let event = try #require(try await everything.next())
            #expect(event.name == "alert" && event.id == "\(sequence)-0")
            let body = try JSONValue(parsing: Array(event.data.utf8))
            #expect(body["alert"]?["details"]?["k"] == .integer(1))
            #expect(body["transitions"]?[0]?["type"] == .string("created"))
            #expect(body["version"] == .integer(1))
            #expect(try id(try await everything.next()) == "b")
            let resolved = try JSONValue(parsing: Array(try #require(try await everything.next()).data.utf8))
            #expect(resolved["alert"]?["status"] == .string("resolved"))
            // Unchanged details are left out rather than shown as gone.
            #expect(resolved["alert"]?["details"] == nil)
            #expect(try id(try await filtered.next()) == "b")
            #expect(try await api.metric(MetricNames.streamClients) == 2)
            #expect(try await api.get("/v1/alerts/stream?colour=red").status == 400)
            #expect(try await api.get("/v1/alerts/stream", headers: ["Last-Event-ID": "x"]).status == 400)
        }
    }

    @Test(.timeLimit(.minutes(2))) func resumesAtAnyInstance() async throws {
        let fixture = try await Fixture.start()
        let environment = try await DatabaseKind.postgres.environment()
        var ids: [String] = []
        var last: String?
        for round in 0..<3 {
            // Another instance each time; what came while there was none is in the log.
            try await fixture.commit((0..<5).map { Sample.created(Sample.alert("r\(round)-\($0)")) })
            let (seen, resume) = try await fixture.withInstance(environment) { [last] api in
                let client = try await EventStreamClient(port: api.port, lastEventID: last ?? "0-0")
                try await fixture.commit((5..<10).map { Sample.created(Sample.alert("r\(round)-\($0)")) })
                var seen: [String] = []
                var resume: String?
                // The connection breaks within a commit.
                let wanted = round == 0 ? 7 : round == 1 ? 9 : 14
                while seen.count < wanted, let event = try await client.next() {
                    if let id = try id(event) { seen.append(id) }
                    resume = event.id
                }
                return (seen, resume)
            }
            ids += seen
            last = resume
        }
        #expect(ids == (0..<3).flatMap { round in (0..<10).map { "r\(round)-\($0)" } })
    }

    @Test(.timeLimit(.minutes(2))) func saysWhenTheLogDoesNotReachBack() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            for index in 0..<5 { try await fixture.commit([Sample.created(Sample.alert("a\(index)"))]) }
            try await eventually("all is applied") { try await api.get("/v1/alerts").json["total"] == .integer(5) }
            _ = try await fixture.bus.purge(stream: Streams.alerts.name, before: 4)
            let late = try await EventStreamClient(port: api.port, lastEventID: "1-0")
            #expect(try await late.next()?.name == "reset")
            #expect(try id(try await late.next()) == "a3")
            let foreign = try await EventStreamClient(port: api.port, lastEventID: "1000-0")
            #expect(try await foreign.next()?.name == "reset")
            try await fixture.commit([Sample.created(Sample.alert("new"))])
            #expect(try id(try await foreign.next()) == "new")
        }
    }

    @Test(.timeLimit(.minutes(2))) func aSlowClientIsSentAwayAndComesBack() async throws {
        let fixture = try await Fixture.start()
        try await fixture.withInstance { api in
            let slow = try await EventStreamClient(port: api.port, receiveBuffer: 4096)
            let fast = try await EventStreamClient(port: api.port)
            let text = String(repeating: "x", count: 1000)
            let total = 12_000
            let writing = Task {
                for start in stride(from: 0, to: total, by: 100) {
                    try await fixture.commit((start..<(start + 100)).map { Sample.created(Sample.alert("s\($0)", summary: text)) })
                }
            }
            var seen = 0
            while seen < total, let event = try await fast.next(within: .seconds(30)), event.name == "alert" { seen += 1 }
            try await writing.value
            #expect(seen == total || seen > 2_000)
            try await eventually("the slow client is counted") { try await api.metric(MetricNames.streamDropped) >= 1 }
            // It reads what was on its way, is told, and goes on from there.
            var count = 0
            var last: String?
            while let event = try await slow.next() {
                if event.name == "overflow" { break }
                count += 1
                last = event.id
            }
            #expect(count < total)
            let again = try await EventStreamClient(port: api.port, lastEventID: last)
            while count < total, let event = try await again.next(within: .seconds(30)), event.name == "alert" { count += 1 }
            #expect(count == total)
        }
    }

    @Test(.timeLimit(.minutes(2))) func shutdownEndsStreamsAtOnce() async throws {
        let fixture = try await Fixture.start()
        let (client, started) = try await fixture.withInstance { api in
            (try await EventStreamClient(port: api.port), ContinuousClock.now)
        }
        #expect(ContinuousClock.now - started < .seconds(6))
        #expect(try await client.next() == nil)
    }
}
