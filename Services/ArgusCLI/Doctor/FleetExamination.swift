// Judges what the services tell the bus of themselves.

import ArgusBus
import ArgusShared

/// Every instance of every service that the bus has heard of lately.
struct FleetExamination: Sendable {
    /// An instance as it told the bus last.
    struct Instance: Sendable {
        let status: ServiceStatus
        /// Milliseconds since then, by the bus's clock.
        let silence: Int64
        /// Milliseconds since it started.
        let uptime: Int64

        init(_ status: ServiceStatus, heard: Timestamp, now: Timestamp) {
            self.status = status
            silence = max(0, now.milliseconds - heard.milliseconds)
            uptime = max(0, now.milliseconds - status.startedAt.milliseconds)
        }
    }

    /// Milliseconds of silence that are more than a delay: services report every five seconds.
    static let longestSilence: Int64 = 15_000
    /// Instances of one service that are shown one by one.
    static let mostShown = 8

    let instances: [Instance]
    /// Keys whose values are no status.
    var unreadable: [String] = []
    /// The names of the bus's streams.
    let streams: Set<String>
    /// Services that nobody wants to hear of.
    var skipped: Set<String> = []

    /// Reads the bucket; nil if there is none.
    static func read(_ bus: Bus, streams: [JSONValue], at now: Timestamp) async throws(BusError) -> FleetExamination? {
        let entries: [KeyValueBucket.Entry]
        do throws(BusError) {
            entries = try await bus.keyValue(Buckets.services).entries()
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        var instances: [Instance] = []
        var unreadable: [String] = []
        for entry in entries {
            if let status = try? ServiceStatus(parsing: entry.value), !status.service.isEmpty {
                instances.append(Instance(status, heard: entry.created, now: now))
            } else {
                unreadable.append(entry.key)
            }
        }
        instances.sort { ($0.status.service, $0.status.instance) < ($1.status.service, $1.status.instance) }
        let names = streams.compactMap { $0["config"]?["name"]?.stringValue }
        return FleetExamination(instances: instances, unreadable: unreadable.sorted(), streams: Set(names))
    }

    /// The services that are known, in their order, and any other.
    var findings: [Finding] {
        let byService = Dictionary(grouping: instances, by: \.status.service)
        let known = KnownService.all.map(\.name)
        let others = byService.keys.filter { !known.contains($0) }.sorted()
        var findings = KnownService.all.filter { !skipped.contains($0.name) }.compactMap { service in
            byService[service.name].map { Self.judge(service.name, $0, service.role) } ?? missing(service)
        }
        findings += others.filter { !skipped.contains($0) }.map { Self.judge($0, byService[$0] ?? [], nil) }
        if !unreadable.isEmpty {
            findings.append(
                .warning(
                    "bucket \(Buckets.services.name)", "\(unreadable.joined(separator: ", ")) cannot be read",
                    advice: "is another version of Argus running? this is \(SuiteVersion.current)"))
        }
        return findings
    }

    /// What is to be said of a service of which the bus has not heard; nil where nobody misses it.
    private func missing(_ service: KnownService) -> Finding? {
        let subject = "service \(service.name)"
        switch service.role {
        case .essential:
            return .problem(
                subject, "not there: no instance has told this bus of itself in the last \(Self.memory)",
                advice: "start it (deploy/run starts everything); if it runs, its log says whether it reaches the bus, and which (NATS_URL)"
            )
        case .optional(let what, let stream):
            guard streams.contains(stream) else {
                return .unused(subject, "not in use: there is no stream \(stream)", advice: "start it if you want \(what)")
            }
            return .warning(
                subject, "not there, but it is in use: there is a stream \(stream)",
                advice: "start it, or go without \(what); if it runs, its log says whether it reaches the bus, and which (NATS_URL)")
        case .demonstration: return nil
        }
    }

    // MARK: Instances

    private static let memory = TimeSpan.text(milliseconds: Int64((Buckets.services.timeToLive ?? .zero) / .milliseconds(1)))

    /// - Parameter role: nil of a service that is none of the suite's.
    private static func judge(_ name: String, _ instances: [Instance], _ role: KnownService.Role?) -> Finding {
        let subject = "service \(name)"
        let silent = instances.filter { $0.silence > longestSilence }
        let unready = instances.filter { $0.silence <= longestSilence && !$0.status.isReady }
        let ready = instances.count - silent.count - unready.count
        guard ready < instances.count else {
            let described = list(instances.map(description))
            return .ok(subject, instances.count == 1 ? "ready: \(described)" : "\(instances.count) instances ready: \(described)")
        }
        var message = list(unready.map(complaint) + silent.map { "\($0.status.instance) has said nothing for \(text($0.silence))" })
        if instances.count > 1 { message = "\(ready) of \(instances.count) instances ready; \(message)" }
        var advice: [String] = []
        if !unready.isEmpty { advice.append("put right what it names; the service takes up work by itself") }
        if !silent.isEmpty {
            advice.append(
                "who is silent was killed, hangs or has lost the bus: see its log; what is gone for good is forgotten after \(memory)")
        }
        let isBearable =
            switch role {
            case .demonstration: true
            // Its silence is as bad as its absence, which is what it turns into.
            case .optional: unready.isEmpty
            case .essential, nil: false
            }
        return Finding(
            subject: subject, status: ready > 0 || isBearable ? .warning : .problem, message: message,
            advice: advice.joined(separator: "; "))
    }

    /// `vm-4711 (0.4.0, up 3h 10m, heard of 2s ago)`.
    private static func description(_ instance: Instance) -> String {
        let status = instance.status
        return "\(status.instance) (\(status.version), up \(text(instance.uptime)), heard of \(text(instance.silence)) ago)"
    }

    private static func complaint(_ instance: Instance) -> String {
        let failing = instance.status.checks.filter { !$0.value.isOK }.sorted { $0.key < $1.key }.map { name, check in
            check.detail.isEmpty ? name : "\(name): \(check.detail)"
        }
        return "\(instance.status.instance) is not ready" + (failing.isEmpty ? "" : " (\(failing.joined(separator: "; ")))")
    }

    private static func list(_ texts: [String]) -> String {
        let rest = texts.count - mostShown
        return texts.prefix(mostShown).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    private static func text(_ milliseconds: Int64) -> String {
        TimeSpan.text(milliseconds: milliseconds)
    }

    // MARK: JSON

    /// The instances for programs.
    var json: JSONValue {
        .array(
            instances.filter { !skipped.contains($0.status.service) }.map { instance in
                let status = instance.status
                let checks = status.checks.sorted { $0.key < $1.key }.map { name, check in
                    JSONValue.Member(name, .object([.init("ok", .bool(check.isOK)), .init("detail", .string(check.detail))]))
                }
                return .object([
                    .init("service", .string(status.service)), .init("instance", .string(status.instance)),
                    .init("version", .string(status.version)), .init("ready", .bool(status.isReady)), .init("checks", .object(checks)),
                    .init("started_at", .string(status.startedAt.rfc3339)), .init("silent_ms", .integer(instance.silence)),
                ])
            })
    }
}
