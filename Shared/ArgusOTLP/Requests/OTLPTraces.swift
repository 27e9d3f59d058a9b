// Requests of the trace service, read in place.

/// `ExportTraceServiceRequest` (opentelemetry-proto 1.x) in the protobuf wire format.
public enum OTLPTraces {
    /// Walks the spans of a whole request, checking everything that generated protobuf code would check and accepting exactly what that
    /// accepts. Spans that are well formed but refused have `invalid` set.
    ///
    /// The views are valid only inside `body`. A malformed part is reported when the walk reaches it, after the spans before it: use
    /// `validate` first where that matters.
    /// - Throws: `OTLPError` for a malformed request; whatever `body` throws.
    public static func forEachSpan(
        in bytes: UnsafeRawBufferPointer, _ body: (_ resource: ResourceView, _ scope: ScopeView, _ span: SpanView) throws -> Void
    ) throws {
        try RequestWalker<SpanView>.walk(bytes, body)
    }

    /// Checks a whole request and counts its spans.
    /// - Throws: `OTLPError` for a malformed request.
    public static func validate(_ bytes: UnsafeRawBufferPointer) throws(OTLPError) -> SpanCheck {
        var result = SpanCheck()
        try RequestWalker<SpanView>.check(bytes) { span in
            if let reason = span.invalid {
                let start = Int(bitPattern: span.bytes.baseAddress) - Int(bitPattern: bytes.baseAddress)
                result.invalid.append(.init(index: result.spans, reason: reason, range: start..<(start + span.bytes.count)))
            }
            result.spans += 1
        }
        return result
    }

    /// The request without the spans that its check refused. Resources and scopes that are left without spans go too.
    public static func removing(_ check: SpanCheck, from bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let refused = Set(check.invalid.map(\.index))
        return RequestRewriter.filtered(bytes) { !refused.contains($0) }
    }

    /// Only the spans that the request's check refused, under their resources and scopes: what `removing` left out.
    public static func keepingOnly(_ check: SpanCheck, from bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let refused = Set(check.invalid.map(\.index))
        return RequestRewriter.filtered(bytes) { refused.contains($0) }
    }

    /// The request as several of at most `maximumBytes`, in order; resource and scope are repeated in each. One that is small enough is
    /// returned as it stands.
    ///
    /// The request must be well formed (`validate`).
    /// - Throws: `OTLPError` if a span with its resource and scope is larger.
    public static func split(_ bytes: UnsafeRawBufferPointer, maximumBytes: Int) throws(OTLPError) -> [[UInt8]] {
        try RequestRewriter.split(bytes, maximumBytes: maximumBytes)
    }
}
