// Sends OTLP requests by HTTP or gRPC, as fast as they are answered or at a given rate.

import Glibc

/// What to send, where, and for how long.
struct TelemetryPlan {
    enum Transport: String { case http, grpc }

    var port: UInt16 = 4318
    var transport = Transport.http
    var signal = TelemetrySignal.traces
    var layout = TelemetryLayout.trace
    /// Spans or log records a request.
    var batch = 512
    var connections = 4
    /// Calls at a time on one gRPC connection.
    var streams = 4
    var seconds = 10.0
    /// Spans or log records to send at most; 0 has no limit.
    var items = 0
    /// Spans or log records a second; 0 is as fast as they are answered.
    var rate = 0.0
    /// Spread the start times evenly over this many seconds before now; 0 is now.
    var spread = 0.0

    init(_ arguments: inout Arguments) throws {
        if let value = arguments.string("transport") {
            guard let transport = Transport(rawValue: value) else { throw BenchmarkError("--transport takes http or grpc, not \(value)") }
            self.transport = transport
        }
        if let value = arguments.string("signal") {
            guard let signal = TelemetrySignal(rawValue: value) else { throw BenchmarkError("--signal takes traces or logs, not \(value)") }
            self.signal = signal
        }
        if let value = arguments.string("layout") {
            guard let layout = TelemetryLayout(rawValue: value) else {
                throw BenchmarkError("--layout takes trace or service, not \(value)")
            }
            self.layout = layout
        }
        port = UInt16(clamping: try arguments.number("port") ?? (transport == .http ? 4318 : 4317))
        if let value = try arguments.number("batch") { batch = max(1, value) }
        if let value = try arguments.number("connections") { connections = max(1, value) }
        if let value = try arguments.number("streams") { streams = max(1, value) }
        if let value = try arguments.decimal("seconds") { seconds = value }
        if let value = try arguments.number("items") { items = value }
        if let value = try arguments.decimal("rate") { rate = value }
        if let value = try arguments.decimal("spread") { spread = value }
        try arguments.finish()
    }
}

/// Makes the requests of a plan, one after the other.
struct TelemetrySource {
    private let plan: TelemetryPlan
    private var templates: [TelemetryTemplate]
    private var requests: UInt64 = 0
    private var span = timespec()
    /// The distinct traces begun so far.
    private(set) var traces = 0

    init(_ plan: TelemetryPlan) {
        self.plan = plan
        let parts = plan.layout == .trace ? 1 : TelemetryTemplate.servicesPerTrace
        let seed = monotonicNanoseconds()
        templates = (0..<parts).map {
            TelemetryTemplate(signal: plan.signal, layout: plan.layout, batch: plan.batch, part: $0, seed: seed)
        }
    }

    /// The next request's body.
    mutating func next(progress: Double) -> [UInt8] {
        let part = Int(requests % UInt64(templates.count))
        clock_gettime(CLOCK_REALTIME, &span)
        let now = UInt64(span.tv_sec) * 1_000_000_000 + UInt64(span.tv_nsec)
        let back = UInt64(plan.spread * max(0, 1 - progress) * 1e9)
        templates[part].patch(request: requests / UInt64(templates.count), now: now - back)
        requests += 1
        if part == 0 { traces += templates[0].traces }
        return templates[part].bytes
    }
}

/// Runs a plan.
struct TelemetryLoad {
    private let plan: TelemetryPlan
    private var source: TelemetrySource
    private var poller = Poller()
    private var latencies = Latencies()
    private var http: [Int32: MessageBuffer] = [:]
    private var grpc: [Int32: HTTP2Connection] = [:]
    private var sentAt: [UInt64: UInt64] = [:]
    private var free: [Int32] = []
    private var sent = 0
    private var accepted = 0
    private var refused = 0
    private var failed = 0

    init(_ plan: TelemetryPlan) throws {
        self.plan = plan
        source = TelemetrySource(plan)
        for _ in 0..<plan.connections {
            switch plan.transport {
            case .http:
                let descriptor = try Socket.connect(port: plan.port)
                http[descriptor] = MessageBuffer()
                poller.watch(descriptor)
                free.append(descriptor)
            case .grpc:
                let service = plan.signal == .traces ? "trace.v1.TraceService" : "logs.v1.LogsService"
                let connection = try HTTP2Connection(port: plan.port, path: "/opentelemetry.proto.collector.\(service)/Export")
                grpc[connection.descriptor] = connection
                poller.watch(connection.descriptor)
                free += Array(repeating: connection.descriptor, count: plan.streams)
            }
        }
    }

    /// Runs to the end and returns the result as one line of JSON.
    mutating func run() throws -> String {
        let start = monotonicNanoseconds()
        let end = start + UInt64(plan.seconds * 1e9)
        var now = start
        while now < end, plan.items == 0 || sent * plan.batch < plan.items {
            try sendDue(start: start, now: now)
            try receive(milliseconds: plan.rate > 0 || !grpc.isEmpty ? 1 : 10)
            now = monotonicNanoseconds()
        }
        let elapsed = Double(now - start) / 1e9
        let inTime = accepted
        let grace = now + 30_000_000_000
        while now < grace, !sentAt.isEmpty {
            try receive(milliseconds: 10)
            now = monotonicNanoseconds()
        }
        return """
            {"seconds":\(elapsed),"requests":\(sent),"accepted_requests":\(accepted),"refused_requests":\(refused),"failed_requests":\(failed),\
            "unanswered":\(sentAt.count),"items_per_second":\(Double(inTime * plan.batch) / elapsed),"accepted_items":\(accepted * plan.batch),\
            "traces":\(source.traces),"latency":{\(latencies.json)}}
            """
    }

    private mutating func sendDue(start: UInt64, now: UInt64) throws {
        while let descriptor = free.last, plan.items == 0 || sent * plan.batch < plan.items {
            var due = now
            if plan.rate > 0 {
                due = start + UInt64(Double(sent * plan.batch) / plan.rate * 1e9)
                guard due <= now else { break }
            }
            free.removeLast()
            let progress =
                plan.items > 0 ? Double(sent * plan.batch) / Double(plan.items) : Double(now - start) / (plan.seconds * 1e9)
            let body = source.next(progress: progress)
            sent += 1
            if plan.transport == .grpc {
                let stream = grpc[descriptor]?.call(body) ?? 0
                sentAt[Self.key(descriptor, stream)] = due
            } else {
                sentAt[Self.key(descriptor, 0)] = due
                try Socket.write(head(body.count) + body, to: descriptor)
            }
        }
        for descriptor in grpc.keys { try grpc[descriptor]?.flush() }
    }

    private func head(_ length: Int) -> [UInt8] {
        Array(
            "POST /v1/\(plan.signal.rawValue) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\nContent-Length: \(length)\r\n\r\n"
                .utf8)
    }

    private static func key(_ descriptor: Int32, _ stream: UInt32) -> UInt64 {
        UInt64(UInt32(bitPattern: descriptor)) << 32 | UInt64(stream)
    }

    private mutating func receive(milliseconds: Int32) throws {
        for descriptor in poller.wait(milliseconds: milliseconds) {
            if plan.transport == .grpc {
                for answer in try grpc[descriptor]?.receive() ?? [] {
                    count(descriptor, answer.stream, isAccepted: answer.grpcStatus == 0, isRefused: answer.grpcStatus == 14)
                }
            } else {
                guard http[descriptor]?.fill(from: descriptor) == true else {
                    throw BenchmarkError("the server closed a connection")
                }
                while let answer = try http[descriptor]?.next() {
                    count(descriptor, 0, isAccepted: answer.status == 200, isRefused: [429, 502, 503, 504].contains(answer.status))
                }
            }
        }
        for descriptor in grpc.keys where grpc[descriptor]?.hasOutput == true { try grpc[descriptor]?.flush() }
    }

    private mutating func count(_ descriptor: Int32, _ stream: UInt32, isAccepted: Bool, isRefused: Bool) {
        if let time = sentAt.removeValue(forKey: Self.key(descriptor, stream)) {
            latencies.record(monotonicNanoseconds() - time)
        }
        if isAccepted { accepted += 1 } else if isRefused { refused += 1 } else { failed += 1 }
        free.append(descriptor)
    }
}
