// Judges the streams and buckets that a bus has.

import ArgusShared

/// What is to be said of a bus's streams.
struct StreamExamination: Sendable {
    /// As `$JS.API.STREAM.LIST` shows them.
    let streams: [JSONValue]
    /// How many partitions the bus was set up with; nil if it never was.
    let partitions: Int?

    /// Messages of one partition that wait for a processor, above which somebody should look.
    static let waitingEvents: Int64 = 10_000
    /// The part of a stream's bytes in use above which somebody should look.
    static let fullness = 0.8

    private static let alertPath = "start ingest-gateway, grouping-processor and alert-api (deploy/run): whichever is first creates it"

    /// The stream `name`; nil if there is none.
    static func find(_ name: String, in streams: [JSONValue]) -> JSONValue? {
        streams.first { $0["config"]?["name"]?.stringValue == name }
    }

    var findings: [Finding] {
        var findings: [Finding] = []
        for stream in Streams.all { findings.append(examine(stream.name, advice: Self.alertPath)) }
        findings += eventStreams
        for bucket in [Buckets.configuration, Buckets.leases] { findings.append(examine(bucket, advice: Self.alertPath)) }
        findings.append(
            examine(Streams.telemetry().name, isOptional: true, advice: "otlp-collector creates it: start it if you want traces and logs"))
        let adapter = "process-adapter creates it: start it if you want events of processes"
        findings.append(examine(Streams.processEvents().name, isOptional: true, advice: adapter))
        findings.append(examine(Buckets.processes, isOptional: true, advice: adapter))
        if let letters = Self.find(Streams.deadLetters.name, in: streams), let count = Self.state(letters, "messages"), count > 0 {
            findings.append(
                .warning(
                    "dead letters", "\(count) messages could not be handled",
                    advice: "read why in their headers: nats stream view \(Streams.deadLetters.name)"))
        }
        return findings
    }

    private var eventStreams: [Finding] {
        guard let partitions else {
            return [.problem("partitions", "the bus was never set up: their number is not stored", advice: Self.alertPath)]
        }
        let names = (0..<partitions).map { Streams.eventsName(partition: $0) }
        let found = names.compactMap { Self.find($0, in: streams) }
        let missing = names.filter { Self.find($0, in: streams) == nil }
        guard missing.isEmpty else {
            return [.problem("partitions", "\(missing.joined(separator: ", ")) missing", advice: Self.alertPath)]
        }
        let waiting = found.compactMap { Self.state($0, "messages") }.reduce(0, +)
        let full = zip(names, found).compactMap { name, stream in Self.fill(stream).map { (name, $0) } }.filter { $0.1 > Self.fullness }
        var findings: [Finding] = full.map { name, part in
            .problem(
                "stream \(name)", "\(Int(part * 100))% full; senders get 503 once it is",
                advice: "see why events are not taken: does grouping-processor run, and is it ready?")
        }
        if waiting > Self.waitingEvents {
            findings.append(
                .warning(
                    "partitions", "\(waiting) messages of events wait", advice: "start more of grouping-processor, or see why it is slow"))
        }
        if findings.isEmpty { findings.append(.ok("partitions", "\(partitions) event streams, \(waiting) messages wait")) }
        return findings
    }

    private func examine(_ bucket: BucketDefinition, isOptional: Bool = false, advice: String) -> Finding {
        let subject = "bucket \(bucket.name)"
        guard let stream = Self.find("KV_" + bucket.name, in: streams) else {
            return isOptional ? .unused(subject, "not in use", advice: advice) : .problem(subject, "missing", advice: advice)
        }
        return .ok(subject, "\(Self.state(stream, "messages") ?? 0) entries")
    }

    private func examine(_ name: String, isOptional: Bool = false, advice: String) -> Finding {
        let subject = "stream \(name)"
        guard let stream = Self.find(name, in: streams) else {
            return isOptional ? .unused(subject, "not in use", advice: advice) : .problem(subject, "missing", advice: advice)
        }
        let refuses = stream["config"]?["discard"]?.stringValue == "new"
        if refuses, let part = Self.fill(stream), part > Self.fullness {
            return .problem(
                subject, "\(Int(part * 100))% full; it takes nothing more once it is",
                advice: "see below whether its consumers keep up, or give it more bytes")
        }
        let size = ByteCount.text(Self.state(stream, "bytes") ?? 0)
        return .ok(subject, "\(Self.state(stream, "messages") ?? 0) messages, \(size)")
    }

    private static func state(_ stream: JSONValue, _ name: String) -> Int64? {
        stream["state"]?[name]?.integerValue
    }

    /// The part of its bytes that a stream uses; nil for one without limit.
    private static func fill(_ stream: JSONValue) -> Double? {
        guard let limit = stream["config"]?["max_bytes"]?.integerValue, limit > 0, let used = state(stream, "bytes") else { return nil }
        return Double(used) / Double(limit)
    }
}
