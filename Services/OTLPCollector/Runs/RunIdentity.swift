// Which run an observation is about, and which trace and span stand for it.

import ArgusOTLP
import Crypto

/// One execution of a client's workflow.
struct RunIdentity: Sendable, Hashable {
    let client: String
    let workflow: String
    let run: String
    /// The trace of the run: the same for every event of it, whenever and however often they come.
    let traceID: TraceID

    init(client: String, workflow: String, run: String) {
        self.client = client
        self.workflow = workflow
        self.run = run
        let (high, low) = Self.hash(["argus.run", client, workflow, run])
        traceID = TraceID(high: high, low: low | 1)
    }

    /// Names are the same byte by byte, as in the database, and not as Unicode sees them.
    static func == (left: RunIdentity, right: RunIdentity) -> Bool {
        left.traceID == right.traceID
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(traceID)
    }

    /// The span of the whole run.
    var rootSpanID: SpanID { spanID(["root"]) }

    /// The span of an attempt at a node.
    func spanID(node: String, attempt: Int64) -> SpanID {
        spanID(["step", node, String(attempt)])
    }

    /// The span that tells of an end which came after the root span was published.
    func correctionSpanID(end: String) -> SpanID {
        spanID(["end", end])
    }

    private func spanID(_ parts: [String]) -> SpanID {
        SpanID(value: Self.hash(["argus.span", client, workflow, run] + parts).high | 1)
    }

    /// The first 16 bytes of the SHA-256 of the parts, each after its length, so that no two lists are alike.
    private static func hash(_ parts: [String]) -> (high: UInt64, low: UInt64) {
        var hasher = SHA256()
        for part in parts {
            withUnsafeBytes(of: UInt32(part.utf8.count).bigEndian) { hasher.update(bufferPointer: $0) }
            hasher.update(data: Array(part.utf8))
        }
        let digest = Array(hasher.finalize())
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return (word(digest[0..<8]), word(digest[8..<16]))
    }
}
