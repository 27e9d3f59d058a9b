// The tokenizer over raw bytes.

extension SearchTerms {
    /// Calls `body` with each term of a text (UTF-8), in order. The bytes are valid only during the call.
    static func forEach(in text: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard !text.isEmpty else { return }
        withUnsafeTemporaryAllocation(byteCount: maximumBytes, alignment: 8) { term in
            var scanner = TermScanner(text: text, term: term)
            while let term = scanner.next() { body(term) }
        }
    }
}

/// Finds terms one after the other.
struct TermScanner {
    private let text: UnsafeRawBufferPointer
    /// Where the present term is put together.
    private let term: UnsafeMutableRawBufferPointer
    private var position = 0
    private var length = 0
    /// Whether the present term has no room for more.
    private var isCut = false

    /// `term` has room for ``SearchTerms/maximumBytes`` bytes.
    init(text: UnsafeRawBufferPointer, term: UnsafeMutableRawBufferPointer) {
        self.text = text
        self.term = term
    }

    /// The next term, valid until the next call; nil at the end.
    mutating func next() -> UnsafeRawBufferPointer? {
        length = 0
        isCut = false
        while position < text.count {
            let byte = text[position]
            if byte < 0x80 {
                position += 1
                let lower = TermScanner.lowered(byte)
                if lower != 0 {
                    append(lower)
                } else if length > 0 {
                    break
                }
            } else if !takeScalar(), length > 0 {
                break
            }
        }
        return length > 0 ? UnsafeRawBufferPointer(rebasing: term[..<length]) : nil
    }

    /// An ASCII letter or digit in lower case; 0 for what is no part of a term.
    @inline(__always)
    private static func lowered(_ byte: UInt8) -> UInt8 {
        let lower = byte | 0x20
        if lower &- UInt8(ascii: "a") < 26 { return lower }
        return byte &- UInt8(ascii: "0") < 10 ? byte : 0
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        if length < term.count, !isCut {
            term[length] = byte
            length += 1
        } else {
            isCut = true
        }
    }

    /// Takes a scalar that is not ASCII; whether it is part of a term.
    private mutating func takeScalar() -> Bool {
        var end = position + 1
        while end < text.count, end < position + 4, text[end] & 0xC0 == 0x80 { end += 1 }
        let scalars = String(decoding: text[position..<end], as: UTF8.self).unicodeScalars
        position = end
        guard let scalar = scalars.first, SearchTerms.isPart(scalar) else { return false }
        let lower = scalar.properties.lowercaseMapping.utf8
        if !isCut, length + lower.count <= term.count {
            for byte in lower {
                term[length] = byte
                length += 1
            }
        } else {
            isCut = true
        }
        return true
    }
}
