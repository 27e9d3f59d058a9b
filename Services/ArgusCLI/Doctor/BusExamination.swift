// Asks the bus what it has.

import ArgusBus
import ArgusShared

/// An examination of the bus.
struct BusExamination {
    let bus: Bus

    private static let timeout = Duration.seconds(5)

    /// What was found. What cannot be asked is a finding, too.
    struct Report: Sendable {
        var findings: [Finding] = []
        /// What services tell of themselves; nil if the bus does not know.
        var fleet: FleetExamination?
    }

    func report() async -> Report {
        var report = Report()
        do {
            let streams = try await list("$JS.API.STREAM.LIST", "streams")
            let clock = try await connection(streams, &report)
            let partitions = try await partitions(streams)
            report.findings += StreamExamination(streams: streams, partitions: partitions).findings
            for (stream, expected) in ConsumerExamination.expected where StreamExamination.find(stream, in: streams) != nil {
                let consumers = try await list("$JS.API.CONSUMER.LIST.\(stream)", "consumers")
                report.findings += ConsumerExamination(stream: stream, consumers: consumers, expected: expected).findings
            }
            await readFleet(streams, clock, &report)
        } catch let error as BusError {
            let advice =
                error.code == .noResponders
                ? "start nats-server with JetStream (deploy/nats/nats.conf)"
                : "use credentials of an operator: services' own credentials may not look at everything"
            report.findings.append(.problem("bus", BusFailure.sentence(of: error), advice: advice))
        } catch {
            report.findings.append(.problem("bus", "\(error)", advice: "is this a nats-server of version 2.11 or newer?"))
        }
        return report
    }

    /// Where the bus cannot tell, services are asked themselves.
    private func readFleet(_ streams: [JSONValue], _ clock: BusClock?, _ report: inout Report) async {
        let subject = "bucket \(Buckets.services.name)"
        do throws(BusError) {
            let now = Timestamp.now()
            report.fleet = try await FleetExamination.read(bus, streams: streams, at: clock?.time(at: now) ?? now)
            guard report.fleet == nil else { return }
            report.findings.append(
                .warning(
                    subject, "missing: no service has told this bus of itself since the bus was started",
                    advice: "start the services; they are asked at their usual ports now, or where --service says"))
        } catch {
            report.findings.append(
                .warning(
                    subject, "it cannot be read: \(error.message)",
                    advice: "use credentials of an operator; the services are asked at their usual ports now, or where --service says"))
        }
    }

    /// The server and its clock; returns the clock if the server tells the time.
    private func connection(_ streams: [JSONValue], _ report: inout Report) async throws -> BusClock? {
        try await bus.flush()
        guard let name = streams.first?["config"]?["name"]?.stringValue else {
            report.findings.append(.ok("bus", "it answers, and has no streams; it tells version and time only with one"))
            return nil
        }
        let before = Timestamp.now()
        let start = ContinuousClock.now
        let answer = try await ask("$JS.API.STREAM.INFO.\(name)", [])
        let roundTrip = ContinuousClock.now - start
        let version = answer["config"]?["metadata"]?["_nats.ver"]?.stringValue.map { "nats-server \($0)" } ?? "a nats-server before 2.11"
        let clock = BusClock(answer: answer, askedAt: before, roundTrip: roundTrip)
        report.findings += [
            .ok("bus", "\(version), \(BusClock.milliseconds(roundTrip)) ms away, \(streams.count) streams"),
            clock?.finding ?? .ok("clocks", "not compared: the bus does not tell its time"),
        ]
        return clock
    }

    private func partitions(_ streams: [JSONValue]) async throws -> Int? {
        guard StreamExamination.find("KV_" + Buckets.configuration.name, in: streams) != nil,
            let entry = try await bus.keyValue(Buckets.configuration).get(ConfigurationKeys.bus)
        else { return nil }
        return (try? JSONValue(parsing: entry.value))?["partitions"]?.integerValue.map { Int(clamping: $0) }
    }

    /// All items of a paginated list of the JetStream API.
    private func list(_ api: String, _ key: String) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        while true {
            let answer = try await ask(api, [.init("offset", .integer(Int64(items.count)))])
            let page = answer[key]?.arrayValue ?? []
            items += page
            if page.isEmpty || items.count >= Int(answer["total"]?.integerValue ?? 0) { return items }
        }
    }

    private func ask(_ api: String, _ members: [JSONValue.Member]) async throws -> JSONValue {
        let payload = members.isEmpty ? [] : JSONValue.object(members).bytes
        let answer = try JSONValue(parsing: try await bus.request(payload, to: api, timeout: Self.timeout).payload, limits: .trusted)
        if let text = answer["error"]?["description"]?.stringValue {
            throw CommandLineError(.failure, "the bus refuses \(api): \(text)")
        }
        return answer
    }
}
