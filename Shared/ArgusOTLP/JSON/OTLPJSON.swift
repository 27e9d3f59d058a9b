// OTLP's JSON mapping to protobuf.

import ArgusShared

/// The JSON encoding of OTLP (specification, "JSON Protobuf Encoding").
///
/// Read leniently where the mapping allows two ways (64-bit numbers as strings or numbers, enumerations by number or name, ids in either
/// case), unknown members are ignored, `null` is an absent member. Names are those in lower camel case only, as OTLP asks.
public enum OTLPJSON {
    /// The protobuf encoding of an `ExportTraceServiceRequest`. Ids may still have the wrong length: `OTLPTraces.validate` tells.
    /// - Throws: `OTLPError`: not JSON, or a member is not of its type.
    public static func traces(fromJSON json: [UInt8]) throws(OTLPError) -> [UInt8] {
        try converted(json) { reader, writer in
            try reader.request("resourceSpans", "scopeSpans", "spans", to: &writer) { try $0.span(to: &$1) }
        }
    }

    /// The protobuf encoding of an `ExportLogsServiceRequest`.
    /// - Throws: `OTLPError`: not JSON, or a member is not of its type.
    public static func logs(fromJSON json: [UInt8]) throws(OTLPError) -> [UInt8] {
        try converted(json) { reader, writer in
            try reader.request("resourceLogs", "scopeLogs", "logRecords", to: &writer) { try $0.logRecord(to: &$1) }
        }
    }

    /// How many data points an `ExportMetricsServiceRequest` holds.
    /// - Throws: `OTLPError`: not JSON, or an array or object is something else.
    public static func countMetricPoints(inJSON json: [UInt8]) throws(OTLPError) -> Int {
        var points = 0
        _ = try converted(json) { reader, _ in
            try reader.list("resourceMetrics") {
                try $0.list("scopeMetrics") { try $0.list("metrics") { points += try $0.metricPoints() } }
            }
        }
        return points
    }

    /// Values within values: what the wire format's depth limit allows takes three levels of JSON for two of its.
    private static let limits = JSONReader.Limits(depth: 160, rejectsDuplicateKeys: true)

    private static func converted(
        _ json: [UInt8], _ body: (inout JSONReader, inout ProtobufWriter) throws -> Void
    ) throws(OTLPError) -> [UInt8] {
        var writer = ProtobufWriter(capacity: json.count / 2)
        do {
            try JSONReader.read(json, limits: limits) { try body(&$0, &writer) }
        } catch let error as OTLPError {
            throw error
        } catch let error as JSONError {
            throw OTLPError(position: error.offset, reason: "\(error)")
        } catch {
            throw OTLPError(position: 0, reason: "\(error)")
        }
        return writer.bytes
    }
}

extension JSONReader {
    /// Reads the object of a request, of one of its resources or of one of its scopes, of which only the array `name` matters.
    fileprivate mutating func list(_ name: StaticString, _ element: (inout JSONReader) throws -> Void) throws {
        try members { reader, key in
            if name ~= key { try reader.elements(element) } else { try reader.skipValue() }
        }
    }

    fileprivate mutating func metricPoints() throws -> Int {
        var points = 0
        try members { reader, key in
            switch key {
            case "gauge", "sum", "histogram", "exponentialHistogram", "summary":
                try reader.list("dataPoints") { reader in
                    try reader.skipValue()
                    points += 1
                }
            default: try reader.skipValue()
            }
        }
        return points
    }

    fileprivate mutating func request(
        _ resources: StaticString, _ scopes: StaticString, _ items: StaticString, to writer: inout ProtobufWriter,
        _ item: (inout JSONReader, inout ProtobufWriter) throws -> Void
    ) throws {
        try members(to: &writer) { reader, key, writer in
            guard resources ~= key else { return try reader.skipValue() }
            try reader.messages(1, to: &writer) { reader, writer in
                try reader.members(to: &writer) { reader, key, writer in
                    switch key {
                    case "resource": try reader.message(1, to: &writer) { try $0.resource(to: &$1) }
                    case scopes: try reader.messages(2, to: &writer) { try $0.scoped(items, to: &$1, item) }
                    case "schemaUrl": writer.string(3, try reader.readString())
                    default: try reader.skipValue()
                    }
                }
            }
        }
    }

    private mutating func scoped(
        _ items: StaticString, to writer: inout ProtobufWriter, _ item: (inout JSONReader, inout ProtobufWriter) throws -> Void
    ) throws {
        try members(to: &writer) { reader, key, writer in
            switch key {
            case "scope": try reader.message(1, to: &writer) { try $0.scope(to: &$1) }
            case items: try reader.messages(2, to: &writer, item)
            case "schemaUrl": writer.string(3, try reader.readString())
            default: try reader.skipValue()
            }
        }
    }

    private mutating func resource(to writer: inout ProtobufWriter) throws {
        try members(to: &writer) { reader, key, writer in
            switch key {
            case "attributes": try reader.attributes(1, to: &writer)
            case "droppedAttributesCount": writer.varint(2, UInt64(try reader.readUInt32()))
            default: try reader.skipValue()
            }
        }
    }

    private mutating func scope(to writer: inout ProtobufWriter) throws {
        try members(to: &writer) { reader, key, writer in
            switch key {
            case "name": writer.string(1, try reader.readString())
            case "version": writer.string(2, try reader.readString())
            case "attributes": try reader.attributes(3, to: &writer)
            case "droppedAttributesCount": writer.varint(4, UInt64(try reader.readUInt32()))
            default: try reader.skipValue()
            }
        }
    }
}
