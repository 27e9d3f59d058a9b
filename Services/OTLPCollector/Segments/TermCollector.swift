// Gathers the terms of a segment.

import ArgusOTLP

/// The distinct terms of texts and values. A caller gives each distinct text once: repeated values cost nothing.
struct TermCollector: ~Copyable {
    private var terms = ByteInterner(slots: 8192, separator: UInt8(ascii: " "))
    private var isTruncated = false
    /// Where a term is put together.
    private let scratch: UnsafeMutableRawBufferPointer

    init() {
        scratch = .allocate(byteCount: SearchTerms.maximumBytes, alignment: 8)
    }

    deinit {
        scratch.deallocate()
    }

    /// Adds the terms of a text.
    mutating func add(text: UnsafeRawBufferPointer) {
        var scanner = TermScanner(text: text, term: scratch)
        while let term = scanner.next() { add(term: term) }
    }

    /// Adds something that is a term.
    @inline(__always)
    mutating func add(term: UnsafeRawBufferPointer) {
        if isTruncated { return }
        if terms.intern(term).isNew, terms.count == SearchTerms.maximumCount - 1 || terms.text.count > Self.lastTextBytes { truncate() }
    }

    /// Beyond this another term of the greatest length and the last one may not fit.
    private static let lastTextBytes = SearchTerms.maximumTextBytes - 2 * (SearchTerms.maximumBytes + 1)

    private mutating func truncate() {
        isTruncated = true
        _ = Array(SearchTerms.overflow.utf8).withUnsafeBytes { terms.intern($0) }
    }

    /// Adds the terms of a value: those of strings, whole numbers and bools, also within arrays and maps, and of the maps' keys.
    mutating func add(_ value: AnyValueView) {
        switch value.kind {
        case .string: add(text: value.string)
        case .bool: add(text: value.bool ? "true" : "false")
        case .int: add(value.int)
        case .double:
            let text = AttributeText.text(of: value.double)
            if AttributeText.isIndexed(value: text) { add(text: text) }
        case .array: for element in value.elements { add(element) }
        case .keyValues:
            for (key, element) in value.keyValues {
                add(text: key)
                add(element)
            }
        case .empty, .bytes: break
        }
    }

    private mutating func add(text: String) {
        var copy = text
        copy.withUTF8 { add(text: UnsafeRawBufferPointer($0)) }
    }

    private mutating func add(_ number: Int64) {
        var rest = number.magnitude
        var start = 20
        repeat {
            start -= 1
            scratch[start] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        add(term: UnsafeRawBufferPointer(rebasing: scratch[start..<20]))
    }

    /// What was gathered.
    func finish() -> SegmentTerms {
        let text = terms.text
        let withoutLastSpace = UnsafeRawBufferPointer(rebasing: text[..<max(text.count - 1, 0)])
        return SegmentTerms(text: String(decoding: withoutLastSpace, as: UTF8.self), count: terms.count, isTruncated: isTruncated)
    }
}
