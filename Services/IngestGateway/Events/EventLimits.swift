// How large an event and its parts may be.

/// Limits that every door shares.
enum EventLimits {
    /// Characters (Unicode scalars).
    static let summary = 1024
    /// Characters of `class`, `source` and `component`.
    static let label = 255
    static let dedupKey = 255
    /// Characters of the name of who acknowledges.
    static let actor = 255
    /// Bytes of JSON.
    static let details = 64 * 1024
    /// Bytes of JSON.
    static let links = 16 * 1024
    /// Bytes of a request that holds one event.
    static let singleBody = 256 * 1024
    /// Bytes of a request that holds many.
    static let batchBody = 5 * 1024 * 1024
    /// Events in one request.
    static let batchEvents = 1000
}
