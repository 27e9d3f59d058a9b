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

    /// Checks a whole request and counts its records. None of them is refused by itself (see `LogView`).
    /// - Throws: `OTLPError` for a malformed request.
    public static func validate(_ bytes: UnsafeRawBufferPointer) throws(OTLPError) -> Int {
        var records = 0
        try RequestWalker<LogView>.check(bytes) { _ in records += 1 }
        return records
    }

    /// The request as several of at most `maximumBytes`, in order; resource and scope are repeated in each. One that is small enough is
    /// returned as it stands.
    ///
    /// The request must be well formed (`validate`).
    /// - Throws: `OTLPError` if a record with its resource and scope is larger.
    public static func split(_ bytes: UnsafeRawBufferPointer, maximumBytes: Int) throws(OTLPError) -> [[UInt8]] {
        try RequestRewriter.split(bytes, maximumBytes: maximumBytes)
    }
}
