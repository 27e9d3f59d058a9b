// Members of objects, each with its name and its value in one call.

extension JSONWriter {
    /// A member with a text; null where there is none.
    public mutating func string(_ name: StaticString, _ value: String?) {
        key(name)
        string(value)
    }

    /// A member with a whole number.
    public mutating func integer(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }

    /// A member with a number.
    public mutating func double(_ name: StaticString, _ value: Double) {
        key(name)
        double(value)
    }

    /// A member with a truth value.
    public mutating func bool(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// A member with a time; null where there is none.
    public mutating func timestamp(_ name: StaticString, _ value: Timestamp?) {
        key(name)
        timestamp(value)
    }

    /// A member with a value that is JSON already.
    public mutating func raw(_ name: StaticString, _ json: some Collection<UInt8>) {
        key(name)
        raw(json)
    }

    /// A member with a value that is JSON already; null where there is none.
    public mutating func raw(_ name: StaticString, _ json: RawJSON?) {
        key(name)
        raw(json)
    }

    /// A member with an array.
    public mutating func array<Element>(
        _ name: StaticString, _ elements: some Sequence<Element>, _ write: (inout JSONWriter, Element) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements { write(&self, element) }
        endArray()
    }

    /// A member with an object.
    public mutating func object(_ name: StaticString, _ write: (inout JSONWriter) -> Void) {
        key(name)
        object(write)
    }

    /// An object.
    public mutating func object(_ write: (inout JSONWriter) -> Void) {
        beginObject()
        write(&self)
        endObject()
    }
}
