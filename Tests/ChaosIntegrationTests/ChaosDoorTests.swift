// `/chaos` of a running service.

import ArgusShared
import TestSupport
import Testing

@testable import ChaosShared

@Suite(.serialized) struct ChaosDoorTests {
    @Test(.timeLimit(.minutes(1))) func faultsChangeForAWhile() async throws {
        let trio = try await Trio.start()
        let (order, payment, inventory) = (try await trio.order(), try await trio.payment(), try await trio.inventory())
        #expect(try await inventory.get("/chaos").json["service"]?.stringValue == "chaos-inventory")
        let changed = try await payment.send("POST", "/chaos", #"{"error_rate":1,"duration_seconds":3}"#)
        #expect(changed.status == 200 && changed.json["in_force"]?["error_rate"] == .number(1), "\(changed.text)")
        #expect(changed.json["configured"]?["error_rate"] == .number(0))
        #expect(changed.json["reverts_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) } != nil)
        #expect(try await payment.metric("argus_chaos_overridden") == 1)
        #expect(try await order.order().status == 500)
        try await eventually("the configured faults are back") { try await payment.metric("argus_chaos_overridden") == 0 }
        #expect(try await order.order().status == 201)
        #expect(try await payment.get("/chaos").json["reverts_at"] == .null)
    }

    @Test(.timeLimit(.minutes(1))) func faultsCanBePutBack() async throws {
        let trio = try await Trio.start()
        let order = try await trio.order(["CHAOS_ORDER_TIMEOUT": "1s"])
        #expect(try await order.send("POST", "/chaos", #"{"error_rate":1,"duration_seconds":3600}"#).status == 200)
        let failed = try await order.order()
        #expect(failed.status == 500 && failed.errorCode == "order_failed")
        #expect(try await order.send("DELETE", "/chaos", nil).json["in_force"]?["error_rate"] == .number(0))
        let wrong = try await order.send("POST", "/chaos", #"{"error_rate":7}"#)
        #expect(wrong.status == 400 && wrong.json["error"]?["field"]?.stringValue == "error_rate")
    }

    @Test(.timeLimit(.minutes(1))) func theSameSeedMisbehavesTheSame() async throws {
        let trio = try await Trio.start()
        let environment = ["CHAOS_ORDER_ERROR_RATE": "0.5", "CHAOS_SEED": "11"]
        let (payment, inventory) = (try await trio.payment(), try await trio.inventory())
        var statuses: [[Int]] = []
        for _ in 0..<2 {
            let order = try await trio.order(environment)
            var run: [Int] = []
            for _ in 0..<20 { run.append(try await order.order().status) }
            statuses.append(run)
            try await order.stop()
        }
        #expect(statuses[0] == statuses[1])
        #expect(Set(statuses[0]) == [201, 500])
        withExtendedLifetime((payment, inventory)) {}
    }
}
