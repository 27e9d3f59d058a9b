// A stored segment of log records.

import ArgusOTLP

/// Reads the body of a segment of log records. Opening it reads the tables of strings and attributes; records are decoded when asked for.
struct LogSegment: Sendable {
    /// A record that meets conditions.
    struct Match: Sendable, Hashable {
        /// Place in the segment: see ``LogID``.
        var index: Int
        /// Unix nanoseconds.
        var time: Int64
    }

    private struct Place: Sendable {
        var time: Int64
        var record: StoredTables.Slice
        var flags: UInt16
    }

    let id: Int64
    private let tables: StoredTables
    /// Records in order of time; each slice begins after the time.
    private let places: ContiguousArray<Place>

    /// How many records it holds; their places are `0..<count`, ordered by time.
    var count: Int { places.count }

    /// Throws ``SegmentError`` if the body is damaged or of a later version.
    init(id: Int64, body: [UInt8]) throws {
        self.id = id
        let tables = try StoredTables(body: body, signal: .logs)
        places = try body.withUnsafeBytes { bytes in
            var cursor = SegmentReadCursor(bytes, from: tables.items.lowerBound, to: tables.items.upperBound)
            var places: ContiguousArray<Place> = []
            places.reserveCapacity(tables.count)
            var time = tables.minTime
            for _ in 0..<tables.count {
                let length = try cursor.count(minimumBytes: 1)
                let end = cursor.position + length
                let flags = UInt16(try cursor.byte()) | UInt16(try cursor.byte()) << 8
                time &+= Int64(bitPattern: try cursor.varint())
                guard cursor.position <= end, end <= tables.items.upperBound else { throw SegmentError("a record is out of range") }
                let slice = StoredTables.Slice(offset: UInt32(cursor.position), count: UInt32(end - cursor.position))
                places.append(Place(time: time, record: slice, flags: flags))
                _ = try cursor.bytes(count: end - cursor.position)
            }
            guard cursor.isAtEnd else { throw SegmentError("the records are followed by other bytes") }
            return places
        }
        self.tables = tables
    }

    /// The record at a place; throws ``SegmentError`` if there is none.
    func record(at index: Int) throws -> LogRecord {
        guard places.indices.contains(index) else { throw SegmentError("no such record") }
        return try tables.body.withUnsafeBytes { try record(index, $0) }
    }

    /// All records in order of time.
    func forEachRecord(_ action: (LogRecord) throws -> Void) throws {
        try tables.body.withUnsafeBytes { body in
            for index in places.indices { try action(try record(index, body)) }
        }
    }

    // MARK: Searching

    /// The records that meet all conditions, in order of time.
    func matches(_ filter: LogFilter) throws -> [Match] {
        try tables.body.withUnsafeBytes { body in
            let masks = try ConditionMasks(words: filter.words, attributes: [], tables, body)
            guard masks.canMatch else { return [] }
            var origins: [Bool]?
            if !filter.services.isEmpty {
                let services = Set(filter.services.compactMap { tables.number(of: $0, in: body) })
                guard !services.isEmpty else { return [] }
                origins = try tables.isOrigin(of: services, body)
            }
            var matches: [Match] = []
            for (index, place) in places.enumerated() {
                if let range = filter.time, !range.contains(place.time) { continue }
                if filter.traceID != nil, place.flags & SegmentFormat.LogFlag.traceID == 0 { continue }
                if try isMatch(place, filter, masks, origins, body) { matches.append(Match(index: index, time: place.time)) }
            }
            return matches
        }
    }

    private func isMatch(
        _ place: Place, _ filter: LogFilter, _ masks: ConditionMasks, _ origins: [Bool]?, _ body: UnsafeRawBufferPointer
    ) throws -> Bool {
        var cursor = SegmentReadCursor(StoredTables.bytes(place.record, of: body))
        let severity = Severity(number: try cursor.index(below: Int(Int32.max) + 1))
        if let least = filter.minimumSeverity, severity < least { return false }
        if !filter.severities.isEmpty, !filter.severities.contains(severity) { return false }
        let origin = try cursor.index(below: tables.origins.count)
        if let origins, !origins[origin] { return false }
        guard masks.all != 0 || filter.traceID != nil else { return true }
        let text = try cursor.index(below: tables.bodies.count)
        var found: UInt64 = 0
        if masks.all != 0 {
            found = masks.origins[origin] | masks.bodies[text]
            found |= try masks.attributeMask(&cursor)
        } else {
            for _ in 0..<(try cursor.count(minimumBytes: 1)) { _ = try cursor.varint() }
        }
        if place.flags & SegmentFormat.LogFlag.observedTime != 0 { _ = try cursor.varint() }
        if place.flags & SegmentFormat.LogFlag.traceID != 0 {
            let traceID = TraceID(high: try cursor.fixed(), low: try cursor.fixed())
            if let wanted = filter.traceID, wanted != traceID { return false }
        }
        guard found != masks.all else { return true }
        if place.flags & SegmentFormat.LogFlag.spanID != 0 { _ = try cursor.fixed() }
        if place.flags & SegmentFormat.LogFlag.flags != 0 { _ = try cursor.varint() }
        if place.flags & SegmentFormat.LogFlag.severityText != 0 { found |= try masks.stringMask(&cursor) }
        if place.flags & SegmentFormat.LogFlag.eventName != 0 { found |= try masks.stringMask(&cursor) }
        return found == masks.all
    }

    // MARK: Decoding

    private func record(_ index: Int, _ body: UnsafeRawBufferPointer) throws -> LogRecord {
        let place = places[index]
        func has(_ flag: UInt16) -> Bool { place.flags & flag != 0 }
        var cursor = SegmentReadCursor(StoredTables.bytes(place.record, of: body))
        let severity = try cursor.index(below: Int(Int32.max) + 1)
        let origin = try tables.origin(try cursor.index(below: tables.origins.count), of: body)
        var record = LogRecord(
            id: LogID(segment: id, index: index), time: place.time, severityNumber: severity, service: origin.service,
            resource: origin.resource, scope: origin.scope)
        record.body = tables.value(tables.bodies[try cursor.index(below: tables.bodies.count)], of: body).decoded()
        record.attributes = try tables.attributes(&cursor, of: body)
        if has(SegmentFormat.LogFlag.hasTime) { record.givenTime = place.time }
        if has(SegmentFormat.LogFlag.observedTime) { record.observedTime = place.time &+ (try cursor.signed()) }
        if has(SegmentFormat.LogFlag.traceID) { record.traceID = TraceID(high: try cursor.fixed(), low: try cursor.fixed()) }
        if has(SegmentFormat.LogFlag.spanID) { record.spanID = SpanID(value: try cursor.fixed()) }
        if has(SegmentFormat.LogFlag.flags) { record.flags = try StoredTables.dropped(&cursor) }
        if has(SegmentFormat.LogFlag.severityText) { record.severityText = try tables.string(&cursor, of: body) }
        if has(SegmentFormat.LogFlag.eventName) { record.eventName = try tables.string(&cursor, of: body) }
        if has(SegmentFormat.LogFlag.dropped) { record.droppedAttributes = try StoredTables.dropped(&cursor) }
        return record
    }
}
