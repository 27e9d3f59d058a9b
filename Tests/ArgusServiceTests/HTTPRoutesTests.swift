// What the HTTP door answers: the common routes, errors in one shape, ids, metrics, auth.

import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import ArgusService

private struct Internal: Error, CustomStringConvertible {
    let description = "password is hunter2"
}

@Suite struct HTTPRoutesTests {
    @Test func theCommonRoutesAnswer() async throws {
        let health = HealthChecks()
        health.register("bus") { throw APIError(.serviceUnavailable, code: "x", message: "gone") }
        try await withServer(health: health) { port, _ in
            let alive = try await request(port, "GET", "/healthz")
            #expect(alive.status == 200 && alive.body == #"{"status":"ok"}"#)
            let ready = try await request(port, "GET", "/readyz")
            #expect(ready.status == 503)
            #expect(ready.body.contains(#""bus":{"status":"failing""#))
            let metrics = try await request(port, "GET", "/metrics")
            #expect(metrics["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(metrics.body.contains(#"argus_http_requests_total{method="GET",route="/readyz",status="503"} 1"#))
            #expect(metrics.body.contains("argus_build_info{"))
            let head = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("HEAD /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                return connection.waitForEnd()
            }
            #expect(head)
        }
    }

    @Test func errorsHaveOneShape() async throws {
        try await withServer(routes: { router, bootstrap in
            addEcho(router, bootstrap)
            router.post("/api") { _, _ -> Response in
                throw APIError(
                    .unprocessableContent, code: "invalid_event", message: "Two \"fields\".", field: "a",
                    errors: [.init(code: "missing", message: "m", field: "a"), .init(code: "wrong", message: "w")],
                    retryAfter: .milliseconds(1_200), extra: Array(#""position":3"#.utf8))
            }
            router.post("/internal") { _, _ -> Response in throw Internal() }
            router.get("/framework") { _, context -> Response in
                .json(Array(try context.parameters.require("nothing").utf8))
            }
            router.post("/typed") { request, _ -> Response in
                try request.requireContentType("application/json", "application/x-ndjson")
                return .json([])
            }
        }) { port, bootstrap in
            let api = try await request(port, "POST", "/api")
            #expect(api.status == 422)
            #expect(api["retry-after"] == "2")
            #expect(api["content-type"] == "application/json")
            #expect(
                api.body == #"{"error":{"code":"invalid_event","message":"Two \"fields\".","field":"a","#
                    + #""errors":[{"code":"missing","message":"m","field":"a"},{"code":"wrong","message":"w"}],"position":3}}"#)
            let hidden = try await request(port, "POST", "/internal")
            #expect(hidden.status == 500)
            #expect(!hidden.body.contains("hunter2") && hidden.body.contains(#""code":"internal""#))
            let unknown = try await request(port, "GET", "/nowhere")
            #expect(unknown.status == 404 && unknown.body.contains(#""code":"not_found""#))
            let framework = try await request(port, "GET", "/framework")
            #expect(framework.status == 400 && framework.body.contains(#""code":"bad_request""#))
            let large = try await request(port, "POST", "/echo", body: String(repeating: "x", count: 1_001))
            #expect(large.status == 413 && large.body.contains(#""code":"too_large""#))
            for (type, status) in [("text/plain", 415), ("Application/JSON; charset=utf-8", 200), ("application/x-ndjson", 200)] {
                #expect(try await request(port, "POST", "/typed", headers: ["Content-Type": type]).status == status)
            }
            #expect(try await request(port, "POST", "/typed").status == 200)
            let text = expose(bootstrap.metrics)
            #expect(text.contains(#"argus_http_requests_total{method="GET",route="unmatched",status="404"} 1"#))
            #expect(!text.contains("nowhere"))
        }
    }

    @Test func requestIDsAreKeptOrMade() async throws {
        try await withServer { port, _ in
            #expect(try await request(port, "GET", "/healthz", headers: ["X-Request-Id": "abc-1"])["x-request-id"] == "abc-1")
            let first = try await request(port, "GET", "/healthz")["x-request-id"]
            let second = try await request(port, "GET", "/healthz")["x-request-id"]
            #expect(first != nil && first != second)
            let forged = try await request(port, "GET", "/healthz", headers: ["X-Request-Id": "a b<c>"])
            #expect(forged["x-request-id"] != "a b<c>")
            #expect(forged["date"]?.hasSuffix(" GMT") == true)
        }
    }

    @Test func datesFollowTheStandard() {
        #expect(HTTPDate.format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test func pathsAndQueriesAreDecoded() async throws {
        try await withServer(routes: { router, _ in
            router.get("/alerts/:key") { request, context in
                let key = try context.pathParameter("key")
                return Response.json(
                    Array("\(key)|\(request.query["q"] ?? "")|\(request.query.all("s"))|\(request.query["none"] ?? "-")".utf8))
            }
        }) { port, _ in
            let found = try await request(port, "GET", "/alerts/a%2Fb%3Ac%20d%C3%A9?q=x+y%26z&s=1&s=2")
            #expect(found.body == #"a/b:c dé|x y&z|["1", "2"]|-"#)
            #expect(try await request(port, "GET", "/alerts/%FF").status == 400)
        }
    }

    @Test func doorsAreGuarded() async throws {
        let hash = SHA256.hash(data: Data("s3cret".utf8)).map { String(format: "%02x", $0) }.joined()
        try await withServer(
            environment: ["ARGUS_TOKENS": "ci:read:\(hash)"],
            routes: { router, bootstrap in
                let auth = AuthPolicy(settings: AuthSettings(bootstrap.settings))
                let limiter = RateLimiter(perSecond: 0.001, burst: 2)
                router.group("/v1").add(middleware: auth.require(.read)).get("/x") { _, context -> Response in
                    let identity = context.identity ?? .anonymous
                    try limiter.take(for: identity)
                    return .json(Array(identity.name.utf8))
                }
                router.group("/admin").add(middleware: auth.require(.admin)).get("/x") { _, _ in Response.json([]) }
            }
        ) { port, _ in
            let none = try await request(port, "GET", "/v1/x")
            #expect(none.status == 401 && none["www-authenticate"] == "Bearer")
            let headers = ["Authorization": "Bearer s3cret"]
            #expect(try await request(port, "GET", "/admin/x", headers: headers).status == 403)
            #expect(try await request(port, "GET", "/v1/x", headers: headers).body == "ci")
            #expect(try await request(port, "GET", "/v1/x", headers: headers).status == 200)
            let limited = try await request(port, "GET", "/v1/x", headers: headers)
            #expect(limited.status == 429)
            #expect(Int(limited["retry-after"] ?? "") ?? 0 > 900)
            #expect(limited.body.contains(#""code":"rate_limited""#))
        }
    }
}
