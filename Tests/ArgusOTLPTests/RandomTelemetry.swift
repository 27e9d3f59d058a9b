// Requests made at random, within the format and beyond it.

import ArgusOTLP
import TestSupport

/// Makes valid values; every field is left out now and then.
struct RandomTelemetry {
    var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    mutating func text() -> String {
        let words = [
            "", "a", "GET /orders", "http.request.method", "checkout", "größe", "数据库", "\u{0}", "🚨 alarm", "0123456789abcdef0123456789",
        ]
        var text = words[below(words.count)]
        if chance(5) { text += String(repeating: "x", count: below(300)) }
        return text
    }

    mutating func number() -> UInt64 {
        switch below(5) {
        case 0: 0
        case 1: UInt64(below(128))
        case 2: .max
        case 3: UInt64(Int64.max)
        default: .random(in: 0...UInt64.max, using: &generator)
        }
    }

    mutating func value(depth: Int = 0) -> AnyValue {
        switch below(depth < 4 ? 8 : 6) {
        case 0: .empty
        case 1: .string(text())
        case 2: .bool(chance(50))
        case 3: .int(Int64(bitPattern: number()))
        case 4: .double(chance(10) ? .infinity : Double(below(1000)) / 8)
        case 5: .bytes((0..<below(20)).map { UInt8($0) })
        case 6: .array((0..<below(4)).map { _ in value(depth: depth + 1) })
        default: .keyValues(attributes(below(4), depth: depth + 1))
        }
    }

    mutating func attributes(_ count: Int, depth: Int = 0) -> [Attribute] {
        (0..<count).map { _ in Attribute(text(), value(depth: depth)) }
    }

    mutating func traceID() -> TraceID { TraceID(high: number(), low: number() | 1) }
    mutating func spanID() -> SpanID { SpanID(value: number() | 1) }

    mutating func span() -> OTLPSpan {
        let start = UInt64(below(1 << 40))
        var span = OTLPSpan(
            traceID: traceID(), spanID: spanID(), parentSpanID: chance(50) ? spanID() : nil, name: text(), startTime: start,
            endTime: start + UInt64(below(1 << 20)))
        span.traceState = text()
        span.kind = Int32(below(7)) - 1
        span.flags = UInt32(truncatingIfNeeded: number())
        span.attributes = attributes(below(6))
        span.droppedAttributesCount = UInt32(truncatingIfNeeded: number())
        span.events = (0..<below(3)).map { _ in
            .init(time: number(), name: text(), attributes: attributes(below(3)), droppedAttributesCount: UInt32(below(3)))
        }
        span.droppedEventsCount = UInt32(below(3))
        span.links = (0..<below(3)).map { _ in
            .init(
                traceID: traceID(), spanID: spanID(), traceState: text(), attributes: attributes(below(3)),
                droppedAttributesCount: UInt32(below(3)), flags: UInt32(below(300)))
        }
        span.droppedLinksCount = UInt32(below(3))
        span.statusCode = Int32(below(4))
        span.statusMessage = text()
        return span
    }

    mutating func logRecord() -> OTLPLogRecord {
        var record = OTLPLogRecord(
            time: number(), observedTime: number(), severityNumber: Int32(below(26)), severityText: text(), body: value())
        record.attributes = attributes(below(5))
        record.droppedAttributesCount = UInt32(below(3))
        record.eventName = text()
        record.traceID = chance(50) ? traceID() : nil
        record.spanID = chance(50) ? spanID() : nil
        record.flags = UInt32(below(3))
        return record
    }

    mutating func groups<Item>(_ item: (inout RandomTelemetry) -> Item) -> [OTLPGroup<Item>] {
        (0..<(1 + below(2))).map { _ in
            OTLPGroup(
                resource: OTLPResource(attributes: attributes(below(3)), droppedAttributesCount: UInt32(below(2)), schemaURL: text()),
                scopes: (0..<(1 + below(2))).map { _ in
                    .init(
                        scope: OTLPScope(
                            name: text(), version: text(), attributes: attributes(below(2)), droppedAttributesCount: UInt32(below(2)),
                            schemaURL: text()),
                        items: (0..<(1 + below(3))).map { _ in item(&self) })
                })
        }
    }

    /// A metrics request; points are messages of a field or two.
    mutating func metrics() -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1) { writer in
            writer.message(2) { writer in
                for _ in 0..<(1 + below(3)) {
                    writer.message(2) { writer in
                        writer.string(1, text())
                        for _ in 0..<below(3) {
                            writer.message([5, 7, 9, 10, 11][below(5)]) { writer in
                                for _ in 0..<below(4) { writer.message(1) { $0.fixed64(3, number()) } }
                            }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }
}

/// Damages a message, or changes it so that it is still one.
struct Mutator {
    var random: RandomTelemetry

    mutating func mutate(_ bytes: [UInt8], with other: [UInt8]) -> [UInt8] {
        var copy = bytes
        for _ in 0...random.below(3) {
            guard !copy.isEmpty else { return copy }
            let place = random.below(copy.count)
            switch random.below(10) {
            case 0: copy[place] ^= UInt8(1 << random.below(8))
            case 1: copy[place] = UInt8(random.below(256))
            case 2: copy.removeLast(copy.count - place)
            case 3: copy.remove(at: place)
            case 4: copy.insert(UInt8(random.below(256)), at: place)
            case 5: copy.insert(contentsOf: bytes.prefix(random.below(bytes.count + 1)), at: place)
            case 6: copy += other
            case 7: copy.insert(contentsOf: group(), at: place)
            case 8: copy.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], at: place)
            default: copy = wrapped(copy)
            }
        }
        return copy
    }

    private mutating func group() -> [UInt8] {
        let number = UInt8(random.below(15) + 1)
        return [number << 3 | 3] + (random.chance(50) ? [0x08, 0x01] : []) + [number << 3 | 4]
    }

    /// The message as an unknown field of another.
    private mutating func wrapped(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.bytes(UInt32(random.below(40) + 1), bytes)
        return writer.bytes
    }
}
