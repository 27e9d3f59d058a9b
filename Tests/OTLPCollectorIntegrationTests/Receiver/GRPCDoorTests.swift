// OTLP/gRPC as a client sees it.

import ArgusBus
import ArgusOTLP
import ArgusService
import ArgusShared
import Crypto
import GRPCCore
import NIOHTTP1
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct GRPCDoorTests {
    @Test func callsAreAccepted() async throws {
        try await ReceiverFixture.run { fixture async throws in
            try await GRPCExporter.run(port: fixture.grpcPort) { exporter async throws in
                #expect(await exporter.accepts(ReceiverRequests.traces(3, name: "a")))
                #expect(await exporter.accepts(ReceiverRequests.traces(2, name: "z"), gzip: true))
                #expect(await exporter.accepts(ReceiverRequests.logs(2), path: ExportSignal.logs.grpcPath))
                #expect(await exporter.accepts([]), "a request of nothing is a request")
                #expect(fixture.receivers.connections == 1)
            }
            #expect(try await fixture.spanNames().sorted() == ["a", "a", "a", "z", "z"])
            #expect(try await fixture.messages().filter { $0.subject == Subjects.otlpLogs }.count == 1)
        }
    }

    @Test func whatIsWrongIsToldByItsStatus() async throws {
        try await ReceiverFixture.run { fixture async throws in
            try await GRPCExporter.run(port: fixture.grpcPort) { exporter async throws in
                let malformed = await exporter.failure([0x0A, 9, 1])
                #expect(malformed?.code == .invalidArgument)
                #expect(malformed?.message.contains("not valid") == true)
                let service = "/opentelemetry.proto.collector.trace.v1.TraceService"
                #expect(await exporter.failure([], path: "\(service)/Import")?.code == .unimplemented)
                #expect(await exporter.failure([], path: "/other.Service/Export")?.code == .unimplemented)
                let partial = try await exporter.export(ReceiverRequests.traces(4, invalid: [3]))
                #expect(partial.first == 0x0A && partial[2...3] == [0x08, 1])
                #expect(try await fixture.spanCount() == 3)
            }
        }
    }

    @Test func oneSizeIsTheLargestWhateverItsCompression() async throws {
        var settings = ReceiverSettings()
        settings.maximumRequest = 1 << 20
        try await ReceiverFixture.run(settings) { fixture async throws in
            try await GRPCExporter.run(port: fixture.grpcPort) { exporter async throws in
                let large = ReceiverRequests.traces(100, padding: 20_000)
                #expect(large.count > 1 << 20)
                #expect(await exporter.failure(large)?.code == .resourceExhausted)
                #expect(await exporter.failure(large, gzip: true)?.code == .resourceExhausted)
                let bomb = [UInt8](repeating: 0, count: 24 << 20)
                #expect(await exporter.failure(bomb, gzip: true)?.code == .resourceExhausted)
                #expect(await exporter.accepts(ReceiverRequests.traces(100, padding: 2000), gzip: true))
                try await eventually("nothing is kept") { fixture.receivers.inFlightBytes == 0 }
            }
        }
    }

    @Test func aFullBusInvitesToTryAgain() async throws {
        try await ReceiverFixture.run(streamBytes: 1 << 20) { fixture async throws in
            try await GRPCExporter.run(port: fixture.grpcPort) { exporter async throws in
                let request = ReceiverRequests.traces(100, padding: 2000)
                var failure: RPCError?
                for _ in 0..<10 where failure == nil { failure = await exporter.failure(request) }
                #expect(failure?.code == .unavailable)
                let details = failure?.metadata[binaryValues: "grpc-status-details-bin"].first { _ in true }
                let expected = AnswerBodies.status(ExportFailure(kind: .busFull, message: "the event bus is full"), .protobuf)
                #expect(details == expected, "a Status with RetryInfo")
                _ = try await fixture.bus.purge(stream: Streams.telemetry().name)
                #expect(await exporter.failure(request) == nil)
            }
        }
    }

    @Test func aTokenIsNeededWhereTokensAreSet() async throws {
        let digest = Array(SHA256.hash(data: Array("sending".utf8)))
        try await ReceiverFixture.run(tokens: [TokenCredential(name: "sdk", scopes: .ingest, digest: digest)]) { fixture async throws in
            try await GRPCExporter.run(port: fixture.grpcPort) { exporter async throws in
                #expect(await exporter.failure([])?.code == .unauthenticated)
                #expect(await exporter.failure([], token: "other")?.code == .unauthenticated)
                #expect(await exporter.failure([], token: "sending") == nil)
            }
        }
    }

    @Test func manyCallsShareAConnectionAndTheirMessages() async throws {
        try await ReceiverFixture.run { fixture async throws in
            try await GRPCExporter.run(port: fixture.grpcPort) { exporter async throws in
                await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<2000 { group.addTask { await exporter.failure(ReceiverRequests.traces(2)) == nil } }
                    for await isAccepted in group { #expect(isAccepted) }
                }
                #expect(fixture.receivers.connections == 1)
            }
            #expect(try await fixture.spanCount() == 4000)
            #expect(try await fixture.messages().count < 1000)
        }
    }

    @Test func nothingThatWasAcceptedIsLostWhenTheBusDies() async throws {
        try await ReceiverFixture.run { fixture async throws in
            try await GRPCExporter.run(port: fixture.grpcPort) { exporter async throws in
                let accepted = try await withThrowingTaskGroup(of: [Int].self) { group in
                    for client in 0..<8 {
                        group.addTask {
                            var accepted: [Int] = []
                            for number in 0..<150 {
                                let name = client * 1000 + number
                                let failure = await exporter.failure(ReceiverRequests.traces(1, name: "\(name)"))
                                if let failure { #expect(failure.code == .unavailable, "\(failure)") } else { accepted.append(name) }
                            }
                            return accepted
                        }
                    }
                    group.addTask {
                        try await eventually("some are in", within: .seconds(30)) {
                            try await fixture.bus.streamInfo("ARGUS_TELEMETRY").messages > 3
                        }
                        fixture.server.kill()
                        try await fixture.server.restart()
                        return []
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                let stored = Set(try await fixture.spanNames())
                #expect(accepted.count > 3)
                #expect(accepted.allSatisfy { stored.contains("\($0)") })
            }
        }
    }

    @Test func aBusThatIsAwayIsSaidSo() async throws {
        var settings = ReceiverSettings()
        settings.patience = .milliseconds(500)
        try await ReceiverFixture.run(settings) { fixture async throws in
            fixture.server.kill()
            try await GRPCExporter.run(port: fixture.grpcPort) { exporter async throws in
                #expect(await exporter.failure(ReceiverRequests.traces(1))?.code == .unavailable)
                let failures = fixture.registry.counter("argus_otlp_publish_failures_total")
                let before = failures.value
                #expect(before == 1)
                #expect(await exporter.failure(ReceiverRequests.traces(1))?.code == .unavailable)
                #expect(failures.value == before, "the second is told without trying")
            }
            #expect(try await fixture.send(ReceiverRequests.traces(1)).headers["retry-after"] == ["1"])
            try await fixture.server.restart()
            try await eventually("it is back") { try await fixture.send(ReceiverRequests.traces(1)).status == 200 }
        }
    }
}
