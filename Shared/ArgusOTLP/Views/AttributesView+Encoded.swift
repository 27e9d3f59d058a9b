// Attributes as they are encoded, for those who know most of them by their bytes.

extension AttributesView {
    /// Calls `body` with each encoded `KeyValue`, in order, repeated keys included.
    ///
    /// Equal bytes are an equal attribute; an equal attribute may have other bytes.
    @inline(__always)
    public func forEachEncoded(_ body: (UnsafeRawBufferPointer) -> Void) {
        var fields = FieldIterator(bytes, tag: tag)
        while let attribute = fields.next() { body(attribute) }
    }

    /// The key and the value of an encoded `KeyValue`; what is malformed reads as if the message ended there.
    public static func decode(_ attribute: UnsafeRawBufferPointer) -> (key: UnsafeRawBufferPointer, value: AnyValueView) {
        var key = UnsafeRawBufferPointer(start: nil, count: 0)
        var value = UnsafeRawBufferPointer(start: nil, count: 0)
        var reader = WireReader(attribute)
        do throws(WireError) {
            while !reader.atEnd {
                let tag = try reader.tag()
                switch tag {
                case Tag.keyValueKey: key = try reader.bytes()
                case Tag.keyValueValue: value = try reader.bytes()
                default: try reader.skip(tag, depth: WireReader.depthLimit)
                }
            }
        } catch {}
        return (key, AnyValueView(encoded: value))
    }
}
