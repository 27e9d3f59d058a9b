// Spans, log records and values from JSON.

import ArgusShared

extension JSONReader {
    mutating func span(to writer: inout ProtobufWriter) throws {
        try members(to: &writer) { reader, key, writer in
            switch key {
            case "traceId": writer.bytes(1, try reader.readHex())
            case "spanId": writer.bytes(2, try reader.readHex())
            case "traceState": writer.string(3, try reader.readString())
            case "parentSpanId": writer.bytes(4, try reader.readHex())
            case "name": writer.string(5, try reader.readString())
            case "kind": writer.varint(6, try reader.readEnum(EnumNames.spanKind))
            case "startTimeUnixNano": writer.fixed64(7, try reader.readUInt64())
            case "endTimeUnixNano": writer.fixed64(8, try reader.readUInt64())
            case "attributes": try reader.attributes(9, to: &writer)
            case "droppedAttributesCount": writer.varint(10, UInt64(try reader.readUInt32()))
            case "events": try reader.messages(11, to: &writer) { try $0.event(to: &$1) }
            case "droppedEventsCount": writer.varint(12, UInt64(try reader.readUInt32()))
            case "links": try reader.messages(13, to: &writer) { try $0.link(to: &$1) }
            case "droppedLinksCount": writer.varint(14, UInt64(try reader.readUInt32()))
            case "status": try reader.message(15, to: &writer) { try $0.status(to: &$1) }
            case "flags": writer.fixed32(16, try reader.readUInt32())
            default: try reader.skipValue()
            }
        }
    }

    private mutating func event(to writer: inout ProtobufWriter) throws {
        try members(to: &writer) { reader, key, writer in
            switch key {
            case "timeUnixNano": writer.fixed64(1, try reader.readUInt64())
            case "name": writer.string(2, try reader.readString())
            case "attributes": try reader.attributes(3, to: &writer)
            case "droppedAttributesCount": writer.varint(4, UInt64(try reader.readUInt32()))
            default: try reader.skipValue()
            }
        }
    }

    private mutating func link(to writer: inout ProtobufWriter) throws {
        try members(to: &writer) { reader, key, writer in
            switch key {
            case "traceId": writer.bytes(1, try reader.readHex())
            case "spanId": writer.bytes(2, try reader.readHex())
            case "traceState": writer.string(3, try reader.readString())
            case "attributes": try reader.attributes(4, to: &writer)
            case "droppedAttributesCount": writer.varint(5, UInt64(try reader.readUInt32()))
            case "flags": writer.fixed32(6, try reader.readUInt32())
            default: try reader.skipValue()
            }
        }
    }

    private mutating func status(to writer: inout ProtobufWriter) throws {
        try members(to: &writer) { reader, key, writer in
            switch key {
            case "message": writer.string(2, try reader.readString())
            case "code": writer.varint(3, try reader.readEnum(EnumNames.statusCode))
            default: try reader.skipValue()
            }
        }
    }

    mutating func logRecord(to writer: inout ProtobufWriter) throws {
        try members(to: &writer) { reader, key, writer in
            switch key {
            case "timeUnixNano": writer.fixed64(1, try reader.readUInt64())
            case "severityNumber": writer.varint(2, try reader.readEnum(EnumNames.severityNumber))
            case "severityText": writer.string(3, try reader.readString())
            case "body": try reader.message(5, to: &writer) { try $0.anyValue(to: &$1) }
            case "attributes": try reader.attributes(6, to: &writer)
            case "droppedAttributesCount": writer.varint(7, UInt64(try reader.readUInt32()))
            case "flags": writer.fixed32(8, try reader.readUInt32())
            case "traceId": writer.bytes(9, try reader.readHex())
            case "spanId": writer.bytes(10, try reader.readHex())
            case "observedTimeUnixNano": writer.fixed64(11, try reader.readUInt64())
            case "eventName": writer.string(12, try reader.readString())
            default: try reader.skipValue()
            }
        }
    }

    mutating func attributes(_ field: UInt32, to writer: inout ProtobufWriter) throws {
        try messages(field, to: &writer) { reader, writer in
            try reader.members(to: &writer) { reader, key, writer in
                switch key {
                case "key": writer.string(1, try reader.readString())
                case "value": try reader.message(2, to: &writer) { try $0.anyValue(to: &$1) }
                default: try reader.skipValue()
                }
            }
        }
    }

    private mutating func anyValue(to writer: inout ProtobufWriter) throws {
        var isSet = false
        try members(to: &writer) { reader, key, writer in
            switch key {
            case "stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue":
                guard !isSet else { throw reader.error(.wrongType(expected: "only one kind of value")) }
                isSet = true
            default: return try reader.skipValue()
            }
            switch key {
            case "stringValue": writer.alwaysString(1, try reader.readString())
            case "boolValue": writer.alwaysVarint(2, try reader.readBool() ? 1 : 0)
            case "intValue": writer.alwaysVarint(3, UInt64(bitPattern: try reader.readInt64()))
            case "doubleValue": writer.alwaysFixed64(4, try reader.readDouble().bitPattern)
            case "arrayValue":
                try reader.message(5, to: &writer) { reader, writer in
                    try reader.members(to: &writer) { reader, key, writer in
                        guard "values" ~= key else { return try reader.skipValue() }
                        try reader.messages(1, to: &writer) { try $0.anyValue(to: &$1) }
                    }
                }
            case "kvlistValue":
                try reader.message(6, to: &writer) { reader, writer in
                    try reader.members(to: &writer) { reader, key, writer in
                        guard "values" ~= key else { return try reader.skipValue() }
                        try reader.attributes(1, to: &writer)
                    }
                }
            default: writer.alwaysBytes(7, try reader.readBase64())
            }
        }
    }
}

/// Enumeration values by name.
enum EnumNames {
    static func spanKind(_ name: String) -> Int32? {
        switch name {
        case "SPAN_KIND_UNSPECIFIED": 0
        case "SPAN_KIND_INTERNAL": 1
        case "SPAN_KIND_SERVER": 2
        case "SPAN_KIND_CLIENT": 3
        case "SPAN_KIND_PRODUCER": 4
        case "SPAN_KIND_CONSUMER": 5
        default: nil
        }
    }

    static func statusCode(_ name: String) -> Int32? {
        switch name {
        case "STATUS_CODE_UNSET": 0
        case "STATUS_CODE_OK": 1
        case "STATUS_CODE_ERROR": 2
        default: nil
        }
    }

    /// `SEVERITY_NUMBER_INFO`, `SEVERITY_NUMBER_INFO2` and so on.
    static func severityNumber(_ name: String) -> Int32? {
        let prefix = "SEVERITY_NUMBER_"
        guard name.hasPrefix(prefix) else { return nil }
        let rest = name.dropFirst(prefix.count)
        if rest == "UNSPECIFIED" { return 0 }
        let classes = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
        for (index, word) in classes.enumerated() where rest.hasPrefix(word) {
            switch rest.dropFirst(word.count) {
            case "": return Int32(index) * 4 + 1
            case "2": return Int32(index) * 4 + 2
            case "3": return Int32(index) * 4 + 3
            case "4": return Int32(index) * 4 + 4
            default: return nil
            }
        }
        return nil
    }
}
