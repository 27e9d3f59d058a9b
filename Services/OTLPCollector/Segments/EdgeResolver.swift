// Finds calls between services whose two spans came in different batches.

import ArgusOTLP

/// A call: a span whose parent is in another service. Its start, duration and outcome are those of the called span.
struct Edge: Sendable, Hashable {
    var caller: String
    var callee: String
    /// Unix nanoseconds.
    var start: Int64
    /// Nanoseconds.
    var duration: Int64
    var isError: Bool
}

/// What the earlier parts of one trace hold.
///
/// However the spans of a trace are cut into parts, and in whatever order these come, the edges within the parts (in
/// ``SealedSegment/rollups``) and
/// those found here for each part against all before it are together all edges of the trace, each once.
struct EdgeResolver: Sendable {
    /// Service of a span of an earlier part.
    private var services: [SpanID: String] = [:]
    /// Spans of earlier parts whose parent was not in their part, by the parent.
    private var orphans: [SpanID: [Edge]] = [:]

    /// Reads the directories of all earlier parts of the trace; throws ``SegmentError`` if one is damaged.
    init(earlier directories: [[UInt8]]) throws {
        for bytes in directories { add(try TraceDirectory(decoding: bytes)) }
    }

    /// Whether an earlier part has this span: then it must not be stored again.
    func contains(_ spanID: SpanID) -> Bool {
        services[spanID] != nil
    }

    /// The edges between a new part (whose spans are none of the earlier ones) and the earlier parts, in both directions.
    func edges(of part: TraceDirectory) -> [Edge] {
        var edges: [Edge] = []
        for orphan in part.orphans {
            guard let caller = services[orphan.parent] else { continue }
            let callee = part.services[orphan.service]
            guard caller != callee else { continue }
            edges.append(
                Edge(caller: caller, callee: callee, start: orphan.start, duration: orphan.duration, isError: orphan.isError))
        }
        guard !orphans.isEmpty else { return edges }
        for span in part.spans {
            let caller = part.services[span.service]
            for var edge in orphans[span.spanID] ?? [] where edge.callee != caller {
                edge.caller = caller
                edges.append(edge)
            }
        }
        return edges
    }

    private mutating func add(_ part: TraceDirectory) {
        for span in part.spans { services[span.spanID] = part.services[span.service] }
        for orphan in part.orphans {
            let callee = part.services[orphan.service]
            orphans[orphan.parent, default: []].append(
                Edge(caller: "", callee: callee, start: orphan.start, duration: orphan.duration, isError: orphan.isError))
        }
    }
}
