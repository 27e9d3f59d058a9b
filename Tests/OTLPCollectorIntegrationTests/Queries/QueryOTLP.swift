// Encodes export requests from the protocol's field numbers, sharing nothing with the code under test.

import ArgusOTLP

@testable import OTLPCollector

enum QueryOTLP {
    /// Protobuf's wire format.
    struct Message {
        private(set) var bytes: [UInt8] = []

        mutating func varint(_ field: Int, _ value: UInt64) {
            append(UInt64(field << 3))
            append(value)
        }

        mutating func fixed64(_ field: Int, _ value: UInt64) {
            append(UInt64(field << 3 | 1))
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }

        mutating func data(_ field: Int, _ data: [UInt8]) {
            append(UInt64(field << 3 | 2))
            append(UInt64(data.count))
            bytes += data
        }

        mutating func text(_ field: Int, _ text: String) {
            data(field, Array(text.utf8))
        }

        private mutating func append(_ value: UInt64) {
            var rest = value
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
    }

    private static func message(_ build: (inout Message) -> Void) -> [UInt8] {
        var message = Message()
        build(&message)
        return message.bytes
    }

    /// An `ExportTraceServiceRequest`.
    static func traces(_ spans: [QueryWorld.Span]) -> [UInt8] {
        message { request in
            for (service, members) in groups(spans, by: \.service) {
                request.data(
                    1,
                    message { resourceSpans in
                        resourceSpans.data(1, resource(service))
                        resourceSpans.data(
                            2,
                            message { scopeSpans in
                                scopeSpans.data(1, scope)
                                for member in members { scopeSpans.data(2, span(member)) }
                            })
                    })
            }
        }
    }

    /// An `ExportLogsServiceRequest`.
    static func logs(_ logs: [QueryWorld.Log]) -> [UInt8] {
        message { request in
            for (service, members) in groups(logs, by: \.service) {
                request.data(
                    1,
                    message { resourceLogs in
                        resourceLogs.data(1, resource(service))
                        resourceLogs.data(
                            2,
                            message { scopeLogs in
                                scopeLogs.data(1, scope)
                                for member in members { scopeLogs.data(2, log(member)) }
                            })
                    })
            }
        }
    }

    private static func groups<Item>(_ items: [Item], by key: (Item) -> String) -> [(String, [Item])] {
        Dictionary(grouping: items, by: key).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static let scope = message { scope in
        scope.text(1, "test.scope")
        scope.text(2, "1.2.3")
    }

    private static func resource(_ service: String) -> [UInt8] {
        message { resource in
            for attribute in QueryWorld.resource(service) { resource.data(1, keyValue(attribute)) }
        }
    }

    private static func span(_ span: QueryWorld.Span) -> [UInt8] {
        message { message in
            message.data(1, span.traceID.bytes)
            message.data(2, span.spanID.bytes)
            if let parent = span.parent { message.data(4, parent.bytes) }
            message.text(5, span.operation)
            message.varint(6, UInt64(span.kind.rawValue))
            message.fixed64(7, UInt64(span.start))
            message.fixed64(8, UInt64(span.end))
            for attribute in span.attributes { message.data(9, keyValue(attribute)) }
            if let event = span.event {
                message.data(
                    11,
                    self.message {
                        $0.fixed64(1, UInt64(span.start + 5000))
                        $0.text(2, event)
                    })
            }
            message.data(
                15,
                self.message { status in
                    if span.isError {
                        status.text(2, span.message)
                        status.varint(3, 2)
                    }
                })
        }
    }

    private static func log(_ log: QueryWorld.Log) -> [UInt8] {
        message { message in
            message.fixed64(1, UInt64(log.time))
            message.varint(2, UInt64(log.severity))
            message.text(3, "level-\(log.severity)")
            message.data(5, value(.string(log.body)))
            for attribute in log.attributes { message.data(6, keyValue(attribute)) }
            if let traceID = log.traceID { message.data(9, traceID.bytes) }
            if let spanID = log.spanID { message.data(10, spanID.bytes) }
            message.fixed64(11, UInt64(log.time + 1000))
        }
    }

    private static func keyValue(_ attribute: Attribute) -> [UInt8] {
        message { message in
            message.text(1, attribute.key)
            message.data(2, value(attribute.value))
        }
    }

    private static func value(_ value: AnyValue) -> [UInt8] {
        message { message in
            switch value {
            case .empty: break
            case .string(let text): message.text(1, text)
            case .bool(let flag): message.varint(2, flag ? 1 : 0)
            case .int(let number): message.varint(3, UInt64(bitPattern: number))
            case .double(let number): message.fixed64(4, number.bitPattern)
            case .array(let elements):
                message.data(5, self.message { array in for element in elements { array.data(1, self.value(element)) } })
            case .keyValues(let members):
                message.data(6, self.message { list in for member in members { list.data(1, keyValue(member)) } })
            case .bytes(let bytes): message.data(7, bytes)
            }
        }
    }
}
