// Calls and answers without a bus.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import ChaosShared

@Suite struct CallDeadlineTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    @Test func itCountsDownAndEnds() {
        let deadline = CallDeadline(after: .seconds(10), from: now)
        #expect(deadline.remaining(at: now) == .seconds(10))
        #expect(!deadline.isOver(at: Timestamp(milliseconds: 1_009_999)))
        #expect(deadline.isOver(at: Timestamp(milliseconds: 1_010_000)))
        #expect(deadline.remaining(at: Timestamp(milliseconds: 2_000_000)) == .zero)
    }

    @Test func aCalleeGetsLess() {
        let deadline = CallDeadline(after: .seconds(10), from: now)
        #expect(deadline.forCallee(at: now).remaining(at: now) == .milliseconds(9750))
        let short = CallDeadline(after: .milliseconds(100), from: now)
        #expect(short.forCallee(at: now).remaining(at: now) == .milliseconds(90))
    }

    @Test func itTravelsAsUnixMilliseconds() {
        let deadline = CallDeadline(after: .seconds(1), from: now)
        #expect(CallDeadline(header: "\(deadline.unixMilliseconds)") == deadline)
        for text in [nil, "", "soon", "-5", "1.5", "0"] { #expect(CallDeadline(header: text) == nil) }
    }
}

@Suite struct CallAnswerTests {
    @Test func answersTravelAsJSON() {
        let answers: [CallAnswer] = [
            .success([:]), .success(["payment_id": "p", "reservation_id": "r\"\n"]),
            .failure(status: 500, code: "database_lock", message: "Database Lock", service: "chaos-inventory"),
        ]
        for answer in answers { #expect(CallAnswer(parsing: answer.bytes) == answer) }
    }

    @Test func whatIsNoAnswerIsNotGuessedAt() {
        for text in ["", "{}", "[]", #"{"status":"200"}"#, #"{"status":500,"results":{}}"#, #"{"status":500,"error":{"code":"x"}}"#] {
            #expect(CallAnswer(parsing: Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test func onlyWhatWasDecidedIsFinal() {
        let failure = { CallAnswer.failure(status: $0, code: "c", message: "m", service: "s") }
        #expect(CallAnswer.success([:]).isFinal && failure(500).isFinal)
        #expect(!failure(503).isFinal && !failure(504).isFinal)
    }
}

@Suite struct IncomingCallTests {
    private static let line = OrderLine(orderID: "o", item: "book", quantity: 2)

    private static func message(_ change: (inout MessageHeaders) -> Void = { _ in }, payload: [UInt8] = line.bytes) -> BusMessage {
        var headers: MessageHeaders = [
            HeaderName.schema: Schema.current, ChaosHeader.deadline: "1000", ChaosHeader.replyTo: "argus.chaos.order.replies.1",
            ChaosHeader.correlation: "c", ChaosHeader.idempotencyKey: "k",
        ]
        change(&headers)
        return BusMessage(subject: "argus.chaos.payment.charge", headers: headers, payload: payload)
    }

    @Test func aWholeCallIsRead() throws {
        let call = try IncomingCall(Self.message())
        #expect(call.line == Self.line && call.key == "k" && call.correlation == "c" && call.deadline.unixMilliseconds == 1000)
    }

    @Test(arguments: [
        HeaderName.schema, ChaosHeader.deadline, ChaosHeader.replyTo, ChaosHeader.correlation, ChaosHeader.idempotencyKey,
    ])
    func everyHeaderIsNeeded(_ name: String) {
        #expect(throws: IncomingCall.Malformed.self) { try IncomingCall(Self.message { $0[name] = nil }) }
    }

    @Test(arguments: ["argus.events.0", "argus.chaos.payment.charge", "argus.chaos.order.replies.>", "argus.chaos.*.replies.1", ""])
    func answersGoNowhereElse(_ subject: String) {
        #expect(throws: IncomingCall.Malformed.self) { try IncomingCall(Self.message { $0[ChaosHeader.replyTo] = subject }) }
    }

    @Test func anotherSchemaOrPayloadIsRefused() {
        #expect(throws: IncomingCall.Malformed.self) { try IncomingCall(Self.message { $0[HeaderName.schema] = "2" }) }
        #expect(throws: IncomingCall.Malformed.self) { try IncomingCall(Self.message(payload: Array("{}".utf8))) }
    }
}

@Suite struct PendingCallsTests {
    @Test func anAnswerReachesItsCaller() async throws {
        let pending = PendingCalls()
        let answer = try await pending.answer(to: "a", before: CallDeadline(after: .seconds(30))) {
            #expect(!pending.resume("b", with: .success([:])))
            #expect(pending.resume("a", with: .success(["x": "y"])))
        }
        #expect(answer == .success(["x": "y"]))
        #expect(pending.count == 0)
    }

    @Test func nobodyWaitsLongerThanTheDeadline() async throws {
        let pending = PendingCalls()
        #expect(try await pending.answer(to: "a", before: CallDeadline(after: .milliseconds(50))) {} == nil)
        #expect(pending.count == 0)
        #expect(!pending.resume("a", with: .success([:])))
    }

    @Test func whatCannotBeSentIsNotWaitedFor() async {
        let pending = PendingCalls()
        await #expect(throws: TestSupportError.self) {
            try await pending.answer(to: "a", before: CallDeadline(after: .seconds(60))) { throw TestSupportError("no") }
        }
        #expect(pending.count == 0)
    }
}
