// A small HTTP server that keeps what it is asked and answers as it is told.

import ArgusShared
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Stands for the edge and what is behind it.
final class RecordingServer: Sendable {
    /// A request as it came.
    struct Request: Sendable, Hashable {
        /// `GET /v1/alerts?limit=10`.
        var line: String
        var authorization: String?
        var body: String
    }

    /// What is answered.
    struct Answer: Sendable {
        var status = 200
        var body = ""
    }

    private let requests = Mutex<[Request]>([])
    private let answers: [String: Answer]
    private let channel: any Channel

    /// What was asked so far.
    var received: [Request] { requests.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }

    private init(answers: [String: Answer], channel: any Channel) {
        self.answers = answers
        self.channel = channel
    }

    /// Runs a server while `body` runs. `answers` are found by method and path, those to anything else are 404.
    static func run(_ answers: [String: Answer], _ body: (RecordingServer) async throws -> Void) async throws {
        let accepting = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        let server = RecordingServer(answers: answers, channel: accepting.channel)
        let serving = Task {
            try await accepting.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in connections { group.addTask { try? await server.serve(connection) } }
                }
            }
        }
        defer { serving.cancel() }
        try await body(server)
    }

    private func serve(_ connection: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>) async throws {
        try await connection.executeThenClose { inbound, outbound in
            var request = Request(line: "", body: "")
            for try await part in inbound {
                switch part {
                case .head(let head):
                    request = Request(
                        line: "\(head.method) \(head.uri)", authorization: head.headers.first(name: "Authorization"), body: "")
                case .body(let buffer): request.body += String(buffer: buffer)
                case .end:
                    let done = request
                    requests.withLock { $0.append(done) }
                    let answer = answers[String(done.line.prefix { $0 != "?" })] ?? Self.missing
                    let bytes = ByteBuffer(string: answer.body)
                    let headers: HTTPHeaders = ["Content-Type": "application/json", "Content-Length": "\(bytes.readableBytes)"]
                    let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
                    try await outbound.write(.head(head))
                    try await outbound.write(.body(.byteBuffer(bytes)))
                    try await outbound.write(.end(nil))
                }
            }
        }
    }

    private static let missing = Answer(status: 404, body: #"{"error":{"code":"not_found","message":"There is no such thing."}}"#)
}
