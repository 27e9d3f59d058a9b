// What a span or a log record must be like to be found.

import ArgusOTLP

/// Conditions on spans. All that are given must hold on one span.
struct SpanFilter: Sendable, Hashable {
    /// An attribute of the span or of its resource. The value is compared in its text form (see ``AttributeText``); an array also has each
    /// of its elements.
    struct Attribute: Sendable, Hashable {
        var key: String
        var value: String
    }

    /// More conditions than this (attributes and words together) are not looked at.
    static let maximumConditions = 64

    var service: String?
    var operation: String?
    var attributes: [Attribute] = []
    /// Each must be in the span's name, status message, attributes, events, links, resource or service; one that ends in `*` is the
    /// beginning of a word. See ``SearchTerms``.
    var words: [String] = []
    var status: SpanStatus.Code?
    /// Whether the status is `error`.
    var isError: Bool?
    var kind: SpanKind?
    /// Limits of the span's duration in nanoseconds, both inclusive.
    var minimumDuration: Int64?
    var maximumDuration: Int64?
    /// The span's start, unix nanoseconds.
    var start: Range<Int64>?

    /// Terms that a segment with a matching span has, for the text index. A segment without one of them need not be opened, unless it has
    /// ``SearchTerms/overflow``.
    var terms: [SearchTerm] {
        SearchTerms.needed(words: words, attributes: attributes, texts: [service, operation].compactMap(\.self))
    }
}

/// Conditions on log records. All that are given must hold.
struct LogFilter: Sendable, Hashable {
    /// Any of them; any service if empty.
    var services: Set<String> = []
    var minimumSeverity: Severity?
    /// Exactly these; any severity if empty.
    var severities: Set<Severity> = []
    /// Each must be in the body, the attributes, the event name, the severity's text, the resource or the service; one that ends in `*` is
    /// the beginning of a word. See ``SearchTerms``.
    var words: [String] = []
    var traceID: TraceID?
    /// The record's time, unix nanoseconds.
    var time: Range<Int64>?

    /// Terms that a segment with a matching record has, for the text index. A segment without one of them need not be opened, unless it
    /// has ``SearchTerms/overflow``.
    var terms: [SearchTerm] {
        var terms = SearchTerms.needed(words: words, attributes: [], texts: services.count == 1 ? Array(services) : [])
        if let traceID { terms.append(SearchTerm(text: SearchTerms.term(of: traceID), isPrefix: false)) }
        return terms
    }
}
