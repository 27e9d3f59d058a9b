// Corners of the wire format, each beside generated code.

import ArgusOTLP
import OTLPReference
import SwiftProtobuf
import Testing

@Suite struct WireTests {
    /// A request of one span that has these fields.
    private static func request(span: [UInt8]) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1) { $0.message(2) { $0.alwaysBytes(2, span) } }
        return writer.bytes
    }

    private static func agrees(_ bytes: [UInt8], isAccepted: Bool) {
        let ours = bytes.withUnsafeBytes { try? OTLPTraces.groups(in: $0) }.map { OTLPTraces.request($0) }
        #expect(ours == ReferenceDecoder.spans(bytes).map { OTLPTraces.request($0) })
        #expect((ours != nil) == isAccepted)
    }

    @Test func anEmptyRequestHasNoSpans() throws {
        let check = try OTLPTraces.validate(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(check.spans == 0)
        #expect(check.invalid.isEmpty)
        Self.agrees([], isAccepted: true)
    }

    @Test(
        arguments: [
            // A field that is not known, in every wire type, and with a tag longer than needed.
            ([0x98, 0x06, 0x01], true), ([0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8], true), ([0x9A, 0x06, 0x02, 0xFF, 0xFE], true),
            ([0x9D, 0x06, 1, 2, 3, 4], true), ([0x9B, 0x06, 0x08, 0x01, 0x9C, 0x06], true), ([0xAA, 0x80, 0x00, 0x01, 0x61], true),
            ([0xAA, 0x80, 0x80, 0x80, 0x00, 0x01, 0x61], true),
            // A known field of another wire type is not known.
            ([0x28, 0x05], true), ([0x32, 0x01, 0xFF], true), ([0x4D, 1, 2, 3, 4], true),
            // Numbers of ten bytes, and of eleven.
            ([0x30] + [UInt8](repeating: 0xFF, count: 9) + [0x7F], true), ([0x30] + [UInt8](repeating: 0xFF, count: 10) + [0x01], false),
            // Field number 0, wire types 6 and 7, a group that ends without a start, with another number, or not at all.
            ([0x02, 0x00], false), ([0x2E], false), ([0x2F], false), ([0x9C, 0x06], false), ([0x9B, 0x06, 0xA4, 0x06], false),
            ([0x9B, 0x06], false),
            // Tags of more than 32 bits.
            ([0xAA, 0x80, 0x80, 0x80, 0x10, 0x00], false), ([0xAA, 0x80, 0x80, 0x80, 0x80, 0x00, 0x00], false),
            // Lengths beyond the end, numbers cut off.
            ([0x2A, 0x05, 0x61], false), ([0x2A], false), ([0x39, 1, 2, 3], false), ([0x85, 0x01, 1, 2], false), ([0x30, 0x80], false),
            ([0x2A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], false),
            // Strings: overlong, a surrogate, beyond the last scalar, cut off; and bytes, which may be anything.
            ([0x2A, 0x02, 0xC0, 0x80], false), ([0x2A, 0x03, 0xED, 0xA0, 0x80], false), ([0x2A, 0x04, 0xF4, 0x90, 0x80, 0x80], false),
            ([0x2A, 0x02, 0xE2, 0x82], false), ([0x2A, 0x0A, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0xFF], false),
            ([0x0A, 0x02, 0xC0, 0x80], true), ([0x2A, 0x04, 0xF0, 0x9F, 0x9A, 0xA8], true),
        ] as [([UInt8], Bool)])
    func cornersAreJudgedAlike(_ span: [UInt8], isAccepted: Bool) {
        Self.agrees(Self.request(span: span), isAccepted: isAccepted)
        Self.agrees(span, isAccepted: ReferenceDecoder.spans(span) != nil)
    }

    /// Levels of arrays around a number: request, resource, scope, span, attribute, value, and two for each array.
    @Test(arguments: [(46, true), (47, true), (48, false), (60, false)])
    func depthIsBounded(_ arrays: Int, isAccepted: Bool) {
        var value: [UInt8] = [0x18, 0x07]
        for _ in 0..<arrays {
            var writer = ProtobufWriter()
            writer.message(5) { $0.alwaysBytes(1, value) }
            value = writer.bytes
        }
        var span = ProtobufWriter()
        span.message(9) { $0.alwaysBytes(2, value) }
        Self.agrees(Self.request(span: span.bytes), isAccepted: isAccepted)
    }

    @Test(arguments: [94, 95, 96, 97, 200_000])
    func groupsWithinGroupsAreBoundedAlike(_ groups: Int) {
        let span =
            [UInt8](repeating: 0x9B, count: 1) + [0x06] + [UInt8](repeating: 0x0B, count: groups)
            + [UInt8](repeating: 0x0C, count: groups) + [0x9C, 0x06]
        Self.agrees(Self.request(span: span), isAccepted: groups <= 95)
    }

    /// Protobuf takes the union of several occurrences of a message that a field holds once.
    @Test func occurrencesAreMerged() throws {
        var random = RandomTelemetry(seed: 7)
        var span = ProtobufWriter()
        span.fields(of: random.span())
        span.message(15) { $0.string(2, "first") }
        span.message(15) { $0.varint(3, 2) }
        span.message(9) { writer in
            writer.string(1, "list")
            writer.message(2) { $0.fields(of: .array([.int(1), .string("x")])) }
            writer.message(2) { $0.fields(of: .array([.int(2)])) }
        }
        span.message(9) { writer in
            writer.string(1, "other")
            writer.message(2) { writer in
                writer.fields(of: .array([.int(1)]))
                writer.fields(of: .string("between"))
                writer.fields(of: .keyValues([Attribute("a", .int(1))]))
                writer.fields(of: .keyValues([Attribute("b", .int(2))]))
            }
        }
        var writer = ProtobufWriter()
        writer.message(1) { writer in
            writer.message(1) { $0.attributes(1, [Attribute("a", "1")]) }
            writer.message(2) { writer in
                writer.message(2) { $0.append(encoded: span.bytes) }
                writer.message(1) { $0.string(1, "name") }
                writer.message(1) { $0.string(2, "version") }
            }
            writer.message(1) { $0.attributes(1, [Attribute("b", "2")]) }
        }
        let groups = try writer.bytes.withUnsafeBytes { try OTLPTraces.groups(in: $0) }
        let item = groups[0].scopes[0].items[0]
        #expect(groups[0].resource.attributes == [Attribute("a", "1"), Attribute("b", "2")])
        #expect(groups[0].scopes[0].scope.name == "name")
        #expect(groups[0].scopes[0].scope.version == "version")
        #expect(item.statusMessage == "first")
        #expect(item.statusCode == 2)
        #expect(
            item.attributes.suffix(2).map(\.value) == [
                .array([.int(1), .string("x"), .int(2)]), .keyValues([Attribute("a", .int(1)), Attribute("b", .int(2))]),
            ])
        Self.agrees(writer.bytes, isAccepted: true)
    }

    @Test func errorsNameThePlace() {
        let bytes = Self.request(span: [0x2A, 0x02, 0xC0, 0x80])
        let error = #expect(throws: OTLPError.self) { try bytes.withUnsafeBytes { try OTLPTraces.validate($0) } }
        #expect(error?.position == 7)
        #expect(error?.reason == "a string that is not UTF-8")
    }

    @Test func whatWeWriteIsWhatGeneratedCodeWrites() throws {
        for seed in 0..<50 {
            var random = RandomTelemetry(seed: UInt64(seed))
            let spans = OTLPTraces.request(random.groups { $0.span() })
            let logs = OTLPLogs.request(random.groups { $0.logRecord() })
            #expect(try Array(ReferenceTraces(serializedBytes: spans).serializedData()) == spans)
            #expect(try Array(ReferenceLogs(serializedBytes: logs).serializedData()) == logs)
        }
    }
}
