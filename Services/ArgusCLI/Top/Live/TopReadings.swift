// Single looks at the bus and the services.

import ArgusBus
import ArgusShared

/// What is read at one moment.
enum TopReadings {
    /// The last event of every process.
    static func lastEvents(_ bus: Bus) async throws(BusError) -> [ProcessEvent] {
        try await bus.keyValue(Buckets.processes).entries().compactMap { try? ProcessEvent(parsing: $0.value) }
    }

    /// Active alerts, the worst of them if there are more than can be listed at once.
    static func alerts(_ edge: EdgeClient) async throws -> AlertBoard.List {
        let answer = try await edge.call(
            .get, .api, AlertCommands.path, query: [("status", "active"), ("sort", "-severity"), ("limit", "\(AlertBoard.most)")],
            timeout: .seconds(10))
        guard let items = answer["alerts"]?.arrayValue else {
            throw CommandLineError(.failure, "alert-api answered without \"alerts\"; is the address right?")
        }
        let alerts = items.compactMap(TopAlert.init)
        return AlertBoard.List(alerts: alerts, total: answer["total"]?.integerValue.map { Int(clamping: $0) } ?? alerts.count)
    }

    /// How many partitions events have; nil on a bus that was never set up.
    static func partitions(_ bus: Bus) async -> Int? {
        guard let entry = try? await bus.keyValue(Buckets.configuration).get(ConfigurationKeys.bus),
            let count = try? JSONValue(parsing: entry.value)["partitions"]?.integerValue
        else { return nil }
        return Int(clamping: count)
    }

    /// How many messages the streams of events and telemetry ever had, and how many they have.
    static func streamCounts(_ bus: Bus, partitions: Int) async -> (readings: [Rates.Reading], backlog: Rates.Backlog) {
        var readings: [Rates.Reading] = []
        var backlog = Rates.Backlog()
        func read(_ stream: String, _ subject: Rates.Subject) async -> UInt64 {
            guard let info = try? await bus.streamInfo(stream) else { return 0 }
            readings.append(.init(subject: subject, counter: stream, value: Double(info.lastSequence), at: .now()))
            return info.messages
        }
        for partition in 0..<max(0, min(partitions, 1024)) {
            backlog.events += await read(Streams.eventsName(partition: partition), .batches)
        }
        backlog.telemetry = await read(Streams.telemetry().name, .exports)
        return (readings, backlog)
    }

    /// How much a service took in, by the counters it tells.
    static func serviceCounts(_ bytes: [UInt8]) -> [Rates.Reading] {
        guard let status = try? JSONValue(parsing: bytes), let service = status["service"]?.stringValue,
            let instance = status["instance"]?.stringValue, let time = status["timestamp"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
            case .object(let metrics) = status["metrics"]
        else { return [] }
        return metrics.compactMap { metric in
            guard let subject = subject(of: metric.name), let value = number(metric.value) else { return nil }
            return Rates.Reading(subject: subject, counter: "\(service) \(instance) \(metric.name)", value: value, at: time)
        }
    }

    private static func subject(of metric: String) -> Rates.Subject? {
        if metric.hasPrefix("argus_ingest_events_total") { return .events }
        guard metric.hasPrefix("argus_stored_items_total") else { return nil }
        return metric.contains("\"traces\"") ? .spans : metric.contains("\"logs\"") ? .logs : nil
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
