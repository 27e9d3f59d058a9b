// `GET /v1/alerts/stream`: changes of alerts as they happen.

import ArgusBus
import ArgusService
import ArgusShared
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Serves the stream of changes to any number of clients.
struct StreamRoutes: Sendable {
    private static let heartbeatInterval: Duration = .seconds(15)
    /// Changes that may wait for one client.
    private static let queueCapacity = 2_000

    let hub: ChangeHub
    let bus: Bus
    let limit: Int
    let slowClients: MetricCounter
    let logger: Logger

    /// Adds the route; it must come before those with a dedup key in their path.
    func add(to router: Router<ServiceContext>, access: Access) {
        router.group(RouterPath(AlertRoutes.path)).add(middleware: access.reading).get("stream") { request, _ in try respond(to: request) }
    }

    private func respond(to request: Request) throws -> Response {
        let reader = try QueryReader(request.query, allowed: AlertFilter.parameters + ["last_event_id"])
        let filter = try AlertFilter(reader)
        let last = try lastEventID(request, reader)
        guard hub.count < limit else {
            throw APIError(.serviceUnavailable, code: "too_many_clients", message: "Too many clients follow.", retryAfter: .seconds(5))
        }
        let queue = ChangeQueue(filter: filter, capacity: Self.queueCapacity) { [slowClients] in slowClients.increment() }
        let body = ResponseBody { writer in
            var output = Output(writer: writer)
            try await withGracefulShutdownHandler {
                try await serve(queue, filter: filter, after: last, to: &output)
            } onGracefulShutdown: {
                queue.finish()
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-cache", Self.buffering: "no"], body: body)
    }

    /// nginx passes the stream on without delay where it is told so.
    private static let buffering = HTTPField.Name("X-Accel-Buffering") ?? .server

    private func lastEventID(_ request: Request, _ reader: QueryReader) throws -> ChangeID? {
        let header = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }
        guard let text = try header ?? reader.single("last_event_id"), !text.isEmpty else { return nil }
        guard let id = ChangeID(text) else {
            throw QueryReader.malformed("last_event_id", "is not an identifier of this stream: <sequence>-<index> expected")
        }
        return id
    }

    /// What is written so far ends with this change.
    private struct Output {
        var writer: any ResponseBodyWriter
        var last: ChangeID?

        mutating func write(_ bytes: [UInt8]) async throws {
            try await writer.write(ByteBuffer(bytes: bytes))
        }

        mutating func write(_ changes: [StreamedChange]) async throws {
            var bytes: [UInt8] = []
            for change in changes where last.map({ change.id > $0 }) ?? true {
                bytes += ServerSentEvent.change(change)
                last = change.id
            }
            if !bytes.isEmpty { try await write(bytes) }
        }
    }

    private func serve(_ queue: ChangeQueue, filter: AlertFilter, after id: ChangeID?, to output: inout Output) async throws {
        try await output.write(ServerSentEvent.retry)
        output.last = try await known(id, &output)
        defer { hub.remove(queue) }
        guard try await join(queue, filter: filter, &output) else { return }
        while true {
            switch await queue.next(patience: Self.heartbeatInterval) {
            case .changes(let changes): try await output.write(changes)
            case .heartbeat: try await output.write(ServerSentEvent.heartbeat)
            case .overflowed:
                return try await output.write(
                    ServerSentEvent.notice(
                        "overflow", id: output.last,
                        message: "The client is too slow; connect again with Last-Event-ID to go on from there."))
            case .finished: return
            }
        }
    }

    /// The identifier to resume from, or nil where it is of another log than this.
    private func known(_ id: ChangeID?, _ output: inout Output) async throws -> ChangeID? {
        guard let id, id.sequence > hub.position ?? 0 else { return id }
        let last = try await bus.streamInfo(Streams.alerts.name).lastSequence
        guard id.sequence > last else { return id }
        try await output.write(
            ServerSentEvent.notice("reset", id: nil, message: "\(id.text) is not known; read the list of alerts again."))
        return nil
    }

    /// Reads the log until the hub goes on from there; whether the client follows now.
    private func join(_ queue: ChangeQueue, filter: AlertFilter, _ output: inout Output) async throws -> Bool {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            switch hub.add(queue, after: output.last, limit: limit) {
            case .added(let position):
                // An identifier to resume from even if nothing ever matches.
                if output.last == nil, let position { output.last = .end(of: position) }
                return true
            case .behind(let position): try await replay(to: position, filter: filter, &output)
            case .full:
                try await output.write(ServerSentEvent.notice("overflow", id: output.last, message: "Too many clients follow."))
                return false
            }
        }
        return false
    }

    private func replay(to position: UInt64, filter: AlertFilter, _ output: inout Output) async throws {
        guard let start = output.last else { return }
        let info = try await bus.streamInfo(Streams.alerts.name)
        if info.firstSequence > start.sequence + 1 {
            try await output.write(
                ServerSentEvent.notice(
                    "reset", id: nil, message: "Changes after \(start.text) are not kept any more; read the list of alerts again."))
        }
        guard info.messages > 0, info.firstSequence <= position else {
            output.last = .end(of: position)
            return
        }
        let log = try await bus.replay(stream: Streams.alerts.name, from: max(start.sequence, 1), prefetch: 64)
        do {
            try await copy(log, to: position, filter: filter, &output)
            await log.close()
        } catch {
            await log.close()
            throw error
        }
    }

    private func copy(_ log: OrderedConsumer, to position: UInt64, filter: AlertFilter, _ output: inout Output) async throws {
        while output.last ?? .end(of: 0) < .end(of: position), !Task.isShuttingDownGracefully {
            let messages = try await log.next(max: 64, wait: Self.heartbeatInterval, maxBytes: 4 << 20)
            if messages.isEmpty { try await output.write(ServerSentEvent.heartbeat) }
            for message in messages {
                guard let sequence = message.metadata?.streamSequence else { continue }
                if message.headers[HeaderName.schema] == Schema.current, let commit = try? Commit(message.payload) {
                    let changes = commit.changes.enumerated().map { StreamedChange(sequence: sequence, index: $0, change: $1) }
                    try await output.write(changes.filter { filter.matches($0.change.alert) })
                }
                output.last = max(output.last ?? .end(of: 0), .end(of: sequence))
            }
        }
    }
}
