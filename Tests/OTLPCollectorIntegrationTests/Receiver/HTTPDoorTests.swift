// OTLP/HTTP as a client sees it.

import ArgusBus
import ArgusOTLP
import ArgusService
import ArgusShared
import Crypto
import NIOHTTP1
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct HTTPDoorTests {
    @Test func requestsAreAcceptedInBothFormats() async throws {
        try await ReceiverFixture.run { fixture async throws in
            let request = ReceiverRequests.traces(3, name: "a")
            let protobuf = try await fixture.send(request)
            #expect(protobuf.status == 200 && protobuf.body.isEmpty)
            #expect(protobuf.headers["content-type"] == ["application/x-protobuf"])
            let compressed = try await fixture.send(Compressed.gzip(request), headers: [("content-encoding", "gzip")])
            #expect(compressed.status == 200)
            let json = """
                {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",\
                "name":"j","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000,"more":{}}]}]}]}
                """
            let answer = try await fixture.send(Array(json.utf8), type: "application/json; charset=utf-8")
            #expect(answer.status == 200 && answer.text == "{}")
            #expect(answer.headers["content-type"] == ["application/json"])
            #expect(try await fixture.send(ReceiverRequests.logs(2), to: "/v1/logs").status == 200)
            #expect(try await fixture.spanNames().sorted() == ["a", "a", "a", "a", "a", "a", "j"])
            #expect(try await fixture.messages().filter { $0.subject == Subjects.otlpLogs }.count == 1)
        }
    }

    @Test func whatIsWrongIsToldByItsStatus() async throws {
        try await ReceiverFixture.run { fixture async throws in
            func expect(_ status: Int, _ answer: ReceiverFixture.Answer, code: UInt8? = nil, _ note: Comment? = nil) {
                #expect(answer.status == status, note)
                if let code { #expect(answer.body.prefix(2) == [0x08, code], "a Status with its code") }
            }
            let fine = ReceiverRequests.traces(1)
            expect(404, try await fixture.send(fine, to: "/v1/other"))
            let get = try await fixture.send(method: .GET)
            expect(405, get)
            #expect(get.headers["allow"] == ["POST, OPTIONS"])
            expect(415, try await fixture.send(fine, type: "text/plain"), code: 12)
            expect(415, try await fixture.send(fine, type: nil), code: 12)
            let encoding = try await fixture.send(fine, headers: [("content-encoding", "br")])
            expect(415, encoding, code: 12)
            #expect(encoding.headers["accept-encoding"] == ["gzip, deflate"])
            expect(400, try await fixture.send([0x0A, 9, 1]), code: 3)
            expect(400, try await fixture.send(fine, headers: [("content-encoding", "gzip")]), code: 3, "not gzip")
            let json = try await fixture.send(Array("{\"resourceSpans\":7}".utf8), type: "application/json")
            expect(400, json)
            #expect(json.headers["content-type"] == ["application/json"])
            #expect(json.text.hasPrefix(#"{"code":3,"message":"the request is not valid"#))
            #expect(try await fixture.spanCount() == 0)
        }
    }

    @Test func invalidSpansAreRejectedAndKept() async throws {
        try await ReceiverFixture.run { fixture async throws in
            let answer = try await fixture.send(ReceiverRequests.traces(4, invalid: [0, 2]))
            #expect(answer.status == 200)
            #expect(answer.body.starts(with: [0x0A]) && answer.body[2...3] == [0x08, 2])
            #expect(try await fixture.spanCount() == 2)
            try await eventually("the letter is kept") { try await fixture.messages(Streams.deadLetters.name).count == 1 }
            let letter = try await fixture.messages(Streams.deadLetters.name)[0]
            #expect(letter.subject == "argus.deadletters.otlp-collector.spans")
            #expect(letter.headers[HeaderName.reason] == "2 x the span ends before it starts")
            #expect(try letter.payload.withUnsafeBytes { try OTLPTraces.validate($0) }.spans == 2)
        }
    }

    @Test func metricsAreRejectedWithoutAnError() async throws {
        try await ReceiverFixture.run { fixture async throws in
            let json = #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","sum":{"dataPoints":[{},{},{}]}}]}]}]}"#
            let answer = try await fixture.send(Array(json.utf8), to: "/v1/metrics", type: "application/json")
            #expect(answer.status == 200)
            #expect(answer.text == #"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"metrics are not kept here"}}"#)
        }
    }

    @Test func aBombIsRefusedAndInflatesNothing() async throws {
        var settings = ReceiverSettings()
        settings.maximumRequest = 1 << 20
        try await ReceiverFixture.run(settings) { fixture async throws in
            let bomb = Compressed.gzip([UInt8](repeating: 0, count: 24 << 20))
            #expect(bomb.count < 1 << 20)
            let answer = try await fixture.send(bomb, headers: [("content-encoding", "gzip")])
            #expect(answer.status == 413 && answer.body.prefix(2) == [0x08, 8])
            let large = try await fixture.send(ReceiverRequests.traces(10, padding: 200_000))
            #expect(large.status == 413)
            #expect(try await fixture.send(ReceiverRequests.traces(1)).status == 200)
            try await eventually("nothing is kept") { fixture.receivers.inFlightBytes == 0 }
        }
    }

    @Test func browsersMaySend() async throws {
        var settings = ReceiverSettings()
        settings.corsOrigins = ["https://shop.example"]
        try await ReceiverFixture.run(settings) { fixture async throws in
            let wanted = [
                ("origin", "https://shop.example"), ("access-control-request-method", "POST"),
                ("access-control-request-headers", "content-type,x-custom"),
            ]
            let preflight = try await fixture.send(method: .OPTIONS, headers: wanted, type: nil)
            #expect(preflight.status == 204 && preflight.body.isEmpty)
            #expect(preflight.headers["access-control-allow-origin"] == ["https://shop.example"])
            #expect(preflight.headers["access-control-allow-headers"] == ["content-type,x-custom"])
            #expect(preflight.headers["access-control-allow-methods"] == ["POST"])
            let answer = try await fixture.send(ReceiverRequests.traces(1), headers: [("origin", "https://shop.example")])
            #expect(answer.headers["access-control-allow-origin"] == ["https://shop.example"])
            let other = try await fixture.send(ReceiverRequests.traces(1), headers: [("origin", "https://other.example")])
            #expect(!other.headers.contains(name: "access-control-allow-origin"))
        }
    }

    @Test func aTokenIsNeededWhereTokensAreSet() async throws {
        func credential(_ name: String, _ token: String, _ scopes: ArgusService.Scope) -> TokenCredential {
            TokenCredential(name: name, scopes: scopes, digest: Array(SHA256.hash(data: Array(token.utf8))))
        }
        let tokens = [credential("sdk", "sending", .ingest), credential("reader", "reading", .read)]
        try await ReceiverFixture.run(tokens: tokens) { fixture async throws in
            let request = ReceiverRequests.traces(1)
            let none = try await fixture.send(request)
            #expect(none.status == 401 && none.body.prefix(2) == [0x08, 16] && none.headers["www-authenticate"] == ["Bearer"])
            #expect(try await fixture.send(request, headers: [("authorization", "Bearer other")]).status == 401)
            #expect(try await fixture.send(request, headers: [("authorization", "Bearer reading")]).status == 403)
            #expect(try await fixture.send(request, headers: [("authorization", "Bearer sending")]).status == 200)
            #expect(try await fixture.send(method: .OPTIONS, headers: [("origin", "https://a.example")], type: nil).status == 204)
            #expect(try await fixture.spanCount() == 1)
        }
    }

    @Test func aFullBusInvitesToTryAgain() async throws {
        try await ReceiverFixture.run(streamBytes: 1 << 20) { fixture async throws in
            let request = ReceiverRequests.traces(100, padding: 2000)
            var answer = try await fixture.send(request)
            for _ in 0..<10 where answer.status == 200 { answer = try await fixture.send(request) }
            #expect(answer.status == 503 && answer.headers["retry-after"] == ["5"])
            _ = try await fixture.bus.purge(stream: Streams.telemetry().name)
            #expect(try await fixture.send(request).status == 200)
        }
    }

    @Test func requestsLargerThanTheBusTakesGoInWhole() async throws {
        try await ReceiverFixture.run { fixture async throws in
            let request = ReceiverRequests.traces(200, padding: 100_000)
            #expect(request.count > 16 << 20)
            #expect(try await fixture.send(request).status == 200)
            #expect(try await fixture.spanCount() == 200)
            #expect(try await fixture.messages().count >= 3)
        }
    }
}
