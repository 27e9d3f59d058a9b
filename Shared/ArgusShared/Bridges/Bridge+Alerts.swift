// What a bridge makes of an event: pure, and the same however often it is asked.

extension Bridge {
    /// What an event means for a bridge.
    public enum Verdict: Sendable, Hashable {
        case nothing, trigger, resolve
        /// It resolves if it still holds after `runningSeconds`.
        case resolveLater
    }

    /// What `event` means for this bridge.
    public func verdict(on event: BridgeEvent) -> Verdict {
        guard isEnabled, event.source == source, event.origin.storedAt >= activeSince, match.covers(event) else { return .nothing }
        if match.triggers(on: event) { return .trigger }
        switch source {
        case .process:
            if resolveOn.contains(event.type) { return .resolve }
            return awaitsRunning && event.type == ProcessEvent.Kind.started.rawValue ? .resolveLater : .nothing
        case .workflow:
            guard let status = event.status, resolveOn.contains(status), event.type == resolvingType else { return .nothing }
            return .resolve
        }
    }

    /// The success of one node says nothing of another, and nothing of the run.
    private var resolvingType: String {
        (dedupKey.placeholders.contains(.node) ? ObservationType.pluginEnded : .runEnded).rawValue
    }

    /// Types of process events after which a process that started before has not been running without trouble.
    public var disturbances: [ProcessEvent.Kind] {
        ProcessEvent.Kind.allCases.filter { kind in
            switch kind {
            case .started, .stopped, .crashed, .restarted: true
            default: match.types.contains(kind.rawValue)
            }
        }
    }

    /// The trigger that an event makes; without its grouping.
    public func trigger(by event: BridgeEvent, at time: Timestamp) -> AlertEvent {
        var alert = alertEvent(.trigger, by: event, at: time)
        alert.summary = summary.rendered(event).bounded(to: Limits.summary)
        if alert.summary.isEmpty { alert.summary = "\(event.owner)/\(event.subject) \(event.type)" }
        alert.severity = severities[event.type] ?? source.severities[event.type] ?? .low
        let label = `class`.rendered(event).bounded(to: Limits.label)
        alert.class = label.isEmpty ? source.rawValue : label
        alert.source = "\(event.owner)/\(event.subject)".bounded(to: Limits.label)
        alert.component = event.subject.bounded(to: Limits.label)
        alert.details = details(of: event)
        alert.occurredAt = event.timestamp
        alert.reason = reason(event.values[.what] ?? event.type, event)
        // The same event twice is one trigger; another event has other details.
        alert.isIdempotent = true
        return alert
    }

    /// The resolve that an event makes: at once, or after the process has been running for a while.
    public func resolve(by event: BridgeEvent, at time: Timestamp, afterRunning: Bool = false) -> AlertEvent {
        var alert = alertEvent(.resolve, by: event, at: time)
        let what = afterRunning ? "has been running for \(runningSeconds) s" : event.values[.what] ?? event.type
        alert.reason = reason(what, event)
        return alert
    }

    /// What the alert's timeline says of an event on the bus.
    private func reason(_ what: String, _ event: BridgeEvent) -> String {
        "\(event.owner)/\(event.subject) \(what) (\(event.origin.stream) \(event.origin.sequence), \(event.origin.subject))"
            .bounded(to: Limits.summary)
    }

    private func alertEvent(_ action: AlertEvent.Action, by event: BridgeEvent, at time: Timestamp) -> AlertEvent {
        let key = dedupKey.rendered(event).bounded(to: Limits.dedupKey)
        return AlertEvent(
            id: identifier(of: event.origin), action: action, managerID: managerID, dedupKey: key.isEmpty ? source.rawValue : key,
            receivedAt: time)
    }

    private func details(of event: BridgeEvent) -> RawJSON {
        var writer = JSONWriter(capacity: 512 + event.facts.bytes.count)
        writer.beginObject()
        writer.string("bridge", id)
        writer.key("event")
        writer.beginObject()
        writer.string("stream", event.origin.stream)
        writer.integer("sequence", event.origin.sequence)
        writer.string("subject", event.origin.subject)
        writer.string("type", event.type)
        writer.timestamp("timestamp", event.timestamp)
        writer.endObject()
        writer.key(source == .process ? "process" : "run")
        writer.raw(event.facts)
        writer.endObject()
        let written = RawJSON(written: writer)
        return written.containsNUL ? RawJSON(.object([.init("bridge", .string(id))])) : written
    }

    /// What alert events may carry, in Unicode scalars.
    private enum Limits {
        static let summary = 1024
        static let label = 255
        static let dedupKey = 255
    }

    // MARK: Identifiers

    /// The identifier of the alert event that the event at `origin` becomes: one of version 8 (RFC 9562) with the time in front, the same
    /// at every attempt and in every gateway.
    public func identifier(of origin: BridgeEvent.Origin) -> String {
        let name = "\(origin.stream)/\(origin.sequence)/\(id)"
        let high = UInt64(bitPattern: origin.storedAt.milliseconds) << 16 | 0x8000 | Self.hash(name, seed: 1) & 0x0FFF
        let low = Self.hash(name, seed: 2) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = Array(Self.hexadecimal(high) + Self.hexadecimal(low))
        return [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]].map { String($0) }.joined(separator: "-")
    }

    /// FNV-1a with a final mix, so that short names differ in all bits.
    private static func hash(_ text: String, seed: UInt64) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 &+ seed &* 0x9E37_79B9_7F4A_7C15
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
        return hash ^ hash >> 31
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension String {
    /// The text if it has at most `limit` Unicode scalars; else its beginning and a mark of the whole, so that two long ones differ.
    fileprivate func bounded(to limit: Int) -> String {
        guard utf8.count > limit, unicodeScalars.count > limit else { return replacing("\0", with: "\u{FFFD}") }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(limit - 9))).replacing("\0", with: "\u{FFFD}") + "…"
            + String(Partitioning.fnv1a(self), radix: 16)
    }
}
