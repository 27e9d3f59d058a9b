// An alert of the Alertmanager API v2, as a Prometheus server sends it.

import ArgusShared

/// One alert and what is wrong with it.
struct PrometheusAlert {
    /// In the order of their names, without those that are empty.
    private var labels: [(name: String, value: String)] = []
    private var annotations: [(name: String, value: String)] = []
    private var startsAt: Timestamp?
    private var endsAt: Timestamp?
    private var generatorURL: String?
    private var fields = FieldReader()

    /// The label that names the event manager.
    static let managerLabel = "event_manager_id"
    /// More labels than this are refused.
    static let maximumLabels = 256

    /// Reads one object; members it does not know are passed over.
    init(from reader: inout JSONReader) throws {
        guard try reader.peek() == .object else {
            try reader.skipValue()
            fields.report(.wrongType("alert", expected: "an object"))
            return
        }
        var hasLabels = false
        try reader.readObject { reader, key in
            switch key {
            case "labels":
                hasLabels = true
                labels = try readPairs(&reader, "labels")
            case "annotations": annotations = try readPairs(&reader, "annotations")
            case "startsAt": startsAt = try readTime(&reader, "startsAt")
            case "endsAt": endsAt = try readTime(&reader, "endsAt")
            case "generatorURL": generatorURL = try fields.string(&reader, "generatorURL")?.nilIfEmpty
            default: try reader.skipValue()
            }
        }
        if !hasLabels {
            fields.report(.missing("labels"))
        } else if labels.isEmpty, !fields.problems.contains(where: { $0.field.hasPrefix("labels") }) {
            fields.report(.invalid("labels", "at least one pair that is not empty"))
        }
        if let startsAt, let endsAt, endsAt < startsAt { fields.report(.invalid("endsAt", "later than startsAt")) }
    }

    private mutating func readPairs(_ reader: inout JSONReader, _ field: String) throws -> [(name: String, value: String)] {
        guard try reader.peek() == .object else {
            try reader.skipValue()
            fields.report(.wrongType(field, expected: "an object of strings"))
            return []
        }
        var pairs: [(name: String, value: String)] = []
        try reader.readObject { reader, key in
            let name = key.string
            guard let value = try fields.string(&reader, "\(field).\(name.truncated(to: 64))"), !value.isEmpty else { return }
            guard !name.containsNUL else { return fields.report(.nulCharacter(field)) }
            pairs.append((name, value))
        }
        if pairs.count > Self.maximumLabels { fields.report(.invalid(field, "at most \(Self.maximumLabels) pairs")) }
        return pairs.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// A time; what Go writes for none is none.
    private mutating func readTime(_ reader: inout JSONReader, _ field: String) throws -> Timestamp? {
        guard let time = try fields.timestamp(&reader, field) else { return nil }
        return time == Self.zeroTime ? nil : time
    }

    private static let zeroTime = Timestamp(rfc3339: "0001-01-01T00:00:00Z")

    // MARK: The event

    /// The manager that the labels name.
    var managerID: String? { label(Self.managerLabel) }

    /// The event for `managerID`, or everything that is wrong. The grouping is still missing.
    ///
    /// - Parameter resolveTimeout: Milliseconds after which an alert without `endsAt` resolves unless it is repeated.
    consuming func finish(managerID: String, receivedAt: Timestamp, resolveTimeout: Int64) -> Result<AlertEvent, InvalidEvent> {
        let details = makeDetails()
        if details.bytes.count > EventLimits.details { fields.report(.tooLarge("labels and annotations", limit: EventLimits.details)) }
        guard fields.problems.isEmpty else { return .failure(InvalidEvent(problems: fields.problems)) }
        let isResolved = endsAt.map { $0 <= receivedAt } ?? false
        var event = AlertEvent(
            id: Identifier.make(at: receivedAt), action: isResolved ? .resolve : .trigger, managerID: managerID, dedupKey: fingerprint,
            receivedAt: receivedAt)
        guard !isResolved else { return .success(event) }
        let alertName = label("alertname")
        let summary = annotation("summary") ?? annotation("description") ?? annotation("message") ?? alertName ?? "alert without a name"
        event.summary = summary.truncated(to: EventLimits.summary)
        event.severity = severity
        event.class = (label("class") ?? alertName)?.truncated(to: EventLimits.label)
        event.source = (label("instance") ?? label("job"))?.truncated(to: EventLimits.label)
        event.component = label("component")?.truncated(to: EventLimits.label)
        event.details = details
        event.links = makeLinks()
        event.occurredAt = startsAt
        event.expiresAt = endsAt ?? receivedAt.adding(milliseconds: resolveTimeout)
        event.isIdempotent = true
        return .success(event)
    }

    /// The fingerprint of the labels, as Prometheus and Alertmanager compute it: FNV-1a over names and values, each followed by 0xFF.
    var fingerprint: String {
        var hash = FNV1a64()
        for (name, value) in labels {
            hash.combine(name)
            hash.combine(0xFF)
            hash.combine(value)
            hash.combine(0xFF)
        }
        return hash.hex
    }

    private var severity: Severity {
        switch label("severity")?.lowercased() {
        case "critical", "page", "error", "high": .high
        case "warning", "medium": .medium
        default: .low
        }
    }

    private func label(_ name: String) -> String? {
        labels.first { $0.name == name }?.value
    }

    private func annotation(_ name: String) -> String? {
        annotations.first { $0.name == name }?.value
    }

    /// What stays the same while the alert is repeated; `endsAt` does not.
    private func makeDetails() -> RawJSON {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("labels")
        Self.write(labels, to: &writer)
        writer.key("annotations")
        Self.write(annotations, to: &writer)
        if let startsAt {
            writer.timestamp("startsAt", startsAt)
        }
        writer.endObject()
        return RawJSON(written: writer)
    }

    private func makeLinks() -> RawJSON? {
        guard let generatorURL, generatorURL.utf8.count < EventLimits.links / 2 else { return nil }
        var writer = JSONWriter()
        writer.beginArray()
        writer.beginObject()
        writer.string("href", generatorURL)
        writer.string("text", "Prometheus")
        writer.endObject()
        writer.endArray()
        return RawJSON(written: writer)
    }

    private static func write(_ pairs: [(name: String, value: String)], to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, value) in pairs {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
    }
}
