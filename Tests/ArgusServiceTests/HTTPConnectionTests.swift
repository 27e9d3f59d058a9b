// How the HTTP door copes with slow, large, pipelined and malformed input.

import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import ArgusService

@Suite struct HTTPConnectionTests {
    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer(routes: addEcho) { port, _ in
            let bodies = try await onThread {
                let connection = try RawConnection(port: port)
                let requests = (0..<50).map { index in
                    let body = "request \(index)"
                    return "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                }
                connection.send(requests.joined())
                return (0..<50).map { _ in connection.response()?.body }
            }
            #expect(bodies == (0..<50).map { "request \($0)" })
        }
    }

    @Test func aBodyInPiecesIsPutTogether() async throws {
        try await withServer(routes: addEcho) { port, _ in
            let (plain, chunked) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 6\r\n\r\nab")
                connection.send("cd")
                connection.send("ef")
                let plain = connection.response()?.body
                connection.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
                connection.send("2\r\nde\r\n0\r\n\r\n")
                return (plain, connection.response()?.body)
            }
            #expect(plain == "abcdef")
            #expect(chunked == "abcde")
        }
    }

    @Test func aSlowBodyIsGivenUpWith408() async throws {
        try await withServer(environment: ["HTTP_BODY_TIMEOUT": "200ms"], routes: addEcho) { port, bootstrap in
            let (response, isClosed) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nab")
                return (connection.response(), connection.waitForEnd())
            }
            #expect(response?.status == 408)
            #expect(response?["connection"] == "close")
            #expect(response?.body.contains(#""code":"body_timeout""#) == true)
            #expect(isClosed)
            #expect(expose(bootstrap.metrics).contains(#"argus_http_aborted_total{reason="slow_body"} 1"#))
        }
    }

    @Test func aTricklingBodyDoesNotResetTheTimeout() async throws {
        try await withServer(environment: ["HTTP_BODY_TIMEOUT": "300ms"], routes: addEcho) { port, _ in
            let (status, elapsed) = try await onThread {
                let connection = try RawConnection(port: port, timeout: 12)
                let start = ContinuousClock.now
                connection.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n")
                // A timeout that each byte resets would end only after this.
                let deadline = start + .seconds(10)
                let writer = Thread { while ContinuousClock.now < deadline, connection.send("x") { usleep(20_000) } }
                writer.start()
                let status = connection.response()?.status
                let elapsed = ContinuousClock.now - start
                writer.cancel()
                return (status, elapsed)
            }
            #expect(status == 408)
            #expect(elapsed < .seconds(8))
        }
    }

    @Test func slowHeadersAndIdleConnectionsAreClosed() async throws {
        try await withServer(environment: ["HTTP_IDLE_TIMEOUT": "200ms"], routes: addEcho) { port, _ in
            let (slow, silent, idle) = try await onThread {
                let slow = try RawConnection(port: port)
                slow.send("POST /echo HTTP/1.1\r\nHost: t\r\nX-A")
                let silent = try RawConnection(port: port)
                let idle = try RawConnection(port: port)
                idle.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\nx")
                let answered = idle.response()?.status == 200
                return (slow.waitForEnd(), silent.waitForEnd(), answered && idle.waitForEnd())
            }
            #expect(slow && silent && idle)
        }
    }

    @Test func aHundredMegabytesAreRefusedEarly() async throws {
        try await withServer(routes: addEcho) { port, bootstrap in
            let (before, after, response) = try await onThread {
                let connection = try RawConnection(port: port)
                let size = 100_000_000
                let before = ProcessStatistics.read()?.residentBytes ?? 0
                connection.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: \(size)\r\n\r\n")
                // A client that looks for the answer only after sending everything must still see it.
                let chunk = [UInt8](repeating: 120, count: 1_000_000)
                for _ in 0..<100 where !connection.send(chunk) { break }
                let response = connection.response()
                return (before, ProcessStatistics.read()?.residentBytes ?? 0, response)
            }
            #expect(response?.status == 413)
            #expect(response?["connection"] == "close")
            #expect(after - before < 50_000_000)
            #expect(expose(bootstrap.metrics).contains(#"argus_http_aborted_total{reason="unread_body"} 1"#))
        }
    }

    @Test func anEndlessChunkedBodyIsRefused() async throws {
        try await withServer(routes: addEcho) { port, _ in
            let (response, isClosed) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = "400\r\n" + String(repeating: "x", count: 1_024) + "\r\n"
                for _ in 0..<8 { connection.send(chunk) }
                return (connection.response(), connection.waitForEnd())
            }
            #expect(response?.status == 413)
            #expect(isClosed)
        }
    }

    @Test func expectContinueIsGrantedWithinTheLimitOnly() async throws {
        try await withServer(environment: ["HTTP_MAX_BODY": "1000"], routes: addEcho) { port, _ in
            let (interim, final, refused) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
                let interim = connection.response()?.status
                connection.send("ok")
                let final = connection.response()
                let other = try RawConnection(port: port)
                other.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n")
                return (interim, final, other.response()?.status)
            }
            #expect(interim == 100)
            #expect(final?.status == 200 && final?.body == "ok")
            #expect(refused == 413)
        }
    }

    @Test(arguments: [
        "GARBAGE\r\n\r\n", "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    ])
    func malformedRequestsGetOurErrorBody(text: String) async throws {
        try await withServer(routes: addEcho) { port, _ in
            let (response, isClosed) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send(text)
                return (connection.response(), connection.waitForEnd())
            }
            #expect(response?.status == 400)
            #expect(response?.body.contains(#""code":"malformed_request""#) == true)
            #expect(isClosed)
        }
    }

    @Test func oversizedHeadersAreRefused() async throws {
        try await withServer { port, _ in
            let status = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("GET /healthz HTTP/1.1\r\nHost: t\r\nX-Large: \(String(repeating: "a", count: 100_000))\r\n\r\n")
                return connection.response()?.status
            }
            #expect(status == 431 || status == 400)
        }
    }

    @Test func aHandlerThatTakesTooLongIsAnsweredFor() async throws {
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        try await withServer(
            environment: ["HTTP_REQUEST_TIMEOUT": "200ms"],
            routes: { router, _ in
                router.get("/stuck") { _, _ -> Response in
                    for await _ in gate { break }
                    return .json([])
                }
            }
        ) { port, bootstrap in
            let response = try await request(port, "GET", "/stuck")
            #expect(response.status == 503)
            #expect(response["retry-after"] == "1")
            #expect(response.body.contains(#""code":"timeout""#))
            #expect(expose(bootstrap.metrics).contains(#"argus_http_aborted_total{reason="slow_handler"} 1"#))
            opener.finish()
        }
    }

    @Test func aStreamedAnswerMayOutlastTheRequestTimeout() async throws {
        try await withServer(
            environment: ["HTTP_REQUEST_TIMEOUT": "100ms"],
            routes: { router, _ in
                router.get("/stream") { _, _ -> Response in
                    Response(
                        status: .ok, headers: [.contentLength: "4"],
                        body: ResponseBody { writer in
                            for part in ["ab", "cd"] {
                                try await writer.write(ByteBuffer(string: part))
                                try await Task.sleep(for: .milliseconds(250))
                            }
                            try await writer.finish(nil)
                        })
                }
            }
        ) { port, _ in
            let streamed = try await request(port, "GET", "/stream")
            #expect(streamed.body == "abcd")
        }
    }

    @Test func aCutBodyIsNotTaken() async throws {
        try await withServer(routes: addEcho) { port, bootstrap in
            try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc")
            }
            #expect(try await request(port, "GET", "/healthz").status == 200)
            #expect(!expose(bootstrap.metrics).contains(#"route="/echo",status="200""#))
        }
    }

    @Test func connectionsAreBounded() async throws {
        try await withServer(environment: ["HTTP_MAX_CONNECTIONS": "2"]) { port, _ in
            let (held, third, afterwards) = try await onThread {
                var first: RawConnection? = try RawConnection(port: port)
                let second = try RawConnection(port: port)
                let get = "GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n"
                first?.send(get)
                second.send(get)
                let held = first?.response()?.status == 200 && second.response()?.status == 200
                let third = try RawConnection(port: port, timeout: 1)
                third.send(get)
                let early = third.response()?.status
                first = nil
                var status: Int?
                for _ in 0..<20 where status == nil { status = third.response()?.status }
                return (held, early, status)
            }
            #expect(held)
            #expect(third == nil)
            #expect(afterwards == 200)
        }
    }
}
