// A route hands its connection over to another protocol.

import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import ArgusService

@Suite struct ProtocolSwitchTests {
    /// Sends back whatever comes, without HTTP.
    final class Echo: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(data, promise: nil)
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        }
    }

    static func addEcho(_ router: Router<ServiceContext>, _ bootstrap: ServiceBootstrap) {
        router.get("/healthy") { _, _ in Response.json(Array("{}".utf8)) }
        router.get("/switch") { _, context in
            try context.switchProtocols(headers: [.upgrade: "echo", .connection: "Upgrade"]) { channel in
                try channel.pipeline.syncOperations.addHandler(Echo(), position: .first)
                return { try await channel.closeFuture.get() }
            }
        }
    }

    static let opening = "GET /switch HTTP/1.1\r\nHost: t\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"

    @Test func afterTheAnswerTheConnectionBelongsToTheNewProtocol() async throws {
        try await withServer(routes: Self.addEcho) { port, bootstrap in
            let (first, switched, echo) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("GET /healthy HTTP/1.1\r\nHost: t\r\n\r\n")
                let first = connection.response()
                connection.send(Self.opening)
                let switched = connection.response()
                // What comes back looks like an answer only because it was sent as one.
                connection.send("HTTP/1.1 299 Echo\r\nContent-Length: 2\r\n\r\nhi")
                return (first, switched, connection.response())
            }
            #expect(first?.status == 200)
            #expect(switched?.status == 101)
            #expect(switched?["upgrade"] == "echo")
            #expect(echo?.status == 299 && echo?.body == "hi")
            #expect(expose(bootstrap.metrics).contains(#"route="/switch",status="101"} 1"#))
        }
    }

    @Test func theTimeoutsOfHTTPEndWithIt() async throws {
        let environment = ["HTTP_IDLE_TIMEOUT": "300ms", "HTTP_REQUEST_TIMEOUT": "300ms", "HTTP_BODY_TIMEOUT": "300ms"]
        try await withServer(environment: environment, routes: Self.addEcho) { port, _ in
            let echo = try await onThread {
                // On a machine that is busy enough the timeouts may end a connection before it could switch.
                var connection = try RawConnection(port: port)
                connection.send(Self.opening)
                var attempts = 1
                while attempts < 20, connection.response()?.status != 101 {
                    connection = try RawConnection(port: port)
                    connection.send(Self.opening)
                    attempts += 1
                }
                // Idle for several times as long: an ordinary connection is closed by then.
                let ordinary = try RawConnection(port: port)
                guard ordinary.waitForEnd(), try RawConnection(port: port).waitForEnd() else { return nil as RawResponse? }
                connection.send("HTTP/1.1 299 Echo\r\nContent-Length: 2\r\n\r\nhi")
                return connection.response()
            }
            #expect(echo?.body == "hi")
        }
    }

    @Test func withoutAnUpgradeHeaderThereIsNothingToSwitchTo() async throws {
        try await withServer(routes: Self.addEcho) { port, _ in
            let response = try await request(port, "GET", "/switch")
            #expect(response.status == 426)
        }
    }
}
