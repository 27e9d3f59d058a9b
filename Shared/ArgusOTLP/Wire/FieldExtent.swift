// Where in a message the occurrences of a repeated field lie.

/// From the first occurrence's tag to the end of the last one's body; other fields may lie between.
struct FieldExtent {
    private(set) var start: UnsafePointer<UInt8>?
    private(set) var end: UnsafePointer<UInt8>?
    private(set) var count = 0

    /// Counts an occurrence that begins at `start` (or a little later: only the first's matters) and ends at `end`.
    @inline(__always)
    mutating func add(from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>) {
        if count == 0 { self.start = start }
        self.end = end
        count += 1
    }

    @inline(__always)
    var bytes: UnsafeRawBufferPointer {
        guard let start, let end else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: start, count: end - start)
    }
}

/// Goes through the bodies of one length-delimited field, passing over the others; ends at what is malformed.
struct FieldIterator {
    private var reader: WireReader
    private let wanted: UInt32

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, tag: UInt32) {
        reader = WireReader(bytes)
        wanted = tag
    }

    @inline(__always)
    mutating func next() -> UnsafeRawBufferPointer? {
        do throws(WireError) {
            while !reader.atEnd {
                let tag = try reader.tag()
                if tag == wanted { return try reader.bytes() }
                try reader.skip(tag, depth: WireReader.depthLimit)
            }
        } catch {}
        return nil
    }
}
