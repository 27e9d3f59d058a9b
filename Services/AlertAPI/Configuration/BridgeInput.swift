// What a client says a bridge should be.

import ArgusService
import ArgusShared

/// The checked body of a bridge that is created or replaced. What it leaves out has its default.
struct BridgeInput: Equatable, Sendable {
    private static let maximumPattern = 255
    private static let maximumTemplate = 1024
    private static let maximumList = 32

    /// Only on creation.
    var id: String?
    /// As it will be, but for its identifier and times.
    var bridge: Bridge

    /// Reads and checks a body.
    ///
    /// - Parameters:
    ///   - existing: The bridge that is replaced; nil on creation.
    ///   - managerExists: Whether there is a manager of an identifier.
    init(_ body: [UInt8], replacing existing: Bridge?, managerExists: (String) -> Bool) throws {
        var fields = try BodyFields(parsing: body)
        id = fields.identifier(replacing: existing?.id)
        let source = Self.source(&fields, existing)
        let manager = fields.string("event_manager_id", required: true, maximum: 64)
        if let manager, !managerExists(manager) {
            fields.refuse("event_manager_id", "unknown_event_manager", "names no event manager: \"\(manager)\" does not exist")
        }
        bridge = Bridge(id: existing?.id ?? "", source: source, managerID: manager ?? "", at: existing?.createdAt ?? .now())
        if let name = fields.string("name", maximum: 255), !name.isEmpty { bridge.name = name }
        bridge.isEnabled = fields.bool("enabled") ?? true
        readMatch(&fields)
        readSeverities(&fields)
        bridge.class = Self.template(&fields, "class", source, bridge.class)
        bridge.summary = Self.template(&fields, "summary", source, bridge.summary)
        bridge.dedupKey = Self.template(&fields, "dedup_key", source, bridge.dedupKey)
        readResolution(&fields)
        fields.ignore("active_since", "created_at", "updated_at")
        try fields.finish()
    }

    /// The bridge that it makes of `existing`, or a new one, at a time.
    func bridge(replacing existing: Bridge?, at now: Timestamp) -> Bridge {
        var bridge = self.bridge
        bridge.id = existing?.id ?? id ?? Identifier.make(at: now)
        bridge.createdAt = existing?.createdAt ?? now
        bridge.updatedAt = now
        // What happened while it was off stays unreported.
        let wasOff = existing?.isEnabled == false
        bridge.activeSince = wasOff && bridge.isEnabled ? now : existing?.activeSince ?? now
        return bridge
    }

    private static func source(_ fields: inout BodyFields, _ existing: Bridge?) -> Bridge.Source {
        guard let text = fields.string("source", required: existing == nil, maximum: 64) else { return existing?.source ?? .process }
        guard let source = Bridge.Source(rawValue: text) else {
            fields.refuse("source", "invalid_field", "must be process or workflow")
            return existing?.source ?? .process
        }
        if let existing, existing.source != source { fields.refuse("source", "immutable_field", "cannot be changed") }
        return source
    }

    private mutating func readMatch(_ fields: inout BodyFields) {
        let source = bridge.source
        var match = bridge.match
        fields.object("match") { fields in
            let names = source == .process ? ("namespace", "process") : ("client", "workflow")
            if let text = fields.string(names.0, maximum: Self.maximumPattern) { match.owner = WildcardPattern(text) }
            if let text = fields.string(names.1, maximum: Self.maximumPattern) { match.subject = WildcardPattern(text) }
            if let types = Self.list(&fields, "types", of: source.knownTypes) {
                match.types = types
                if types.isEmpty { fields.refuse("types", "invalid_field", "must name at least one type") }
            }
            if source == .workflow, let statuses = Self.list(&fields, "status", of: nil) { match.statuses = statuses }
        }
        bridge.match = match
    }

    private mutating func readSeverities(_ fields: inout BodyFields) {
        let known = bridge.source.knownTypes
        var severities = bridge.severities
        fields.object("severity") { fields in
            for type in known {
                guard let text = fields.string(type, maximum: 64) else { continue }
                if let severity = Severity(rawValue: text) {
                    severities[type] = severity
                } else {
                    fields.refuse(type, "invalid_field", "must be high, medium or low")
                }
            }
        }
        bridge.severities = severities
    }

    private mutating func readResolution(_ fields: inout BodyFields) {
        let isProcess = bridge.source == .process
        let allowed = isProcess ? bridge.source.knownTypes + [Bridge.running] : nil
        if let list = Self.list(&fields, "resolve_on", of: allowed) { bridge.resolveOn = list }
        if isProcess, let seconds = fields.integer("running_seconds", in: 1...86_400) { bridge.runningSeconds = seconds }
        let both = Set(bridge.resolveOn).intersection(isProcess ? bridge.match.types : bridge.match.statuses).sorted()
        if let first = both.first { fields.refuse("resolve_on", "invalid_field", "must not hold what triggers: \(first)") }
        guard !bridge.resolveOn.isEmpty else { return }
        if let placeholder = bridge.dedupKey.placeholders.first(where: { !$0.isIdentity }) {
            fields.refuse(
                "dedup_key", "invalid_field",
                "must not use {\(placeholder.rawValue)}, which a trigger and its resolve do not have in common; or let resolve_on be empty")
        }
    }

    private static func template(
        _ fields: inout BodyFields, _ name: String, _ source: Bridge.Source, _ standard: BridgeTemplate
    ) -> BridgeTemplate {
        guard let text = fields.string(name, maximum: maximumTemplate) else { return standard }
        do throws(BridgeTemplate.Malformed) {
            let template = try BridgeTemplate(text, source: source)
            if template.parts.isEmpty { fields.refuse(name, "invalid_field", "must not be empty") }
            return template
        } catch {
            fields.refuse(name, "invalid_template", error.description)
            return standard
        }
    }

    /// A list of texts: any, or only those of `allowed`.
    private static func list(_ fields: inout BodyFields, _ name: String, of allowed: [String]?) -> [String]? {
        guard let value = fields.value(name, required: false) else { return nil }
        guard let elements = value.arrayValue, elements.count <= maximumList else {
            fields.refuse(name, "invalid_field", "must be a list of at most \(maximumList) strings")
            return nil
        }
        let texts = elements.compactMap(\.stringValue)
        guard texts.count == elements.count, texts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 64 }) else {
            fields.refuse(name, "invalid_field", "must hold strings of 1 to 64 bytes only")
            return nil
        }
        guard let unknown = allowed.flatMap({ allowed in texts.first { !allowed.contains($0) } }) else { return texts }
        fields.refuse(name, "invalid_field", "must hold only \(allowed?.joined(separator: ", ") ?? ""); \"\(unknown)\" is not one of them")
        return nil
    }
}
