// Encodes log records as they are read.

import ArgusOTLP

/// Takes log records one after the other; ``finish()`` makes the segment.
struct LogEncoder: ~Copyable {
    private struct Item {
        var time: Int64
        var flags: UInt16
        /// What follows the time, in `tails`.
        var tail: Range<Int>
    }

    private var tables = SegmentTables()
    private var tails = ByteSink(capacity: 1 << 16)
    private var items: ContiguousArray<Item> = []
    /// Buckets, services and severities, and how many records have them.
    private var keys = KeyInterner(slots: 64)
    private var counts: ContiguousArray<Int64> = []
    private var scopeIndex = -1
    private var origin = 0
    private var lastTraceID: TraceID?

    init() {
        items.reserveCapacity(1024)
    }

    var count: Int { items.count }

    /// Takes the records of a message. Throws `OTLPError` if it is not well formed: then a part of them was taken.
    mutating func add(_ message: UnsafeRawBufferPointer, published: Int64) throws {
        scopeIndex = -1
        try OTLPLogs.forEachRecord(in: message) { resource, scope, record in
            if scope.index != scopeIndex {
                scopeIndex = scope.index
                origin = tables.origin(resource, scope)
            }
            add(record, published)
        }
    }

    private mutating func add(_ record: LogView, _ published: Int64) {
        // 0 is unknown, and later than 2262 is no time either.
        let given = Int64(exactly: record.time) ?? 0
        let observed = Int64(exactly: record.observedTime) ?? 0
        let time = given != 0 ? given : observed != 0 ? observed : published
        var flags = given != 0 ? SegmentFormat.LogFlag.hasTime : 0
        let start = tails.count
        tails.reserve(20)
        tails.putVarint(UInt64(max(record.severityNumber, 0)))
        tails.putVarint(UInt64(origin))
        tails.appendVarint(tables.body(record.body))
        tables.write(record.attributes, to: &tails)
        if observed != 0 {
            flags |= SegmentFormat.LogFlag.observedTime
            tails.reserve(10)
            tails.putSigned(observed &- time)
        }
        writeIDs(record, &flags)
        writeRest(record, &flags)
        items.append(Item(time: time, flags: flags, tail: start..<tails.count))
        count(time, record)
    }

    private mutating func writeIDs(_ record: LogView, _ flags: inout UInt16) {
        tails.reserve(24)
        if let traceID = record.traceID {
            flags |= SegmentFormat.LogFlag.traceID
            tails.putFixed(traceID.high)
            tails.putFixed(traceID.low)
            if traceID != lastTraceID {
                lastTraceID = traceID
                tables.addTerm(of: traceID)
            }
        }
        if let spanID = record.spanID {
            flags |= SegmentFormat.LogFlag.spanID
            tails.putFixed(spanID.value)
        }
    }

    private mutating func writeRest(_ record: LogView, _ flags: inout UInt16) {
        if record.flags != 0 {
            flags |= SegmentFormat.LogFlag.flags
            tails.appendVarint(Int(record.flags))
        }
        if !record.severityText.isEmpty {
            flags |= SegmentFormat.LogFlag.severityText
            tails.appendVarint(tables.text(record.severityText))
        }
        if !record.eventName.isEmpty {
            flags |= SegmentFormat.LogFlag.eventName
            tails.appendVarint(tables.text(record.eventName))
        }
        if record.droppedAttributesCount != 0 {
            flags |= SegmentFormat.LogFlag.dropped
            tails.appendVarint(Int(record.droppedAttributesCount))
        }
    }

    private mutating func count(_ time: Int64, _ record: LogView) {
        let severity = Severity(number: Int(record.severityNumber)).rawValue
        let key = UInt64(tables.service(ofOrigin: origin)) << 8 | UInt64(severity)
        let (number, isNew) = keys.intern(UInt64(bitPattern: RollupDelta.bucket(of: time)), key)
        if isNew { counts.append(0) }
        counts[number] += 1
    }

    // MARK: Result

    mutating func finish() -> SealedSegment {
        var segment = SealedSegment(count: items.count)
        guard !items.isEmpty else { return segment }
        let order = order()
        segment.minTime = items[order[0]].time
        segment.maxTime = items[order[order.count - 1]].time
        segment.body = body(order, segment.minTime)
        segment.terms = tables.terms.finish()
        for number in 0..<keys.count {
            let key = keys.keys[number]
            let service = tables.string(Int(key.second >> 8))
            let severity = Severity(rawValue: Int(key.second & 0xFF)) ?? .unspecified
            segment.rollups.logs[.init(bucket: Int64(bitPattern: key.first), service: service, severity: severity)] = counts[number]
        }
        return segment
    }

    /// Items by time; those of the same time as they arrived.
    private func order() -> [Int] {
        var order = Array(items.indices)
        var isSorted = true
        for index in items.indices.dropFirst() where items[index - 1].time > items[index].time { isSorted = false }
        if !isSorted { order.sort { (items[$0].time, $0) < (items[$1].time, $1) } }
        return order
    }

    private mutating func body(_ order: [Int], _ minTime: Int64) -> [UInt8] {
        var records = ByteSink(capacity: tails.count + items.count * 16)
        var previous = minTime
        var head = ByteSink(capacity: 16)
        for index in order {
            let item = items[index]
            head.removeAll()
            head.putFixed(item.flags)
            head.putVarint(UInt64(bitPattern: item.time &- previous))
            previous = item.time
            records.appendVarint(head.count + item.tail.count)
            records.append(head.bytes)
            records.append(UnsafeRawBufferPointer(rebasing: tails.bytes[item.tail]))
        }
        var sink = ByteSink(capacity: records.count + (1 << 16))
        sink.append(SegmentFormat.version)
        sink.append(UInt8(OTLPSignal.logs.rawValue))
        sink.appendVarint(items.count)
        sink.reserve(8)
        sink.putFixed(minTime)
        tables.write(to: &sink)
        sink.appendVarint(records.count)
        sink.append(records.bytes)
        return sink.array()
    }
}
