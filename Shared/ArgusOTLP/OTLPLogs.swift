// Requests of the log service, read in place.

/// `ExportLogsServiceRequest` (opentelemetry-proto 1.x) in the protobuf wire format.
public enum OTLPLogs {
    /// Walks the records of a whole request, checking everything that generated protobuf code would check and accepting exactly what that
    /// accepts.
    ///
    /// The views are valid only inside `body`. A malformed part is reported when the walk reaches it, after the records before it: use
    /// `validate` first where that matters.
    /// - Throws: `OTLPError` for a malformed request; whatever `body` throws.
    public static func forEachRecord(
        in bytes: UnsafeRawBufferPointer, _ body: (_ resource: ResourceView, _ scope: ScopeView, _ record: LogView) throws -> Void
    ) throws {
        try RequestWalker<LogView>.walk(bytes, body)
    }
}
