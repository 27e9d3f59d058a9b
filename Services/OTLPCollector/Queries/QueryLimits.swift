// How much work one question may make.

/// Bounds of a search. What is left out is said in the answer as `truncated`.
struct QueryLimits: Sendable {
    /// Lists that are not sorted by start, or are filtered, look at about the newest so many traces of the range.
    var traces = 100_000
    /// A search gives up after so many segments, or so long.
    var segments = 10_000
    var patience: Duration = .seconds(5)
}
