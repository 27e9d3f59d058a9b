// What clients see while the bus is away, full or restarted.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import IngestGateway

@Suite(.timeLimit(.minutes(2))) struct OutageTests {
    @Test func anOutageIsSaidAndSurvived() async throws {
        try await Gateway.run { gateway in
            try await gateway.putRule("r", keys: ["class"])
            try await gateway.putManager("m", rule: "r")
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "before")).status == 202)
            gateway.nats.kill()
            let during = try await post(gateway.port, "/v1/events", trigger("m", "during"))
            #expect(during.status == 503)
            #expect(during.headers["retry-after"] != nil)
            #expect(during.code == "bus_unavailable")
            let start = ContinuousClock.now
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "during")).status == 503)
            #expect(ContinuousClock.now - start < .seconds(4), "told at once, not after the patience for a short outage")
            #expect(try await post(gateway.port, "/v1/events", trigger("unknown", "k")).status == 503)
            #expect(try await send(gateway.port, "GET", "/readyz").status == 503)
            #expect(try await send(gateway.port, "GET", "/healthz").status == 200)

            try await gateway.nats.restart()
            try await eventually("the gateway is ready again") { try await send(gateway.port, "GET", "/readyz").status == 200 }
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "after")).status == 202)
            let keys = try await gateway.events(of: "m").map(\.dedupKey)
            #expect(keys.first == "before")
            #expect(keys.last == "after")

            try await gateway.putRule("r", keys: ["severity"])
            try await gateway.putManager("late", rule: "r")
            #expect(try await post(gateway.port, "/v1/events", trigger("late", "k")).status == 202)
            #expect(try await gateway.events(of: "late").first?.grouping.value == "high")
        }
    }

    @Test func aRestartUnderLoadLosesNothingThatWasTakenAndDoublesNothing() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "first")).status == 202)
            let taken = try await withThrowingTaskGroup(of: [String].self) { group in
                for client in 0..<8 {
                    group.addTask {
                        try await onThread {
                            // Longer than the gateway may take for a request.
                            let socket = try HTTPSocket(port: gateway.port, timeout: 60)
                            return try (0..<150).map { "k\(client)-\($0)" }.filter { key in
                                socket.send("POST", "/v1/events", body: Array(trigger("m", key).utf8))
                                return try socket.receive().status == 202
                            }
                        }
                    }
                }
                group.addTask {
                    try await gateway.nats.restart()
                    return []
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let stored = try await gateway.events(of: "m").map(\.dedupKey)
            #expect(Set(stored).count == stored.count)
            #expect(Set(taken).isSubset(of: Set(stored)))
            #expect(!taken.isEmpty)
        }
    }

    @Test func aFullStreamIsSaidAndRecovers() async throws {
        try await Gateway.run(environment: ["ARGUS_EVENTS_MAX_BYTES": "1MB"]) { gateway in
            try await gateway.putManager("m")
            let details = String(repeating: "x", count: 60 * 1024)
            let event = trigger("m", "k", more: #","details":{"x":"\#(details)"}"#)
            var answer = try await post(gateway.port, "/v1/events", event)
            var count = 1
            while answer.status == 202, count < 40 {
                answer = try await post(gateway.port, "/v1/events", event)
                count += 1
            }
            #expect(answer.status == 503)
            #expect(answer.code == "bus_full")
            #expect(answer.headers["retry-after"] == "5")
            let stream = Streams.eventsName(partition: Partitioning.partition(ofManager: "m", count: Partitioning.defaultCount))
            _ = try await gateway.bus.purge(stream: stream)
            #expect(try await post(gateway.port, "/v1/events", event).status == 202)
            #expect(try await gateway.metric(#"argus_ingest_publish_failures_total{reason="stream_full"}"#) == 1)
        }
    }
}
