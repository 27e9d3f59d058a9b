// The whole service from its environment: doors, readiness, shutdown.

import ArgusBus
import ArgusService
import ArgusShared
import Foundation
import FoundationNetworking
import TestSupport
import Testing

@testable import GroupingProcessor

@Suite struct ApplicationTests {
    private static func get(_ port: Int, _ path: String) async throws -> (status: Int, body: String) {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
        let (data, response) = try await URLSession.shared.data(from: url)
        return (try #require(response as? HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))
    }

    @Test(.timeLimit(.minutes(2))) func itTellsHowItIsAndHandsEverythingOver() async throws {
        let server = try await NATSServer.start()
        let bootstrap = ServiceBootstrap.testing(
            name: ServiceName.groupingProcessor,
            environment: ["HTTP_PORT": "0", "NATS_URL": server.url, "ARGUS_PARTITIONS": "3", "ARGUS_LEASE": "2s"],
            defaults: ProcessorSettings.defaults)
        let app = try await ProcessorApplication.build(bootstrap)
        try await app.application.withRunning(logger: bootstrap.logger) {
            let port = try await app.server.port()
            try await eventually("it is ready", within: .seconds(30)) { try await Self.get(port, "/readyz").status == 200 }
            #expect(try await Self.get(port, "/healthz").status == 200)
            #expect(try await Self.get(port, "/v1/alerts").status == 404)
            try await eventually("it owns all", within: .seconds(30)) { await app.keeper.owned == [0, 1, 2] }
            let bus = try await TestBed.connect(server)
            let bed = TestBed(server: server, bus: bus, partitions: 3)
            var source = EventSource(seed: 30)
            try await bed.committed(bed.publish(source.next(20), partition: 1), partition: 1)
            let metrics = try await Self.get(port, "/metrics").body
            #expect(metrics.contains("argus_processor_partition_owned{partition=\"1\"} 1"))
            #expect(metrics.contains("argus_processor_events_total 20"))
        }
        let leases = try await TestBed.connect(server).keyValue(Buckets.leases)
        for entry in try await leases.entries(prefix: PartitionClaim.prefix) { #expect(PartitionClaim(entry.value)?.isReleased == true) }
        #expect(try await leases.keys(prefix: MemberRecord.prefix).isEmpty)
    }

    @Test func aMalformedVariableIsNamed() async throws {
        let bootstrap = ServiceBootstrap.testing(
            name: ServiceName.groupingProcessor, environment: ["ARGUS_LEASE": "soon", "ARGUS_SNAPSHOT_COMMITS": "0"],
            defaults: ProcessorSettings.defaults)
        let error = await #expect(throws: (any Error).self) { try await ProcessorApplication.build(bootstrap) }
        let message = "\(try #require(error))"
        #expect(message.contains("ARGUS_LEASE") && message.contains("ARGUS_SNAPSHOT_COMMITS"))
    }
}
