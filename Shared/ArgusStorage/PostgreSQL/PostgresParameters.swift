// Parameters as libpq takes them.

import CPQ

/// Values encoded one after the other in one buffer.
struct PostgresParameters {
    /// What each parameter is declared as; 0 lets the server decide, as for a literal, and nil is a NULL that fits any.
    private(set) var types: [Oid?] = []
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// Encodes values. Texts are untyped, so that they fit columns of any type.
    init(_ values: [SQLValue]) throws(StorageError) {
        for (index, value) in values.enumerated() {
            switch value {
            case .null:
                types.append(nil)
                offsets.append(nil)
                lengths.append(0)
                formats.append(0)
            case .integer(let integer):
                append(type: PostgresType.int8) { $0.appendBigEndian(integer) }
            case .real(let real):
                guard !real.isNaN else { throw StorageError(.invalidValue, "parameter \(index) is not a number") }
                append(type: PostgresType.float8) { $0.appendBigEndian(real.bitPattern) }
            case .text(let text):
                append(type: 0, isText: true) {
                    $0.append(contentsOf: text.storable.utf8)
                    $0.append(0)
                }
            case .blob(let blob):
                append(type: PostgresType.bytea) { $0.append(contentsOf: blob) }
            }
        }
    }

    /// Parameters in a binary form.
    init(binary values: [[UInt8]]) {
        for value in values { append(type: 0) { $0.append(contentsOf: value) } }
    }

    private mutating func append(type: Oid, isText: Bool = false, _ encode: (inout [UInt8]) -> Void) {
        let start = bytes.count
        encode(&bytes)
        types.append(type)
        offsets.append(start)
        lengths.append(Int32(clamping: bytes.count - start))
        formats.append(isText ? 0 : 1)
    }

    /// Lends pointers to the values, their lengths and formats.
    func withPointers<R>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> R
    ) -> R {
        // An empty value needs an address too: NULL would mean SQL's NULL.
        let padded = bytes.isEmpty ? [0] : bytes
        return padded.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { characters in
                let pointers = offsets.map { offset in
                    offset.flatMap { offset in characters.baseAddress.map { UnsafePointer($0 + offset) } }
                }
                return pointers.withUnsafeBufferPointer { values in
                    lengths.withUnsafeBufferPointer { lengths in
                        formats.withUnsafeBufferPointer { formats in
                            body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                        }
                    }
                }
            }
        }
    }
}
