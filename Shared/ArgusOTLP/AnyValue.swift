// The values of attributes and log bodies, decoded.

/// OTLP `AnyValue`.
///
/// Equality is that of the contents; a NaN equals nothing, itself included.
public indirect enum AnyValue: Sendable, Hashable {
    /// No value: the field was absent, or none of the known kinds.
    case empty
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([AnyValue])
    /// Keys are kept in order and as they came, repeated ones included.
    case keyValues([Attribute])
}

/// OTLP `KeyValue`.
public struct Attribute: Sendable, Hashable {
    /// The name.
    public var key: String
    /// The value.
    public var value: AnyValue

    /// An attribute.
    public init(_ key: String, _ value: AnyValue) {
        self.key = key
        self.value = value
    }

    /// An attribute whose value is a string.
    public init(_ key: String, _ value: String) {
        self.init(key, .string(value))
    }
}
