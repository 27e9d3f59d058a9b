// Rewrites messages in which a field that occurs once occurs several times.

/// Protobuf asks parsers to take the union of several occurrences of a singular message. No encoder writes that, but concatenated messages
/// are like that and are valid: they are rewritten with one occurrence, so that the views need not care.
///
/// Works on messages that were validated.
enum Merging {
    /// A message of which parts may have to be merged.
    enum Kind {
        case resource, scope, span, event, link, log, attribute, value, array, keyValues, metric

        /// What the field `tag` holds, and whether a message has at most one of it; nil for what is copied as it stands.
        func field(_ tag: UInt32) -> (kind: Kind, isSingular: Bool)? {
            switch (self, tag) {
            case (.resource, ResourceTag.attributes), (.scope, ScopeTag.attributes), (.span, SpanTag.attributes): (.attribute, false)
            case (.event, EventTag.attributes), (.link, LinkTag.attributes), (.log, LogTag.attributes): (.attribute, false)
            case (.keyValues, Tag.listValues): (.attribute, false)
            case (.span, SpanTag.events): (.event, false)
            case (.span, SpanTag.links): (.link, false)
            case (.array, Tag.listValues): (.value, false)
            case (.attribute, Tag.keyValueValue), (.log, LogTag.body): (.value, true)
            case (.value, AnyValueTag.array): (.array, true)
            case (.value, AnyValueTag.keyValues): (.keyValues, true)
            default: nil
            }
        }
    }

    /// The union of the occurrences of a field in `message`, merged within as well.
    static func merged(_ kind: Kind, fields tag: UInt32, of message: WireReader) -> [UInt8] {
        var union: [UInt8] = []
        var fields = FieldIterator(message.rest, tag: tag)
        while let body = fields.next() { union.append(contentsOf: body) }
        return union.withUnsafeBytes { merged(kind, $0) }
    }

    /// `message` with every singular field at most once.
    static func merged(_ kind: Kind, _ message: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        var pending: (tag: UInt32, kind: Kind, body: [UInt8])?
        var reader = WireReader(message)
        do throws(WireError) {
            while !reader.atEnd {
                let start = reader.position
                let tag = try reader.tag()
                if let field = kind.field(tag) {
                    let body = try reader.bytes()
                    if !field.isSingular {
                        merged(field.kind, body).withUnsafeBytes { output.appendField(tag, $0) }
                    } else if pending?.tag == tag {
                        pending?.body.append(contentsOf: body)
                    } else {
                        pending = (tag, field.kind, Array(body))
                    }
                    continue
                }
                try reader.skip(tag, depth: WireReader.depthLimit)
                // Another member of the `oneof` takes the place of what came before.
                if kind == .value, isMember(tag) { pending = nil }
                output.append(contentsOf: UnsafeBufferPointer(start: start, count: reader.position - start))
            }
        } catch {}
        if let pending {
            pending.body.withUnsafeBytes { merged(pending.kind, $0) }.withUnsafeBytes { output.appendField(pending.tag, $0) }
        }
        return output
    }

    private static func isMember(_ tag: UInt32) -> Bool {
        switch tag {
        case AnyValueTag.string, AnyValueTag.bool, AnyValueTag.int, AnyValueTag.double, AnyValueTag.bytes: true
        default: false
        }
    }
}
