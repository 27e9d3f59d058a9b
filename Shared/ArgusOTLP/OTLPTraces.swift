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
}
