// The trio with the users and permissions of production.

import ArgusBus
import ArgusShared
import Foundation
import Logging
import TestSupport
import Testing

@testable import ChaosShared

@Suite(.serialized) struct PermissionTests {
    @Test(.timeLimit(.minutes(1))) func theUsersOfProductionMayDoWhatTheyNeed() async throws {
        let trio = try await Trio.start(accounts: Self.accounts())
        let (order, payment) = (try await trio.order(Self.login("chaos-order")), try await trio.payment(Self.login("chaos-payment")))
        let inventory = try await trio.inventory(Self.login("chaos-inventory"))
        #expect(try await order.order().status == 201)
        for member in [order, payment, inventory] {
            try await eventually("its spans are on the bus") {
                try await member.metric(#"argus_telemetry_exported_total{signal="traces"}"#) > 0
            }
            try await member.stop()
        }
        #expect(!trio.nats.log.contains("Violation"), "\(trio.nats.log)")
    }

    @Test(.timeLimit(.minutes(1))) func theyMayNotReadTelemetryNorAnswerForOthers() async throws {
        let trio = try await Trio.start(accounts: Self.accounts())
        let operatorBus = try await trio.connect(user: "operator")
        try await ChaosBus.ensureStreams(on: operatorBus)
        try await TelemetrySetup.ensure(on: operatorBus)
        let order = try await trio.connect(user: "chaos-order")
        await #expect(throws: BusError.self) {
            try await order.publish([1], to: "argus.chaos.inventory.reserve", timeout: .seconds(2))
        }
        await #expect(throws: BusError.self) {
            try await order.publish([1], to: "argus.chaos.payment.replies.x", timeout: .seconds(2))
        }
        try await operatorBus.publish([1], to: Subjects.otlpTraces)
        let thief = try? await order.consume(Consumers.traceWriter)
        let stolen = try? await thief?.next(max: 1, wait: .seconds(1))
        #expect(stolen?.isEmpty != false)
        #expect(trio.nats.log.contains("Violation"))
    }

    private static func login(_ user: String) -> [String: String] {
        ["NATS_USER": user, "NATS_PASSWORD": "secret"]
    }

    /// The accounts of `deploy/nats/production.conf` with one password for all.
    private static func accounts() throws -> String {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let configuration = try String(contentsOfFile: "\(repository.path)/deploy/nats/production.conf", encoding: .utf8)
        let start = try #require(configuration.range(of: "\naccounts {"))
        return String(configuration[start.lowerBound...]).replacing(/\$ARGUS_NATS_PASSWORD_[A-Z_]+/, with: "\"secret\"")
    }
}
