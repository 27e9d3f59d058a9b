// What must be known of a part of a trace when a later part arrives.

import ArgusOTLP

/// The spans of one trace in one segment: which they are, their services, and those whose parent is elsewhere.
struct TraceDirectory: Sendable, Hashable {
    struct Span: Sendable, Hashable {
        var spanID: SpanID
        /// Index in `services`.
        var service: Int
    }

    /// A span that has a parent, but not in this part.
    struct Orphan: Sendable, Hashable {
        var parent: SpanID
        /// Index in `services`.
        var service: Int
        /// Unix nanoseconds.
        var start: Int64
        /// Nanoseconds.
        var duration: Int64
        var isError: Bool
    }

    var services: [String] = []
    var spans: [Span] = []
    var orphans: [Orphan] = []

    init(services: [String] = [], spans: [Span] = [], orphans: [Orphan] = []) {
        self.services = services
        self.spans = spans
        self.orphans = orphans
    }
}

// MARK: - Encoding

/// Format, integers as varints, identifiers and times as 8 bytes, least significant first: version; services (count; each length, UTF-8);
/// spans (count; all identifiers;
/// all services, absent if there is one service only); orphans (count; each parent, service, start, duration * 2 + error).
extension TraceDirectory {
    static let version: UInt8 = 1

    func encode() -> [UInt8] {
        var bytes = [Self.version]
        bytes.appendVarint(UInt64(services.count))
        for service in services {
            bytes.appendVarint(UInt64(service.utf8.count))
            bytes.append(contentsOf: service.utf8)
        }
        bytes.appendVarint(UInt64(spans.count))
        for span in spans { bytes.appendFixed(span.spanID.value) }
        if services.count > 1 {
            for span in spans { bytes.appendVarint(UInt64(span.service)) }
        }
        bytes.appendVarint(UInt64(orphans.count))
        for orphan in orphans {
            bytes.appendFixed(orphan.parent.value)
            bytes.appendVarint(UInt64(orphan.service))
            bytes.appendFixed(UInt64(bitPattern: orphan.start))
            bytes.appendVarint(UInt64(bitPattern: orphan.duration) << 1 | (orphan.isError ? 1 : 0))
        }
        return bytes
    }

    /// Reads what ``encode()`` wrote; throws ``SegmentError`` for anything else.
    init(decoding bytes: [UInt8]) throws {
        self.init()
        try bytes.withUnsafeBytes { raw in
            var reader = SegmentReadCursor(raw)
            guard try reader.byte() == Self.version else { throw SegmentError("a trace directory of an unknown version") }
            services = try reader.array(minimumBytes: 1) { try $0.string() }
            let count = try reader.count(minimumBytes: 8)
            spans.reserveCapacity(count)
            for _ in 0..<count { spans.append(Span(spanID: SpanID(value: try reader.fixed()), service: 0)) }
            guard count == 0 || !services.isEmpty else { throw SegmentError("a trace directory without services") }
            if services.count > 1 {
                for index in 0..<count { spans[index].service = try reader.index(below: services.count) }
            }
            orphans = try reader.array(minimumBytes: 18) { reader in
                let parent = SpanID(value: try reader.fixed())
                let service = try reader.index(below: services.count)
                let start = Int64(bitPattern: try reader.fixed())
                let duration = try reader.varint()
                return Orphan(
                    parent: parent, service: service, start: start, duration: Int64(duration >> 1), isError: duration & 1 == 1)
            }
            guard reader.isAtEnd else { throw SegmentError("a trace directory is followed by other bytes") }
        }
    }
}
