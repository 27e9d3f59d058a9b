// How times, durations and attributes look in answers.

import ArgusOTLP
import ArgusShared

extension JSONWriter {
    /// Members `name` (RFC 3339 with milliseconds) and `name_ns` (unix nanoseconds, a string because JSON numbers are not exact).
    mutating func time(_ name: String, _ nanoseconds: Int64) {
        key(name)
        timestamp(Timestamp(milliseconds: RollupRange.floor(nanoseconds, 1_000_000) / 1_000_000))
        key("\(name)_ns")
        string(String(nanoseconds))
    }

    /// A member with a time in whole seconds.
    mutating func time(_ name: StaticString, seconds: Int64) {
        key(name)
        timestamp(Timestamp(milliseconds: seconds * 1000))
    }

    /// A member with a duration in microseconds; whole ones are written without a fraction.
    mutating func microseconds(_ name: StaticString, _ nanoseconds: Int64) {
        key(name)
        if nanoseconds % 1000 == 0 { integer(nanoseconds / 1000) } else { double(Double(nanoseconds) / 1000) }
    }

    /// A member with a number, rounded to six digits after the point.
    mutating func number(_ name: StaticString, _ value: Double) {
        key(name)
        double((value * 1e6).rounded() / 1e6)
    }

    /// A member with attributes as an object; of a key that repeats, the last value.
    mutating func attributes(_ name: StaticString, _ attributes: [Attribute]) {
        key(name)
        beginObject()
        for (index, attribute) in attributes.enumerated() {
            // A few attributes are compared faster than hashed.
            if attributes[(index + 1)...].contains(where: { $0.key == attribute.key }) { continue }
            key(attribute.key)
            value(attribute.value)
        }
        endObject()
    }

    /// A value of an attribute or a body: text, numbers and truth values as in JSON, bytes in base64, integers beyond 2^53 as text.
    mutating func value(_ value: AnyValue) {
        switch value {
        case .empty: null()
        case .string(let text): string(text)
        case .bool(let flag): bool(flag)
        case .int(let number):
            if number.magnitude <= 1 << 53 { integer(number) } else { string(String(number)) }
        case .double(let number):
            if number.isFinite { double(number) } else { string(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity") }
        case .bytes(let bytes): string(Base64.encode(bytes))
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .keyValues(let members):
            beginObject()
            for (index, member) in members.enumerated() where !members[(index + 1)...].contains(where: { $0.key == member.key }) {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }
}
