// Posts events over many keep-alive connections, as fast as they are answered or at a given rate.

import Glibc

/// What to send, where, and for how long.
struct LoadPlan {
    enum Format: String { case argus, alertmanager }

    var port: UInt16 = 8081
    var path = "/v1/events"
    var format = Format.argus
    var connections = 64
    var seconds = 10.0
    /// Requests per second; 0 is as fast as they are answered.
    var rate = 0.0
    /// Events a request; 1 sends a bare object to `/v1/events`.
    var batch = 1
    var managers: [String] = []
    /// Distinct dedup keys over all managers.
    var keys = 10_000
    /// Distinct values of the grouping field.
    var classes = 100
    /// Every how many events a new parent opens, under a class of its own; 0 never.
    var parentEvery = 0
    /// Where webhooks arrive; 0 for no sink.
    var webhookPort: UInt16 = 0
}

/// Makes the requests of a plan, one after the other.
struct RequestSource {
    let plan: LoadPlan
    private var event = 0
    private(set) var parents = 0
    private let run = monotonicNanoseconds()

    init(plan: LoadPlan) {
        self.plan = plan
    }

    /// The bytes of the next request and, if it opens a parent that will be notified, the parent's dedup key.
    mutating func next() -> (bytes: [UInt8], parent: String?) {
        var body = ""
        var parent: String?
        if plan.batch == 1, plan.format == .argus {
            body = nextEvent(&parent)
        } else {
            body = "["
            for index in 0..<plan.batch {
                if index > 0 { body += "," }
                body += nextEvent(&parent)
            }
            body += "]"
        }
        let head =
            "POST \(plan.path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return (Array((head + body).utf8), parent)
    }

    private mutating func nextEvent(_ parent: inout String?) -> String {
        event += 1
        let key = event % plan.keys
        if plan.format == .alertmanager {
            return
                #"{"labels":{"alertname":"HighCPU","instance":"host-\#(key)","class":"class-\#(key % plan.classes)","severity":"critical"},"#
                + #""annotations":{"summary":"High CPU on host-\#(key)"},"generatorURL":"http://127.0.0.1/graph"}"#
        }
        let manager = plan.managers[key % plan.managers.count]
        var dedupKey = "host-\(key):cpu"
        var group = "class-\(key % plan.classes)"
        if plan.parentEvery > 0, event % plan.parentEvery == 0 {
            parents += 1
            dedupKey = "parent-\(run)-\(parents)"
            group = dedupKey
            parent = dedupKey
        }
        return
            #"{"event_manager_id":"\#(manager)","summary":"High CPU on host-\#(key)","severity":"high","action":"trigger","class":"\#(group)","#
            + #""dedupKey":"\#(dedupKey)","source":"host-\#(key)","details":{"region":"eu-\#(key % 4)","load":\#(event % 100),"unit":"percent"}}"#
    }
}

/// Runs a plan.
struct Load {
    private struct Connection {
        var buffer = MessageBuffer()
        var sentAt: UInt64 = 0
        var isBusy = false
    }

    private let plan: LoadPlan
    private var source: RequestSource
    private var poller: Poller
    private var connections: [Int32: Connection] = [:]
    private var idle: [Int32] = []
    private var sink: Int32 = -1
    private var sinkConnections: [Int32: MessageBuffer] = [:]
    private var openParents: [String: UInt64] = [:]
    private var latencies = Latencies()
    private var webhookLatencies = Latencies()
    private var accepted = 0
    private var refused = 0
    private var failed = 0

    init(_ plan: LoadPlan) throws {
        self.plan = plan
        source = RequestSource(plan: plan)
        poller = Poller()
        if plan.webhookPort > 0 {
            sink = try Socket.listen(port: plan.webhookPort)
            poller.watch(sink)
        }
        for _ in 0..<plan.connections {
            let descriptor = try Socket.connect(port: plan.port)
            poller.watch(descriptor)
            connections[descriptor] = Connection()
            idle.append(descriptor)
        }
    }

    /// Runs to the end and returns the result as one line of JSON.
    mutating func run() throws -> String {
        let start = monotonicNanoseconds()
        let end = start + UInt64(plan.seconds * 1e9)
        var sent = 0
        var now = start
        while now < end {
            sent += try sendDue(start: start, sent: sent, now: now)
            try receive(milliseconds: plan.rate > 0 ? 1 : 10)
            now = monotonicNanoseconds()
        }
        let elapsed = Double(now - start) / 1e9
        let inTime = accepted
        let grace = now + 5_000_000_000
        while now < grace, idle.count < connections.count || !openParents.isEmpty {
            try receive(milliseconds: 10)
            now = monotonicNanoseconds()
        }
        return """
            {"seconds":\(elapsed),"requests":\(sent),"accepted_requests":\(accepted),"refused_requests":\(refused),"failed_requests":\(failed),\
            "requests_per_second":\(Double(inTime) / elapsed),"events_per_second":\(Double(inTime * plan.batch) / elapsed),\
            "accepted_events":\(accepted * plan.batch),"latency":{\(latencies.json)},\
            "webhooks":\(webhookLatencies.count),"webhooks_missing":\(openParents.count),"webhook_latency":{\(webhookLatencies.json)}}
            """
    }

    private mutating func sendDue(start: UInt64, sent: Int, now: UInt64) throws -> Int {
        guard plan.rate > 0 else {
            let count = idle.count
            for descriptor in idle { try post(on: descriptor, dueAt: now) }
            idle.removeAll(keepingCapacity: true)
            return count
        }
        var count = 0
        while let descriptor = idle.last {
            let due = start + UInt64(Double(sent + count) / plan.rate * 1e9)
            guard due <= now else { break }
            idle.removeLast()
            try post(on: descriptor, dueAt: due)
            count += 1
        }
        return count
    }

    private mutating func post(on descriptor: Int32, dueAt: UInt64) throws {
        let request = source.next()
        if let parent = request.parent, plan.webhookPort > 0 { openParents[parent] = dueAt }
        connections[descriptor]?.sentAt = dueAt
        connections[descriptor]?.isBusy = true
        try Socket.write(request.bytes, to: descriptor)
    }

    private mutating func receive(milliseconds: Int32) throws {
        for descriptor in poller.wait(milliseconds: milliseconds) {
            if descriptor == sink {
                let connection = accept(sink, nil, nil)
                guard connection >= 0 else { throw BenchmarkError.system("accept") }
                poller.watch(connection)
                sinkConnections[connection] = MessageBuffer()
            } else if sinkConnections[descriptor] != nil {
                try receiveWebhook(on: descriptor)
            } else {
                try receiveAnswer(on: descriptor)
            }
        }
    }

    private mutating func receiveAnswer(on descriptor: Int32) throws {
        guard connections[descriptor]?.buffer.fill(from: descriptor) == true else {
            throw BenchmarkError("the server closed a connection")
        }
        while let answer = try connections[descriptor]?.buffer.next() {
            latencies.record(monotonicNanoseconds() - (connections[descriptor]?.sentAt ?? 0))
            switch answer.status {
            case 200..<300: accepted += 1
            case 429, 503: refused += 1
            default: failed += 1
            }
            connections[descriptor]?.isBusy = false
            idle.append(descriptor)
        }
    }

    private mutating func receiveWebhook(on descriptor: Int32) throws {
        guard sinkConnections[descriptor]?.fill(from: descriptor) == true else {
            sinkConnections[descriptor] = nil
            poller.forget(descriptor)
            close(descriptor)
            return
        }
        while let request = try sinkConnections[descriptor]?.next() {
            let now = monotonicNanoseconds()
            let body = String(decoding: request.body, as: UTF8.self)
            if let tail = body.components(after: #""dedupKey":""#), let sentAt = openParents.removeValue(forKey: tail) {
                webhookLatencies.record(now - sentAt)
            }
            try Socket.write(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), to: descriptor)
        }
    }
}

extension String {
    /// What follows `marker` up to the next quote.
    fileprivate func components(after marker: String) -> String? {
        let text = Array(utf8)
        let needle = Array(marker.utf8)
        guard text.count > needle.count else { return nil }
        for index in 0..<(text.count - needle.count) where text[index...].starts(with: needle) {
            return String(decoding: text[(index + needle.count)...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
        }
        return nil
    }
}
