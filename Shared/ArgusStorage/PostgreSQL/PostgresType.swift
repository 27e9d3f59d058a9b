// The object identifiers of PostgreSQL's types that matter here (pg_type.dat; they never change).

import CPQ

/// Numbers of types.
enum PostgresType {
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let name: Oid = 19
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25
    static let oid: Oid = 26
    static let json: Oid = 114
    static let float4: Oid = 700
    static let float8: Oid = 701
    static let unknown: Oid = 705
    static let byteaArray: Oid = 1001
    static let textArray: Oid = 1009
    static let int8Array: Oid = 1016
    static let float8Array: Oid = 1022
    static let varchar: Oid = 1043
    static let numeric: Oid = 1700

    /// Whether this module reads the type's binary form.
    static func isBinary(_ type: Oid) -> Bool {
        switch type {
        case bool, bytea, name, int8, int2, int4, text, oid, json, float4, float8, unknown, varchar: true
        default: false
        }
    }
}

extension [UInt8] {
    /// Appends an integer in network order.
    mutating func appendBigEndian<I: FixedWidthInteger>(_ value: I) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
