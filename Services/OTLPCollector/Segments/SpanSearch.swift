// Compares the spans of a segment with conditions, without decoding them.

import ArgusOTLP

/// A filter in terms of one segment's tables.
struct SpanSearch {
    private let filter: SpanFilter
    private let masks: ConditionMasks
    /// Whether an origin is of the service; nil if any will do.
    private let origins: [Bool]?
    /// The name as a string of the segment; nil if any will do.
    private let name: Int?

    /// nil if no span of the segment can match.
    init?(_ filter: SpanFilter, _ tables: StoredTables, _ body: UnsafeRawBufferPointer) throws {
        self.filter = filter
        if let service = filter.service {
            guard let number = tables.number(of: service, in: body) else { return nil }
            origins = try tables.isOrigin(of: [number], body)
        } else {
            origins = nil
        }
        if let operation = filter.operation {
            guard let number = tables.number(of: operation, in: body) else { return nil }
            name = number
        } else {
            name = nil
        }
        masks = try ConditionMasks(words: filter.words, attributes: filter.attributes, tables, body)
        guard masks.canMatch else { return nil }
    }

    func isMatch(_ span: StoredSpan, _ body: UnsafeRawBufferPointer) throws -> Bool {
        if let start = filter.start, !start.contains(span.start) { return false }
        if let least = filter.minimumDuration, span.duration < least { return false }
        if let most = filter.maximumDuration, span.duration > most { return false }
        if let status = filter.status, span.status != status { return false }
        if let isError = filter.isError, (span.status == .error) != isError { return false }
        if let kind = filter.kind, span.kind != kind { return false }
        guard masks.all != 0 || origins != nil || name != nil else { return true }
        var cursor = SegmentReadCursor(span.tail)
        let origin = try cursor.varint()
        let name = try cursor.varint()
        if let origins {
            guard origin < UInt64(origins.count) else { throw SegmentError("an origin is out of range") }
            if !origins[Int(origin)] { return false }
        }
        if let wanted = self.name, name != UInt64(wanted) { return false }
        guard masks.all != 0 else { return true }
        guard origin < UInt64(masks.origins.count), name < UInt64(masks.strings.count) else {
            throw SegmentError("an index is out of range")
        }
        var found = masks.origins[Int(origin)] | masks.strings[Int(name)]
        found |= try masks.attributeMask(&cursor)
        if found == masks.all { return true }
        return try found | other(span, &cursor) == masks.all
    }

    /// The words in what follows the span's attributes.
    private func other(_ span: StoredSpan, _ cursor: inout SegmentReadCursor) throws -> UInt64 {
        var found: UInt64 = 0
        if span.has(SegmentFormat.SpanFlag.traceState) { _ = try cursor.varint() }
        if span.has(SegmentFormat.SpanFlag.flags) { _ = try cursor.varint() }
        if span.has(SegmentFormat.SpanFlag.statusMessage) { found |= try masks.stringMask(&cursor) }
        if span.has(SegmentFormat.SpanFlag.dropped) { for _ in 0..<3 { _ = try cursor.varint() } }
        if span.has(SegmentFormat.SpanFlag.events) {
            for _ in 0..<(try cursor.count(minimumBytes: 4)) {
                _ = try cursor.varint()
                found |= try masks.stringMask(&cursor)
                found |= try masks.attributeMask(&cursor)
                _ = try cursor.varint()
            }
        }
        if span.has(SegmentFormat.SpanFlag.links) {
            for _ in 0..<(try cursor.count(minimumBytes: 28)) {
                _ = try cursor.bytes(count: 24)
                _ = try cursor.varint()
                _ = try cursor.varint()
                found |= try masks.attributeMask(&cursor)
                _ = try cursor.varint()
            }
        }
        return found & masks.words
    }
}

extension StoredTables {
    /// For each origin whether its service is one of these strings.
    func isOrigin(of services: Set<Int>, _ body: UnsafeRawBufferPointer) throws -> [Bool] {
        try origins.map { origin in
            var cursor = SegmentReadCursor(body, from: Int(origin.offset), to: Int(origin.offset + origin.count))
            return services.contains(try cursor.index(below: strings.count))
        }
    }
}
