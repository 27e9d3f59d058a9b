// From a received request to the bus, without doors and servers.

import ArgusOTLP
import ArgusShared
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct IntakeTests {
    @Test func aRequestIsOnTheBusWhenItIsAnswered() async throws {
        let bed = ReceiverBed()
        let request = ReceiverSamples.traces(3)
        #expect(await bed.send(request) == .success(ExportAccepted(accepted: 3)))
        #expect(bed.bus.messages == [.init(subject: Subjects.otlpTraces, payload: request)])
        #expect(await bed.send(ReceiverSamples.logs(2), .logs) == .success(ExportAccepted(accepted: 2)))
        #expect(bed.bus.messages.last == .init(subject: Subjects.otlpLogs, payload: ReceiverSamples.logs(2)))
        try await eventually("nothing is in flight") { bed.budget.inFlight == 0 }
    }

    @Test func anEmptyRequestIsAcceptedAndNothingIsPublished() async {
        let bed = ReceiverBed()
        #expect(await bed.send([]) == .success(ExportAccepted(accepted: 0)))
        #expect(await bed.send(Array("{}".utf8), .logs, format: .json) == .success(ExportAccepted(accepted: 0)))
        #expect(bed.bus.attempts == 0)
    }

    @Test func gzipAndJSONBecomeTheSameMessage() async throws {
        let bed = ReceiverBed()
        let json = ReceiverSamples.tracesJSON
        #expect(await bed.send(Array(json.utf8), format: .json) == .success(ExportAccepted(accepted: 1)))
        #expect(
            await bed.send(Compressed.gzip(Array(json.utf8)), format: .json, encoding: .compressed)
                == .success(ExportAccepted(accepted: 1)))
        let messages = bed.bus.messages
        #expect(messages.count == 2 && messages[0] == messages[1])
        let request = messages[0].payload
        #expect(await bed.send(Compressed.gzip(request), encoding: .compressed) == .success(ExportAccepted(accepted: 1)))
        #expect(bed.bus.messages.last?.payload == request)
    }

    @Test func metricsAreRejectedPointByPoint() async {
        let bed = ReceiverBed()
        let json = #"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{},{}]}}]}]}]}"#
        guard case .success(let result) = await bed.send(Array(json.utf8), .metrics, format: .json) else {
            Issue.record("not accepted")
            return
        }
        #expect(result.accepted == 0 && result.rejected == 2 && !result.message.isEmpty)
        #expect(await bed.send([], .metrics) == .success(ExportAccepted(accepted: 0)))
        #expect(bed.bus.attempts == 0)
    }

    @Test func invalidSpansAreRejectedOneByOneAndKept() async throws {
        let bed = ReceiverBed()
        let letters = Task { try await bed.letters.run() }
        defer { letters.cancel() }
        let request = ReceiverSamples.traces(5, invalid: [1, 3])
        guard case .success(let result) = await bed.send(request) else {
            Issue.record("not accepted")
            return
        }
        #expect(result.accepted == 3 && result.rejected == 2)
        #expect(result.message.contains("2 x the span ends before it starts"))
        try await eventually("both are published") { bed.bus.messages.count == 2 }
        let published = bed.bus.messages
        let counts = try published.map { try $0.payload.withUnsafeBytes { try OTLPTraces.validate($0) } }
        let bySubject = Dictionary(uniqueKeysWithValues: zip(published.map(\.subject), counts))
        #expect(bySubject[Subjects.otlpTraces]?.spans == 3 && bySubject[Subjects.otlpTraces]?.invalid == [])
        #expect(bySubject["argus.deadletters.otlp-collector.spans"]?.spans == 2)
    }

    @Test func aRequestOfInvalidSpansAloneIsAnsweredWithoutThePublisher() async {
        let bed = ReceiverBed()
        bed.bus.fail(PublishProblem(failure: .stopping))
        guard case .success(let result) = await bed.send(ReceiverSamples.traces(2, invalid: [0, 1])) else {
            Issue.record("not accepted")
            return
        }
        #expect(result.accepted == 0 && result.rejected == 2)
    }

    @Test func whatIsMalformedIsSaidSo() async {
        let bed = ReceiverBed()
        for (body, format) in [([0x0A, 5, 1], ExportFormat.protobuf), (Array("{".utf8), .json), (Array("nonsense".utf8), .json)] {
            guard case .failure(let failure) = await bed.send(body, format: format) else {
                Issue.record("accepted \(body)")
                continue
            }
            #expect(failure.kind == .malformed)
            #expect(failure.message.contains("not valid"))
        }
        #expect(bed.bus.attempts == 0)
    }

    @Test func requestsLargerThanTheBusTakesAreSplit() async throws {
        let bed = ReceiverBed(bus: MemoryBus(maximumPayload: 64 * 1024))
        let request = ReceiverSamples.traces(2000)
        #expect(await bed.send(request) == .success(ExportAccepted(accepted: 2000)))
        let messages = bed.bus.messages
        #expect(messages.count > 1)
        #expect(messages.allSatisfy { $0.payload.count <= 60 * 1024 })
        let spans = try messages.map { try $0.payload.withUnsafeBytes { try OTLPTraces.validate($0).spans } }
        #expect(spans.reduce(0, +) == 2000)
    }

    @Test func requestsThatArriveTogetherTravelTogether() async throws {
        let bed = ReceiverBed(rules: GroupCommitRules(prompt: 1))
        bed.bus.hold()
        let answers = await withTaskGroup(of: Result<ExportAccepted, ExportFailure>.self) { group in
            for _ in 0..<200 { group.addTask { await bed.send(ReceiverSamples.traces(2)) } }
            _ = try? await eventually("all have arrived") { bed.budget.inFlight == 200 * ReceiverSamples.traces(2).count }
            bed.bus.release()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0 == .success(ExportAccepted(accepted: 2)) })
        let messages = bed.bus.messages
        #expect(messages.count < 10, "one that left at once, and then many together")
        let spans = try messages.map { try $0.payload.withUnsafeBytes { try OTLPTraces.validate($0).spans } }
        #expect(spans.reduce(0, +) == 400)
        try await eventually("nothing is in flight") { bed.budget.inFlight == 0 }
    }

    @Test func aFullBusIsSaidAtOnceAndAnAbsentOneAfterAWhile() async throws {
        let bed = ReceiverBed()
        bed.bus.fail(PublishProblem(failure: ExportFailure(kind: .busFull, message: "full")))
        #expect(await bed.send(ReceiverSamples.traces(1)) == .failure(ExportFailure(kind: .busFull, message: "full")))
        #expect(bed.bus.attempts == 1)
        bed.bus.fail(PublishProblem(failure: ExportFailure(kind: .busUnavailable, message: "away"), isRetriable: true))
        #expect(await bed.send(ReceiverSamples.traces(1)) == .failure(ExportFailure(kind: .busUnavailable, message: "away")))
        let attempts = bed.bus.attempts
        #expect(attempts > 2, "it was tried again for a while")
        guard case .failure(let failure) = await bed.send(ReceiverSamples.traces(1)) else {
            Issue.record("accepted")
            return
        }
        #expect(failure.kind == .busUnavailable)
        #expect(bed.bus.attempts == attempts, "a bus that is known to be away is not tried")
        bed.bus.fail(nil)
        #expect(await bed.send(ReceiverSamples.traces(1)) == .success(ExportAccepted(accepted: 1)))
        try await eventually("nothing is in flight") { bed.budget.inFlight == 0 }
    }

    @Test func noMoreIsInFlightThanAllowed() async throws {
        let size = ReceiverSamples.traces(10).count
        let bed = ReceiverBed(maximumInFlight: size * 3)
        bed.bus.hold()
        await withTaskGroup(of: Result<ExportAccepted, ExportFailure>.self) { group in
            for _ in 0..<3 { group.addTask { await bed.send(ReceiverSamples.traces(10)) } }
            _ = try? await eventually("all have arrived") { bed.budget.inFlight == size * 3 }
            #expect(await bed.send(ReceiverSamples.traces(10)) == .failure(.overloaded))
            bed.bus.release()
            for await answer in group { #expect(answer == .success(ExportAccepted(accepted: 10))) }
        }
        try await eventually("there is room again") { bed.budget.inFlight == 0 }
        #expect(await bed.send(ReceiverSamples.traces(10)) == .success(ExportAccepted(accepted: 10)))
    }

    @Test func aStoppingCollectorSaysSo() async {
        let bed = ReceiverBed()
        bed.intake.close()
        #expect(await bed.send(ReceiverSamples.traces(1)) == .failure(.stopping))
    }

    @Test func rubbishNeverFillsMoreThanItsQueue() async {
        let bed = ReceiverBed()
        for _ in 0..<3000 {
            guard case .success = await bed.send(ReceiverSamples.traces(1, invalid: [0])) else {
                Issue.record("refused")
                return
            }
        }
        #expect(bed.bus.attempts == 0, "nobody publishes letters, and nobody waits for that")
    }
}

/// Export requests for tests.
enum ReceiverSamples {
    /// A request of `count` spans, of which those at `invalid` end before they start.
    static func traces(_ count: Int, invalid: Set<Int> = []) -> [UInt8] {
        let spans = (0..<count).map { index in
            OTLPSpan(
                traceID: TraceID(high: 1, low: UInt64(index / 10 + 1)), spanID: SpanID(value: UInt64(index + 1)), name: "GET /things",
                startTime: 1_700_000_000_000_000_000, endTime: invalid.contains(index) ? 1 : 1_700_000_000_100_000_000)
        }
        return OTLPTraces.request(resource: resource, spans: spans)
    }

    static func logs(_ count: Int) -> [UInt8] {
        let records = (0..<count).map { OTLPLogRecord(time: 1_700_000_000_000_000_000 + UInt64($0), severityNumber: 9, body: .string("x")) }
        return OTLPLogs.request(resource: resource, records: records)
    }

    static let tracesJSON = """
        {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174",\
        "name":"a","startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000,"unknown":[1]}]}]}]}
        """

    private static let resource = OTLPResource(attributes: [Attribute("service.name", .string("shop"))])
}
