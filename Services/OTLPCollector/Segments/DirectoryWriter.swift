// Encodes the directories of the traces of a segment, one after the other.

import ArgusOTLP

/// Writes what ``TraceDirectory`` reads, without making one.
struct DirectoryWriter: ~Copyable {
    /// All services of the segment, sorted.
    private let names: [String]
    private let lengths: [Int]
    /// Services of the present trace, as places in `names`, sorted; and the place in it of each.
    private var used: [Int32] = []
    private var places: [Int32]
    private var spans: ContiguousArray<SpanBatch.Entry> = []
    private var orphans: ContiguousArray<SpanBatch.Entry> = []
    /// The names of the services used last: most traces use the same.
    private var lastUsed: [Int32] = []
    private var lastNames: [String] = []

    init(services names: [String]) {
        self.names = names
        lengths = names.map(\.utf8.count)
        places = Array(repeating: -1, count: names.count)
    }

    mutating func add(_ span: SpanBatch.Entry, isOrphan: Bool) {
        spans.append(span)
        if isOrphan { orphans.append(span) }
        guard places[Int(span.service)] < 0 else { return }
        places[Int(span.service)] = 0
        used.append(span.service)
    }

    /// The directory of the spans since the last one, and the names of their services, sorted.
    mutating func finish() -> (bytes: [UInt8], services: [String]) {
        used.sort()
        var size = 32 + spans.count * 8 + orphans.count * 36 + (used.count > 1 ? spans.count * 5 : 0)
        for (place, service) in used.enumerated() {
            places[Int(service)] = Int32(place)
            size += lengths[Int(service)] + 5
        }
        var sink = ByteSink(capacity: size)
        sink.put(TraceDirectory.version)
        sink.putVarint(UInt64(used.count))
        for service in used {
            sink.putVarint(UInt64(lengths[Int(service)]))
            var name = names[Int(service)]
            name.withUTF8 { sink.put(UnsafeRawBufferPointer($0)) }
        }
        sink.putVarint(UInt64(spans.count))
        for span in spans { sink.putFixed(span.spanID.value) }
        if used.count > 1 {
            for span in spans { sink.putVarint(UInt64(places[Int(span.service)])) }
        }
        sink.putVarint(UInt64(orphans.count))
        for span in orphans {
            sink.putFixed(span.parentSpanID?.value ?? 0)
            sink.putVarint(UInt64(places[Int(span.service)]))
            sink.putFixed(span.start)
            sink.putVarint(UInt64(span.end - span.start) << 1 | (span.isError ? 1 : 0))
        }
        if used != lastUsed {
            lastUsed = used
            lastNames = used.map { names[Int($0)] }
        }
        for service in used { places[Int(service)] = -1 }
        used.removeAll(keepingCapacity: true)
        spans.removeAll(keepingCapacity: true)
        orphans.removeAll(keepingCapacity: true)
        return (sink.array(), lastNames)
    }
}
