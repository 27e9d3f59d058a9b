// Methods that a path does not take, and what a HEAD request is answered with.

import Hummingbird
import Testing

@testable import ArgusService

@Suite struct MethodTests {
    private static func addRoutes(_ router: Router<ServiceContext>, _ bootstrap: ServiceBootstrap) {
        addEcho(router, bootstrap)
        router.get("/alerts/stream") { _, _ in Response.json([]) }
        router.get("/alerts/:key") { _, _ in Response.json([]) }
        router.delete("/alerts/:key") { _, _ in Response.json([]) }
        router.get("/gone/:key") { _, _ -> Response in throw HTTPError(.notFound) }
    }

    @Test func aKnownPathNamesTheMethodsThatItTakes() async throws {
        try await withServer(routes: Self.addRoutes) { port, bootstrap in
            let refused = try await request(port, "GET", "/echo")
            #expect(refused.status == 405 && refused["allow"] == "POST" && refused["content-type"] == "application/json")
            #expect(
                refused.body
                    == #"{"error":{"code":"method_not_allowed","message":"GET is not allowed for /echo, only POST."}}"#)
            #expect(refused["x-request-id"] != nil)
            for (method, path, allowed) in [
                ("POST", "/healthz", "GET, HEAD"), ("OPTIONS", "/echo?x=1", "POST"), ("TRACE", "/echo", "POST"), ("HEAD", "/echo/", "POST"),
                ("PUT", "/alerts/a%2Fb", "DELETE, GET, HEAD"), ("DELETE", "/alerts/stream", "GET, HEAD"),
                ("DELETE", "/gone/x", "GET, HEAD"),
            ] {
                let answer = try await onThread {
                    let connection = try RawConnection(port: port)
                    connection.send("\(method) \(path) HTTP/1.1\r\nHost: t\r\n\r\n")
                    return connection.response(toHead: method == "HEAD")
                }
                #expect(answer?.status == 405 && answer?["allow"] == allowed, "\(method) \(path)")
            }
            #expect(expose(bootstrap.metrics).contains(#"argus_http_requests_total{method="GET",route="/echo",status="405"} 1"#))
            #expect(expose(bootstrap.metrics).contains(#"argus_http_requests_total{method="PUT",route="/alerts/{key}",status="405"} 1"#))
        }
    }

    @Test func anUnknownPathStaysUnknown() async throws {
        try await withServer(routes: Self.addRoutes) { port, _ in
            for (method, path) in [
                ("GET", "/"), ("POST", "/alerts"), ("PUT", "/alerts/a/b"), ("DELETE", "/echo/x"), ("GET", "/gone/x"), ("GET", "/ECHO"),
            ] {
                let answer = try await request(port, method, path)
                #expect(answer.status == 404 && answer["allow"] == nil, "\(method) \(path)")
                #expect(answer.body.contains(#""message":"There is no route \#(method) \#(path).""#), "\(answer.body)")
            }
        }
    }

    @Test func aCatchAllKnowsNoPath() async throws {
        try await withServer(routes: { router, bootstrap in
            Self.addRoutes(router, bootstrap)
            router.get("**") { _, _ in Response.json(Array("page".utf8)) }
        }) { port, _ in
            let page = try await request(port, "GET", "/traces/1")
            #expect(page.body == "page")
            #expect(try await request(port, "POST", "/traces/1").status == 404)
            #expect(try await request(port, "GET", "/echo").status == 405)
            #expect(try await request(port, "PUT", "/alerts/a")["allow"] == "DELETE, GET, HEAD")
        }
    }

    /// A body that the client does not expect would be taken for the next answer.
    @Test(arguments: ["/echo", "/nowhere", "/gone/x"])
    func aRefusedHEADHasNoBody(path: String) async throws {
        try await withServer(routes: Self.addRoutes) { port, _ in
            let (head, next) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("HEAD \(path) HTTP/1.1\r\nHost: t\r\n\r\nGET /healthz HTTP/1.1\r\nHost: t\r\n\r\n")
                return (connection.response(toHead: true), connection.response())
            }
            #expect(head?.status == (path == "/echo" ? 405 : 404))
            #expect(next?.status == 200 && next?.body == #"{"status":"ok"}"#)
        }
    }
}
