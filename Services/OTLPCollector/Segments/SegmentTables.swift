// The tables that the items of a segment refer to, while they are built.

import ArgusOTLP

/// Distinct strings, attributes, log bodies and origins (resource and scope) of a segment, and the terms of what can be searched.
///
/// An attribute is known by its encoded bytes, so one that was seen before costs a look-up and is not read.
struct SegmentTables: ~Copyable {
    private var strings = ByteInterner(slots: 1024)
    /// Whether the terms of a string were gathered.
    private var isSearchable: ContiguousArray<Bool> = []
    private var attributes = ByteInterner(slots: 8192)
    /// For each attribute the number of its key, and its value: what is stored.
    private var attributeTable = ByteSink(capacity: 1 << 16)
    private var bodies = ByteInterner(slots: 256)
    private var origins = ByteInterner(slots: 64)
    /// For each origin the name of its service as a string.
    private(set) var services: ContiguousArray<Int> = []
    private var scratch = ByteSink()
    private(set) var terms = TermCollector()
    /// Strings made of bytes, by number.
    private var texts: ContiguousArray<String?> = []

    init() {}

    // MARK: Numbers

    /// The number of a string that is not searched.
    mutating func string(_ bytes: UnsafeRawBufferPointer) -> Int {
        let (number, isNew) = strings.intern(bytes)
        if isNew { isSearchable.append(false) }
        return number
    }

    /// The number of a string whose terms are gathered.
    @inline(__always)
    mutating func text(_ bytes: UnsafeRawBufferPointer) -> Int {
        let number = strings.intern(bytes).number
        if number == isSearchable.count || !isSearchable[number] { gather(number, bytes) }
        return number
    }

    @inline(never)
    private mutating func gather(_ number: Int, _ bytes: UnsafeRawBufferPointer) {
        if number == isSearchable.count { isSearchable.append(true) } else { isSearchable[number] = true }
        terms.add(text: bytes)
    }

    /// The number of an encoded `KeyValue`.
    @inline(__always)
    mutating func attribute(_ encoded: UnsafeRawBufferPointer) -> Int {
        let (number, isNew) = attributes.intern(encoded)
        if isNew { add(encoded) }
        return number
    }

    @inline(never)
    private mutating func add(_ encoded: UnsafeRawBufferPointer) {
        let (key, value) = AttributesView.decode(encoded)
        let number = text(key)
        attributeTable.appendVarint(number)
        attributeTable.appendCounted(value.raw)
        terms.add(value)
    }

    /// The number of a log's body.
    mutating func body(_ value: AnyValueView) -> Int {
        let (number, isNew) = bodies.intern(value.raw)
        if isNew { terms.add(value) }
        return number
    }

    /// Writes a count and the numbers of attributes.
    @inline(__always)
    mutating func write(_ attributes: AttributesView, to sink: inout ByteSink) {
        let place = sink.count
        var count: UInt64 = 0
        sink.reserve(1)
        sink.put(0)
        attributes.forEachEncoded { encoded in
            sink.reserve(10)
            sink.putVarint(UInt64(attribute(encoded)))
            count += 1
        }
        if count < 0x80 {
            sink.base[place] = UInt8(count)
        } else {
            sink.widenVarint(at: place, to: count)
        }
    }

    // MARK: Origins

    /// The number of a resource and scope.
    mutating func origin(_ resource: ResourceView, _ scope: ScopeView) -> Int {
        let service = service(of: resource)
        var record = ByteSink(capacity: 256)
        record.appendVarint(service)
        write(resource.attributes, to: &record)
        record.appendVarint(Int(resource.droppedAttributesCount))
        record.appendVarint(string(resource.schemaURL))
        record.appendVarint(string(scope.name))
        record.appendVarint(string(scope.version))
        write(scope.attributes, to: &record)
        record.appendVarint(Int(scope.droppedAttributesCount))
        record.appendVarint(string(scope.schemaURL))
        let (number, isNew) = origins.intern(record.bytes)
        if isNew { services.append(service) }
        return number
    }

    /// The number of the service's name as a string.
    func service(ofOrigin number: Int) -> Int {
        services[number]
    }

    private mutating func service(of resource: ResourceView) -> Int {
        if let value = resource.attributes.first("service.name") {
            if value.kind == .string, !value.string.isEmpty { return text(value.string) }
            if let text = AttributeText.text(of: value.decoded()), !text.isEmpty { return number(of: text) }
        }
        return number(of: Resource.unknownService)
    }

    private mutating func number(of text: String) -> Int {
        Array(text.utf8).withUnsafeBytes { self.text($0) }
    }

    // MARK: Results

    /// The string with a number.
    mutating func string(_ number: Int) -> String {
        if texts.count <= number { texts.append(contentsOf: repeatElement(nil, count: strings.count - texts.count)) }
        if let text = texts[number] { return text }
        let text = String(decoding: strings.bytes(number), as: UTF8.self)
        texts[number] = text
        return text
    }

    /// Adds the term of a trace.
    mutating func addTerm(of traceID: TraceID) {
        withUnsafeTemporaryAllocation(byteCount: 33, alignment: 1) { term in
            term[0] = UInt8(ascii: "t")
            for index in 0..<32 {
                let word = index < 16 ? traceID.high : traceID.low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - index % 16 * 4)) & 0xF
                term[index + 1] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            terms.add(term: UnsafeRawBufferPointer(term))
        }
    }

    /// Writes the tables, each with its length and count: see ``SegmentFormat``.
    mutating func write(to sink: inout ByteSink) {
        Self.write(strings, to: &sink, through: &scratch)
        scratch.removeAll()
        scratch.appendVarint(attributes.count)
        scratch.append(attributeTable.bytes)
        sink.appendCounted(scratch.bytes)
        Self.write(bodies, to: &sink, through: &scratch)
        Self.write(origins, to: &sink, through: &scratch)
    }

    private static func write(_ table: borrowing ByteInterner, to sink: inout ByteSink, through scratch: inout ByteSink) {
        scratch.removeAll()
        scratch.appendVarint(table.count)
        for number in 0..<table.count { scratch.appendCounted(table.bytes(number)) }
        sink.appendCounted(scratch.bytes)
    }
}
