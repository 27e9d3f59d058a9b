// What a look at a whole trace request found.

/// How many spans a well-formed request holds, and which of them are refused.
public struct SpanCheck: Sendable, Hashable {
    /// A span that is refused.
    public struct Invalid: Sendable, Hashable {
        /// Its zero-based place in the request, over all resources and scopes.
        public let index: Int
        /// Why.
        public let reason: InvalidSpan
        /// Where its encoded `Span` stands in the request.
        public let range: Range<Int>
    }

    /// All spans, the refused ones counted.
    public internal(set) var spans = 0
    /// The refused ones, in order.
    public internal(set) var invalid: [Invalid] = []

    /// How many are not refused.
    public var valid: Int { spans - invalid.count }
}
