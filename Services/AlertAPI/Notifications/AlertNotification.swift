// What is told about a parent alert, and how it travels on the bus.

import ArgusShared

/// A parent alert that fired or was resolved.
struct AlertNotification: Equatable, Sendable {
    /// What happened.
    enum Kind: String, CaseIterable, Sendable {
        case firing, resolved
    }

    var kind: Kind
    /// The alert as it was then, without `details` and `links`.
    var alert: Alert
    /// When it happened.
    var at: Timestamp
    /// The stream sequence of the alert's notification before this one, which must have been dealt with first.
    var previous: UInt64?

    /// The same for the same change, whoever publishes it.
    var messageID: String {
        "\(alert.id).\(alert.version).\(kind.rawValue)"
    }

    /// What a change is to be told about: at most one notification of each kind, in the order that ends with the alert's state.
    static func notifications(for change: AlertChange) -> [AlertNotification] {
        guard change.alert.kind == .parent else { return [] }
        var last: [Kind: Transition] = [:]
        for transition in change.transitions {
            switch transition.kind {
            case .created, .reactivated: last[.firing] = transition
            case .resolved: last[.resolved] = transition
            default: break
            }
        }
        let order: [Kind] = change.alert.status == .active ? [.resolved, .firing] : [.firing, .resolved]
        return order.compactMap { kind in
            guard let transition = last[kind] else { return nil }
            // A parent that was opened, resolved and reactivated at one go was never told of before: there is nothing to resolve.
            if kind == order[0], kind == .resolved, change.transitions.contains(where: { $0.kind == .created }) { return nil }
            return AlertNotification(kind: kind, alert: change.alert.told(as: kind, at: transition.at), at: transition.at)
        }
    }

    /// The message's payload.
    func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.string("kind", kind.rawValue)
        writer.integer("at", at.milliseconds)
        if let previous {
            writer.integer("previous", previous)
        }
        writer.key("alert")
        alert.writeRecord(to: &writer, payload: false)
        writer.endObject()
        return writer.bytes
    }

    /// Reads what `encoded()` made.
    init(_ payload: [UInt8]) throws {
        var kind: Kind?
        var at: Int64?
        var previous: UInt64?
        var alert: Alert?
        try JSONReader.read(payload) { reader in
            try reader.readObject { reader, key in
                switch key {
                case "kind": kind = try reader.readCase()
                case "at": at = try reader.readInteger()
                case "previous": previous = UInt64(clamping: try reader.readInteger())
                case "alert": alert = try Alert(record: &reader)
                default: try reader.skipValue()
                }
            }
            guard kind != nil, at != nil, alert != nil else { throw reader.error(.wrongType(expected: "a notification")) }
        }
        guard let kind, let at, let alert else { throw CancellationError() }
        self.init(kind: kind, alert: alert, at: Timestamp(milliseconds: at), previous: previous)
    }

    init(kind: Kind, alert: Alert, at: Timestamp, previous: UInt64? = nil) {
        self.kind = kind
        self.alert = alert
        self.at = at
        self.previous = previous
    }
}

extension Alert {
    /// The alert as it was when it fired or was resolved, where the commit holds a later state.
    fileprivate func told(as kind: AlertNotification.Kind, at time: Timestamp) -> Alert {
        var copy = self
        copy.details = nil
        copy.links = nil
        switch kind {
        case .firing:
            copy.status = .active
            copy.resolvedAt = nil
        case .resolved:
            copy.status = .resolved
            copy.resolvedAt = time
        }
        return copy
    }
}
