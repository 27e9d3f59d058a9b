// The WebSocket itself: handshake, frames that break the rules, pings, closing.

import ArgusService
import Hummingbird
import Logging
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct WebSocketTests {
    /// Serves `/ws`, a WebSocket that says "hello" and then runs `session`.
    static func withServer(
        _ options: WebSocketOptions = WebSocketOptions(),
        session: @escaping WebSocket.Session = { _ in try await Task.sleep(for: .seconds(60)) },
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let bootstrap = ServiceBootstrap.testing(name: "test", environment: ["HTTP_PORT": "0"], logLevel: .critical)
        let router = makeRouter(metrics: bootstrap.metrics, health: HealthChecks())
        router.get("/ws") { request, context in
            let handshake = try WebSocketHandshake(request.head, subprotocols: ["a", "b"])
            return try context.webSocket(handshake, options: options, logger: CollectorBed.quiet) { socket in
                try await socket.send(text: Array("hello".utf8))
                try await session(socket)
            }
        }
        let server = makeHTTPServer(
            router: router, settings: HTTPSettings(bootstrap.settings), metrics: bootstrap.metrics, logger: CollectorBed.quiet)
        try await ServiceApplication(listeners: [server]).withRunning(logger: CollectorBed.quiet) {
            try await body(try await server.port())
        }
    }

    @Test func theHandshakeIsAnsweredAndMessagesCome() async throws {
        try await Self.withServer { port in
            let (accept, subprotocol, first) = try await LiveClient.onThread {
                let client = try LiveClient(port: port, headers: [("Sec-WebSocket-Protocol", "x, b")])
                return (client.headers["sec-websocket-accept"], client.headers["sec-websocket-protocol"], try client.frame())
            }
            #expect(accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            #expect(subprotocol == "b")
            #expect(first == LiveClient.Frame(opcode: 1, payload: Array("hello".utf8)))
        }
    }

    @Test func aConnectionMayBeUpgradedAfterOrdinaryRequests() async throws {
        try await Self.withServer { port in
            let (status, frame) = try await LiveClient.onThread {
                let connection = try PlainConnection(port: port)
                try connection.send(Array("GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n".utf8))
                _ = try connection.receive(through: Array("}".utf8))
                try connection.send(
                    Array(
                        "GET /ws HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                            .utf8))
                let head = String(decoding: try connection.receive(through: Array("\r\n\r\n".utf8)), as: UTF8.self)
                return (head.split(separator: " ")[1] == "101", try connection.receive(7))
            }
            #expect(status)
            #expect(frame == [0x81, 5] + Array("hello".utf8))
        }
    }

    @Test func whatIsNoHandshakeIsAnsweredInHTTP() async throws {
        try await Self.withServer { port in
            let statuses = try await LiveClient.onThread {
                try [
                    LiveClient(port: port, key: "short").status,
                    LiveClient(port: port, path: "/elsewhere").status,
                    LiveClient(port: port, headers: [("Sec-WebSocket-Version", "12")]).status,
                ]
            }
            #expect(statuses == [400, 404, 426])
        }
    }

    @Test func pingsAreAnsweredAndFragmentsPutTogether() async throws {
        try await Self.withServer { port in
            let answers = try await LiveClient.onThread {
                let client = try LiveClient(port: port)
                _ = try client.frame()
                try client.send(opcode: 9, [1, 2, 3])
                let first = try client.frame()
                try client.send(opcode: 1, Array("a".utf8), fin: false)
                try client.send(opcode: 9, [4])
                try client.send(opcode: 0, Array("b".utf8))
                let second = try client.frame()
                try client.send(opcode: 8, [0x03, 0xE8])
                return (first, second, try client.frame(), client.connection.isEnded())
            }
            #expect(answers.0 == LiveClient.Frame(opcode: 10, payload: [1, 2, 3]))
            #expect(answers.1 == LiveClient.Frame(opcode: 10, payload: [4]))
            #expect(answers.2.closeCode == 1000)
            #expect(answers.3)
        }
    }

    @Test func whatBreaksTheRulesEndsTheConnectionWithACode() async throws {
        try await Self.withServer { port in
            let wrongs: [(code: Int, send: @Sendable (LiveClient) throws -> Void)] = [
                (1002, { try $0.send(opcode: 1, [65], masked: false) }), (1002, { try $0.send(opcode: 1, [65], bits: 0x40) }),
                (1002, { try $0.send(opcode: 0, [65]) }), (1002, { try $0.send(opcode: 5, [65]) }),
                (1002, { try $0.send(opcode: 9, [UInt8](repeating: 1, count: 126)) }), (1002, { try $0.send(opcode: 9, [1], fin: false) }),
                (1002, { try $0.send(opcode: 8, [3]) }), (1002, { try $0.send(opcode: 8, [0x03, 0xED]) }),
                (1007, { try $0.send(opcode: 1, [0xC3, 0x28]) }),
                (1009, { try $0.send(opcode: 2, [UInt8](repeating: 1, count: 20_000)) }),
                (
                    1002,
                    { client in
                        try client.send(opcode: 1, [65], fin: false)
                        try client.send(opcode: 1, [66])
                    }
                ),
            ]
            for (index, wrong) in wrongs.enumerated() {
                let (code, isEnded) = try await LiveClient.onThread {
                    let client = try LiveClient(port: port)
                    _ = try client.frame()
                    try wrong.send(client)
                    return (try client.closeCode(), client.connection.isEnded())
                }
                #expect(code == wrong.code && isEnded, "\(index)")
            }
        }
    }

    @Test func randomBytesNeverHurtTheServer() async throws {
        try await Self.withServer { port in
            for seed in 0..<40 {
                _ = try await LiveClient.onThread {
                    var generator = SeededGenerator(seed: UInt64(seed))
                    let client = try LiveClient(port: port, timeout: 5)
                    _ = try client.frame()
                    try? client.connection.send((0..<400).map { _ in UInt8.random(in: 0...255, using: &generator) })
                    return (try? client.closeCode()) ?? nil
                }
            }
            let frame = try await LiveClient.onThread { try LiveClient(port: port).frame() }
            #expect(frame.opcode == 1)
        }
    }

    @Test func theServersStopClosesWith1001() async throws {
        let (started, starter) = AsyncStream.makeStream(of: Void.self)
        let (ended, ender) = AsyncStream.makeStream(of: Int?.self)
        try await Self.withServer { port in
            Task {
                let code = try? await LiveClient.onThread {
                    let client = try LiveClient(port: port)
                    _ = try client.frame()
                    starter.yield()
                    let code = try client.closeCode()
                    try client.send(opcode: 8, [0x03, 0xE9])
                    return client.connection.isEnded() ? code : nil
                }
                ender.yield(code ?? nil)
            }
            for await _ in started { break }
        }
        for await code in ended {
            #expect(code == 1001)
            break
        }
    }

    @Test func aClientThatDoesNotAnswerPingsIsGivenUp() async throws {
        var options = WebSocketOptions()
        options.pingInterval = .milliseconds(50)
        options.idleTimeout = .milliseconds(300)
        options.closeTimeout = .milliseconds(200)
        try await Self.withServer(options) { port in
            let (pings, code, isEnded) = try await LiveClient.onThread {
                let client = try LiveClient(port: port)
                _ = try client.frame()
                var pings = 0
                while true {
                    let frame = try client.frame()
                    if frame.opcode == 9 { pings += 1 }
                    if frame.opcode == 8 { return (pings, frame.closeCode, client.connection.isEnded()) }
                }
            }
            #expect(pings >= 2)
            #expect(code == 1011)
            #expect(isEnded)
        }
    }

    @Test func aSessionThatEndsClosesAndOneThatFailsSaysSo() async throws {
        struct Failure: Error {}
        let codes = try await withThrowingTaskGroup(of: (Int, Int?).self) { group in
            for (index, fails) in [false, true].enumerated() {
                group.addTask {
                    let (results, continuation) = AsyncStream.makeStream(of: Int?.self)
                    try await Self.withServer(session: { _ in if fails { throw Failure() } }) { port in
                        continuation.yield(try await LiveClient.onThread { try LiveClient(port: port).closeCode() })
                    }
                    for await code in results { return (index, code) }
                    return (index, nil)
                }
            }
            return try await group.reduce(into: [Int?](repeating: nil, count: 2)) { $0[$1.0] = $1.1 }
        }
        #expect(codes == [1000, 1011])
    }

    @Test func aClientThatLeavesEndsItsSession() async throws {
        let (ended, ender) = AsyncStream.makeStream(of: Bool.self)
        try await Self.withServer(session: { _ in
            defer { ender.yield(Task.isCancelled) }
            try await Task.sleep(for: .seconds(60))
        }) { port in
            _ = try await LiveClient.onThread { try LiveClient(port: port).frame() }
            for await isCancelled in ended {
                #expect(isCancelled)
                break
            }
        }
    }
}
