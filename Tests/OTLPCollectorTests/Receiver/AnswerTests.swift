// What clients are answered.

import ArgusOTLP
import NIOCore
import NIOHPACK
import NIOHTTP1
import Testing

@testable import OTLPCollector

@Suite struct AnswerTests {
    @Test func successLeavesPartialSuccessUnset() {
        for signal in ExportSignal.allCases {
            #expect(AnswerBodies.success(ExportAccepted(accepted: 5), signal, .protobuf) == [])
            #expect(AnswerBodies.success(ExportAccepted(accepted: 5), signal, .json) == Array("{}".utf8))
        }
    }

    @Test func whatWasRejectedIsCounted() {
        let result = ExportAccepted(accepted: 5, rejected: 300, message: "no")
        #expect(AnswerBodies.success(result, .traces, .protobuf) == [0x0A, 7, 0x08, 0xAC, 0x02, 0x12, 2] + Array("no".utf8))
        let expected = [
            ExportSignal.traces: #"{"partialSuccess":{"rejectedSpans":"300","errorMessage":"no"}}"#,
            .logs: #"{"partialSuccess":{"rejectedLogRecords":"300","errorMessage":"no"}}"#,
            .metrics: #"{"partialSuccess":{"rejectedDataPoints":"300","errorMessage":"no"}}"#,
        ]
        for (signal, json) in expected { #expect(AnswerBodies.success(result, signal, .json) == Array(json.utf8)) }
    }

    @Test func aFailureIsAStatusBody() {
        let malformed = ExportFailure(kind: .malformed, message: "x")
        #expect(AnswerBodies.status(malformed, .protobuf) == [0x08, 3, 0x12, 1] + Array("x".utf8))
        #expect(AnswerBodies.status(malformed, .json) == Array(#"{"code":3,"message":"x"}"#.utf8))
        let full = ExportFailure(kind: .busFull, message: "x")
        let type = Array("type.googleapis.com/google.rpc.RetryInfo".utf8)
        let any: [UInt8] = [0x0A, UInt8(type.count)] + type + [0x12, 4, 0x0A, 2, 0x08, 5]
        #expect(AnswerBodies.status(full, .protobuf) == [0x08, 14, 0x12, 1] + Array("x".utf8) + [0x1A, UInt8(any.count)] + any)
    }

    @Test(arguments: [
        (ExportFailure.Kind.malformed, 400, GRPCCode.invalidArgument, false), (.tooLarge, 413, .resourceExhausted, false),
        (.unsupportedEncoding, 415, .unimplemented, false), (.unsupportedContent, 415, .unimplemented, false),
        (.unauthenticated, 401, .unauthenticated, false), (.forbidden, 403, .permissionDenied, false),
        (.timeout, 408, .deadlineExceeded, false),
        (.overloaded, 503, .unavailable, true), (.busFull, 503, .unavailable, true), (.busUnavailable, 503, .unavailable, true),
        (.stopping, 503, .unavailable, true), (.busRefused, 500, .internalError, false),
    ])
    func statusesAreThoseOfTheSpecification(kind: ExportFailure.Kind, http: Int, grpc: GRPCCode, retries: Bool) {
        let failure = ExportFailure(kind: kind, message: "")
        #expect(failure.httpStatus == http)
        #expect(failure.grpcCode == grpc)
        #expect((failure.retryAfter != nil) == retries)
        // Only these statuses make a client repeat the request.
        #expect([429, 502, 503, 504].contains(failure.httpStatus) == retries)
    }

    @Test func headersOfGRPCAreEncoded() {
        #expect(GRPCText.percentEncoded("50% of ä\n") == "50%25 of %C3%A4%0A")
        #expect(GRPCText.base64([]) == "")
        #expect(GRPCText.base64(Array("M".utf8)) == "TQ")
        #expect(GRPCText.base64(Array("Ma".utf8)) == "TWE")
        #expect(GRPCText.base64(Array("Man".utf8)) == "TWFu")
        #expect(GRPCText.base64([255, 254, 253, 252]) == "//79/A")
    }

    @Test func originsAreComparedAndAnswered() {
        let some = CrossOrigin(origins: ["https://a.example"])
        var headers = HTTPHeaders()
        some.allow("https://b.example", in: &headers)
        #expect(headers.isEmpty)
        some.allow("https://a.example", in: &headers)
        #expect(headers["access-control-allow-origin"] == ["https://a.example"])
        #expect(headers["vary"] == ["origin"])
        let refused = some.preflight(["origin": "https://b.example"])
        #expect(!refused.contains(name: "access-control-allow-origin"))
        let any = CrossOrigin(origins: ["*"]).preflight(["origin": "null", "access-control-request-headers": "x-a, content-type"])
        #expect(any["access-control-allow-origin"] == ["*"])
        #expect(any["access-control-allow-headers"] == ["x-a, content-type"])
    }
}

@Suite struct BodyTests {
    @Test func aBudgetIsGivenBackWithItsLease() {
        let budget = ByteBudget(capacity: 100)
        var first: ByteLease? = budget.lease()
        let second = budget.lease()
        #expect(first?.take(60) == true)
        #expect(!second.take(41))
        #expect(second.take(40))
        #expect(budget.inFlight == 100)
        second.shrink(to: 10)
        #expect(budget.inFlight == 70)
        first = nil
        #expect(budget.inFlight == 10)
    }

    @Test func aBodyStaysWithinItsLimitAndTheBudget() throws {
        let budget = ByteBudget(capacity: 10)
        var body = ExportBody(lease: budget.lease(), limit: 8, expected: 1 << 40)
        try body.append(ByteBuffer(bytes: [1, 2, 3, 4]))
        #expect(throws: ExportFailure.tooLarge(limit: 8)) { try body.append(ByteBuffer(bytes: [1, 2, 3, 4, 5])) }
        var other = ExportBody(lease: budget.lease(), limit: 8, expected: nil)
        #expect(throws: ExportFailure.overloaded) { try other.append(ByteBuffer(bytes: [1, 2, 3, 4, 5, 6, 7])) }
        #expect(body.bytes == [1, 2, 3, 4])
    }

    @Test(arguments: [1, 2, 3, 5, 6, 100])
    func aMessageIsPutTogetherHoweverItIsCut(step: Int) throws {
        let intake = Self.intake(limit: 1000)
        let bytes: [UInt8] = [0, 0, 0, 0, 40] + (0..<40).map { UInt8($0) }
        var reader = GRPCMessageReader()
        for start in stride(from: 0, to: bytes.count, by: step) {
            #expect(reader.message == nil)
            try reader.append(ByteBuffer(bytes: bytes[start..<min(start + step, bytes.count)]), intake: intake)
        }
        #expect(reader.message?.bytes == Array(bytes[5...]))
    }

    @Test func aMessageOfNothingIsOne() throws {
        var reader = GRPCMessageReader()
        #expect(reader.message == nil)
        try reader.append(ByteBuffer(bytes: [0, 0, 0, 0, 0]), intake: Self.intake(limit: 10))
        #expect(reader.message?.bytes == [])
    }

    @Test func whatIsNoMessageIsRefused() {
        func failure(_ bytes: [UInt8]) -> ExportFailure.Kind? {
            var reader = GRPCMessageReader()
            do throws(ExportFailure) {
                try reader.append(ByteBuffer(bytes: bytes), intake: Self.intake(limit: 10))
                return nil
            } catch { return error.kind }
        }
        #expect(failure([0, 0, 0, 0, 11]) == .tooLarge)
        #expect(failure([0, 255, 255, 255, 255]) == .tooLarge)
        #expect(failure([2, 0, 0, 0, 1]) == .malformed)
        #expect(failure([0, 0, 0, 0, 1, 9, 9]) == .malformed, "a second message begins")
    }

    private static func intake(limit: Int) -> TelemetryIntake {
        let bed = ReceiverBed(maximumRequest: limit)
        return bed.intake
    }
}
