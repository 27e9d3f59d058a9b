// Asks the bus what it has.

import ArgusBus
import ArgusShared

/// An examination of the bus.
struct BusExamination {
    let bus: Bus

    private static let timeout = Duration.seconds(5)
    /// A difference of clocks that people would notice in the times they are shown.
    private static let clockTolerance = Duration.seconds(1)

    /// Everything found. What cannot be asked is a finding, too.
    func findings() async -> [Finding] {
        do {
            let streams = try await list("$JS.API.STREAM.LIST", "streams")
            var findings = try await connection(streams)
            let partitions = try await partitions(streams)
            findings += StreamExamination(streams: streams, partitions: partitions).findings
            for (stream, expected) in ConsumerExamination.expected where StreamExamination.find(stream, in: streams) != nil {
                let consumers = try await list("$JS.API.CONSUMER.LIST.\(stream)", "consumers")
                findings += ConsumerExamination(stream: stream, consumers: consumers, expected: expected).findings
            }
            return findings
        } catch let error as BusError {
            let advice =
                error.code == .noResponders
                ? "start nats-server with JetStream (deploy/nats/nats.conf)"
                : "use credentials of an operator: services' own credentials may not look at everything"
            return [.problem("bus", BusFailure.sentence(of: error), advice: advice)]
        } catch {
            return [.problem("bus", "\(error)", advice: "is this a nats-server of version 2.11 or newer?")]
        }
    }

    /// The server, and its clock by the time it says in an answer against this machine's half-way between question and answer.
    private func connection(_ streams: [JSONValue]) async throws -> [Finding] {
        try await bus.flush()
        guard let name = streams.first?["config"]?["name"]?.stringValue else {
            return [.ok("bus", "it answers, and has no streams; it tells version and time only with one")]
        }
        let before = Timestamp.now()
        let start = ContinuousClock.now
        let answer = try await ask("$JS.API.STREAM.INFO.\(name)", [])
        let roundTrip = ContinuousClock.now - start
        let version = answer["config"]?["metadata"]?["_nats.ver"]?.stringValue.map { "nats-server \($0)" } ?? "a nats-server before 2.11"
        return [
            .ok("bus", "\(version), \(Self.milliseconds(roundTrip)) ms away, \(streams.count) streams"),
            Self.clock(answer, askedAt: before, roundTrip: roundTrip),
        ]
    }

    private static func clock(_ answer: JSONValue, askedAt before: Timestamp, roundTrip: Duration) -> Finding {
        guard let told = answer["ts"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }) else {
            return .ok("clocks", "not compared: the bus does not tell its time")
        }
        let middle = before.adding(milliseconds: Int64(roundTrip / .milliseconds(2)))
        let difference = Duration.milliseconds(told.milliseconds - middle.milliseconds)
        let size = difference < .zero ? .zero - difference : difference
        guard size > clockTolerance + roundTrip else {
            return .ok("clocks", "this machine and the bus agree to within \(milliseconds(size + roundTrip / 2)) ms")
        }
        return .warning(
            "clocks", "the bus's clock is \(milliseconds(size)) ms \(difference < .zero ? "behind" : "ahead of") this machine's",
            advice: "let both be set by NTP (timedatectl set-ntp true): order is not affected, but times shown are")
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

    private static func milliseconds(_ duration: Duration) -> String {
        "\((duration / .microseconds(1)).rounded() / 1000)"
    }
}
