// Attributes and kinds of swift-distributed-tracing as OTLP has them.

import ArgusOTLP
import Tracing

extension SpanAttributes {
    /// In the order of their names; how many were beyond `limit`.
    func encoded(limit: Int) -> ([Attribute], UInt32) {
        guard !isEmpty else { return ([], 0) }
        var attributes: [Attribute] = []
        attributes.reserveCapacity(count)
        forEach { attributes.append(Attribute($0, $1.value)) }
        attributes.sort { $0.key < $1.key }
        let dropped = Swift.max(attributes.count - limit, 0)
        attributes.removeLast(dropped)
        return (attributes, UInt32(dropped))
    }
}

extension SpanAttribute {
    fileprivate var value: AnyValue {
        switch self {
        case .string(let text): .string(text)
        case .int32(let number): .int(Int64(number))
        case .int64(let number): .int(number)
        case .double(let number): .double(number)
        case .bool(let flag): .bool(flag)
        case .stringArray(let texts): .array(texts.map { .string($0) })
        case .int32Array(let numbers): .array(numbers.map { .int(Int64($0)) })
        case .int64Array(let numbers): .array(numbers.map { .int($0) })
        case .doubleArray(let numbers): .array(numbers.map { .double($0) })
        case .boolArray(let flags): .array(flags.map { .bool($0) })
        case .stringConvertible(let value): .string("\(value)")
        case .stringConvertibleArray(let values): .array(values.map { .string("\($0)") })
        default: .empty
        }
    }
}

extension SpanKind {
    /// OTLP `SpanKind`.
    var code: Int32 {
        switch self {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}
