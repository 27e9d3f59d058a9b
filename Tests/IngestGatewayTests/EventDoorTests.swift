// POST /v1/events against a real bus: what is taken, and every way not to be.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import IngestGateway

@Suite(.timeLimit(.minutes(2))) struct EventDoorTests {
    @Test func takesTriggerAndResolve() async throws {
        try await Gateway.run { gateway in
            try await gateway.putRule("r", keys: ["class"], minutes: 7)
            try await gateway.putManager("m", rule: "r")
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            let answer = try await post(
                gateway.port, "/v1/events", trigger("m", "server-1:cpu", class: "infra"), headers: ["traceparent": trace])
            #expect(answer.status == 202)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(try answer.json["status"]?.stringValue == "accepted")
            #expect(try answer.json["dedupKey"]?.stringValue == "server-1:cpu")
            let resolve = try await post(
                gateway.port, "/v1/events", #"{"event_manager_id":"m","action":"resolve","dedupKey":"server-1:cpu"}"#)
            #expect(resolve.status == 202)

            let events = try await gateway.events(of: "m")
            #expect(events.map(\.action) == [.trigger, .resolve])
            #expect(events[0].grouping == Grouping(ruleID: "r", value: "infra", window: 420_000))
            #expect(try answer.json["event_id"]?.stringValue == events[0].id)
            let message = try #require(try await gateway.messages(of: "m").first)
            #expect(message.headers[HeaderName.schema] == Schema.current)
            #expect(message.headers[HeaderName.messageID] != nil)
            #expect(message.headers[HeaderName.traceparent]?.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
            #expect(try await gateway.metric(#"argus_ingest_events_total{door="v1_events",action="trigger"}"#) == 1)
        }
    }

    @Test func aManagerIsUsableAtOnceAndChangesTakeEffect() async throws {
        try await Gateway.run { gateway in
            for number in 0..<40 {
                try await gateway.putRule("r\(number)", keys: ["class"])
                try await gateway.putManager("m\(number)", rule: "r\(number)")
                #expect(try await post(gateway.port, "/v1/events", trigger("m\(number)", "k")).status == 202)
                #expect(try await gateway.events(of: "m\(number)").first?.grouping.ruleID == "r\(number)")
            }
            try await gateway.bus.keyValue(Buckets.configuration).delete(ConfigurationKeys.manager("m0"))
            try await eventually("the manager is gone") {
                try await post(gateway.port, "/v1/events", trigger("m0", "k")).status == 404
            }
        }
    }

    @Test func saysWhatIsWrong() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            let port = gateway.port
            let unknown = try await post(port, "/v1/events", trigger("nobody", "k"))
            #expect(unknown.status == 404)
            #expect(unknown.code == "unknown_event_manager")
            #expect(try await post(port, "/v1/events", trigger("not a valid id!", "k")).status == 404)

            let missing = try await post(port, "/v1/events", #"{"event_manager_id":"m","severity":"urgent"}"#)
            #expect(missing.status == 422)
            #expect(missing.code == "invalid_event")
            let fields = try missing.json["error"]?["errors"]?.arrayValue?.compactMap { $0["field"]?.stringValue }
            #expect(fields == ["severity", "action", "summary", "class"])
            #expect(try missing.json["error"]?["field"]?.stringValue == "severity")

            let plain = try await post(port, "/v1/events", trigger("m", "k"), headers: ["Content-Type": "text/plain"])
            #expect(plain.status == 415)
            #expect(try await send(port, "GET", "/v1/events").status != 200)
            #expect(try await gateway.events(of: "m").isEmpty)
            #expect(try await gateway.metric(#"argus_ingest_rejected_total{door="v1_events",code="invalid_event"}"#) == 1)
        }
    }

    @Test func malformedBodiesAreAnsweredWithTheirPosition() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            let valid = Array(trigger("m", "k").utf8)
            let deep = String(repeating: "[", count: 100_000)
            let bodies: [(String, [UInt8], Int?)] = [
                ("empty", [], 0), ("cut short", valid.dropLast(), valid.count - 1),
                ("trailing", valid + Array("x".utf8), valid.count),
                ("NaN", Array(trigger("m", "k", more: #","details":{"x":NaN}"#).utf8), nil),
                ("Infinity", Array(#"{"details":-Infinity}"#.utf8), nil),
                ("duplicate", Array(trigger("m", "k", more: #","class":"again""#).utf8), nil),
                ("invalid UTF-8", Array(#"{"summary":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8), nil),
                ("half a surrogate", Array(#"{"summary":"\ud800"}"#.utf8), nil),
                ("control character", Array("{\"summary\":\"a\nb\"}".utf8), nil),
                ("deep", Array((#"{"details":{"x":"# + deep).utf8), nil),
            ]
            for (name, body, offset) in bodies {
                let answer = try await send(
                    gateway.port, "POST", "/v1/events", headers: ["Content-Type": "application/json"], body: Array(body))
                #expect(answer.status == 400, "\(name)")
                #expect(answer.code == "invalid_json", "\(name)")
                let position = try answer.json["error"]?["position"]?["offset"]?.integerValue
                #expect(position != nil, "\(name)")
                if let offset { #expect(position == Int64(offset), "\(name)") }
            }
            #expect(try await gateway.events(of: "m").isEmpty)
        }
    }

    @Test func tooLargeBodiesAreRefusedBeforeTheyAreRead() async throws {
        try await Gateway.run { gateway in
            let declared = try await onThread {
                let socket = try HTTPSocket(port: gateway.port)
                socket.send(Array("POST /v1/events HTTP/1.1\r\nHost: test\r\nContent-Length: 104857600\r\n\r\n{".utf8))
                return try socket.receive()
            }
            #expect(declared.status == 413)
            let chunked = try await onThread {
                let socket = try HTTPSocket(port: gateway.port)
                socket.send(Array("POST /v1/events HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
                let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 65_536) + Array("\r\n".utf8)
                for _ in 0..<1600 where !socket.send(chunk) { break }
                return try socket.receive()
            }
            #expect(chunked.status == 413)
            let whole = try await send(gateway.port, "POST", "/v1/events", body: [UInt8](repeating: 0x20, count: 256 * 1024 + 1))
            #expect(whole.status == 413)
        }
    }

    @Test func aSlowBodyIsGivenUp() async throws {
        try await Gateway.run(environment: ["HTTP_BODY_TIMEOUT": "200ms"]) { gateway in
            let answer = try await onThread {
                let socket = try HTTPSocket(port: gateway.port)
                socket.send(Array("POST /v1/events HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n{\"a\"".utf8))
                return try socket.receive()
            }
            #expect(answer.status == 408)
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "first")).status == 202)
            let answers = try await onThread {
                let socket = try HTTPSocket(port: gateway.port)
                var bytes: [UInt8] = []
                for number in 0..<20 {
                    let body = number == 7 ? "{" : trigger("m", "k\(number)")
                    bytes += Array("POST /v1/events HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
                }
                socket.send(bytes)
                return try (0..<20).map { _ in try socket.receive() }
            }
            for (number, answer) in answers.enumerated() {
                #expect(answer.status == (number == 7 ? 400 : 202))
                if number != 7 { #expect(try answer.json["dedupKey"]?.stringValue == "k\(number)") }
            }
            let keys = try await gateway.events(of: "m").map(\.dedupKey)
            #expect(keys == ["first"] + (0..<20).filter { $0 != 7 }.map { "k\($0)" })
        }
    }

    @Test func aClientThatEndsItsSideGetsItsAnswer() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "first")).status == 202)
            for number in 0..<20 {
                let answer = try await onThread {
                    let socket = try HTTPSocket(port: gateway.port)
                    socket.send("POST", "/v1/events", body: Array(trigger("m", "k\(number)").utf8))
                    socket.endSending()
                    return try socket.receive()
                }
                #expect(answer.status == 202)
            }
        }
    }

    @Test func aBusyConnectionIsNotIdle() async throws {
        try await Gateway.run(environment: ["HTTP_IDLE_TIMEOUT": "300ms"]) { gateway in
            try await gateway.putManager("m")
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "first")).status == 202)
            let statuses = try await onThread {
                let socket = try HTTPSocket(port: gateway.port)
                let end = ContinuousClock.now + .seconds(1)
                var statuses: [Int] = []
                while ContinuousClock.now < end {
                    socket.send("POST", "/v1/events", body: Array(trigger("m", "k\(statuses.count)").utf8))
                    statuses.append(try socket.receive().status)
                }
                return statuses
            }
            #expect(statuses.allSatisfy { $0 == 202 })
        }
    }

    @Test func requestsInProgressAreAnsweredAtShutdown() async throws {
        let answers = try await Gateway.runUntilShutdown(environment: ["ARGUS_LINGER": "1s"]) { gateway in
            try await gateway.putManager("m")
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "first")).status == 202)
            let sent = (0..<8).map { number in
                Task { try await post(gateway.port, "/v1/events", trigger("m", "k\(number)")).status }
            }
            try await eventually("all are in progress") { try await gateway.metric("argus_ingest_requests_in_flight") == 8 }
            return sent
        }
        for answer in answers { #expect(try await answer.value == 202) }
    }

    @Test func aClientThatLeavesLeaksNothing() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "first")).status == 202)
            for number in 0..<50 {
                try await onThread {
                    let socket = try HTTPSocket(port: gateway.port)
                    socket.send("POST", "/v1/events", body: Array(trigger("m", "k\(number)").utf8))
                }
            }
            try await eventually("nothing is in flight") {
                try await gateway.metric("argus_ingest_requests_in_flight") == 0
            }
            #expect(try await gateway.metric("argus_ingest_waiting_events") == 0)
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "last")).status == 202)
        }
    }

    @Test func concurrentEventsShareMessagesAndArriveOnce() async throws {
        try await Gateway.run { gateway in
            try await gateway.putManager("m")
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "first")).status == 202)
            try await withThrowingDiscardingTaskGroup { group in
                for client in 0..<32 {
                    group.addTask {
                        try await onThread {
                            let socket = try HTTPSocket(port: gateway.port)
                            for number in 0..<40 {
                                socket.send("POST", "/v1/events", body: Array(trigger("m", "k\(client)-\(number)").utf8))
                                guard try socket.receive().status == 202 else { throw TestSupportError("not taken") }
                            }
                        }
                    }
                }
            }
            let events = try await gateway.events(of: "m")
            #expect(events.count == 1281)
            #expect(Set(events.map(\.dedupKey)).count == 1281)
            let messages = try await gateway.messages(of: "m").count
            #expect(messages < 900)
            for client in 0..<32 {
                let own = events.map(\.dedupKey).filter { $0.hasPrefix("k\(client)-") }
                #expect(own == (0..<40).map { "k\(client)-\($0)" })
            }
        }
    }
}
