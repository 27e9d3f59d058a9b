// The headers of a message.

/// Names and values in order; names are case-sensitive, as in NATS.
public struct MessageHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral, Sequence {
    private var pairs: [(name: String, value: String)] = []

    /// No headers.
    public init() {}

    /// The headers `elements`; of a repeated name the last counts.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// The value of `name`; setting nil removes it.
    public subscript(name: String) -> String? {
        get { pairs.first { $0.name == name }?.value }
        set {
            let index = pairs.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): pairs[index].value = value
            case (let index?, nil): pairs.remove(at: index)
            case (nil, let value?): pairs.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// Whether there are none.
    public var isEmpty: Bool { pairs.isEmpty }

    /// How many there are.
    public var count: Int { pairs.count }

    /// Names and values in order.
    public func makeIterator() -> IndexingIterator<[(name: String, value: String)]> {
        pairs.makeIterator()
    }

    /// Equal names and values in equal order.
    public static func == (lhs: MessageHeaders, rhs: MessageHeaders) -> Bool {
        lhs.pairs.count == rhs.pairs.count && zip(lhs.pairs, rhs.pairs).allSatisfy { $0 == $1 }
    }

    /// Bytes on the wire (NATS ADR-4).
    var encodedSize: Int {
        isEmpty ? 0 : pairs.reduce(14) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }

    /// Throws where a name or value could not be told from the next header.
    func validate() throws(BusError) {
        for (name, value) in pairs {
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }) else {
                throw BusError(.invalidArgument, "\"\(name)\" cannot be the name of a header")
            }
            guard value.utf8.allSatisfy({ $0 != 0x0A && $0 != 0x0D && $0 != 0 }) else {
                throw BusError(.invalidArgument, "the value of the header \(name) holds a line break")
            }
        }
    }
}
