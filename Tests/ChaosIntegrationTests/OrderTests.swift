// Orders through all three services.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import ChaosShared

@Suite(.serialized) struct OrderTests {
    @Test(.timeLimit(.minutes(1))) func anOrderGoesThroughAllThree() async throws {
        let trio = try await Trio.start()
        let (order, payment, inventory) = (try await trio.order(), try await trio.payment(), try await trio.inventory())
        let answer = try await order.order(#"{"item":"book","quantity":3,"customer":"c"}"#)
        #expect(answer.status == 201, "\(answer.text)")
        #expect(answer.json["status"]?.stringValue == "confirmed" && answer.json["quantity"]?.integerValue == 3)
        #expect(answer.json["payment_id"]?.stringValue != nil && answer.json["reservation_id"]?.stringValue != nil)
        for member in [order, payment, inventory] {
            #expect(try await member.metric(#"argus_chaos_requests_total{outcome="success"}"#) == 1)
            #expect(try await member.get("/healthz").status == 200)
            try await member.stop()
        }
    }

    @Test(.timeLimit(.minutes(1))) func failuresNameTheirCause() async throws {
        let trio = try await Trio.start()
        let order = try await trio.order()
        let payment = try await trio.payment(["CHAOS_PAYMENT_ERROR_RATE": "1"])
        let inventory = try await trio.inventory(["CHAOS_INVENTORY_ERROR_RATE": "1", "CHAOS_INVENTORY_ERROR_DELAY": "200ms"])
        let gateway = try await order.order()
        #expect(gateway.status == 500 && gateway.errorCode == "gateway_timeout")
        #expect(gateway.json["error"]?["message"]?.stringValue == "Gateway Timeout")
        #expect(gateway.json["error"]?["service"]?.stringValue == "chaos-payment")
        #expect(try await payment.send("POST", "/chaos", #"{"error_rate":0,"duration_seconds":60}"#).status == 200)
        let start = ContinuousClock.now
        let lock = try await order.order()
        #expect(lock.status == 500 && lock.errorCode == "database_lock")
        #expect(lock.json["error"]?["message"]?.stringValue == "Database Lock")
        #expect(lock.json["error"]?["service"]?.stringValue == "chaos-inventory")
        #expect(ContinuousClock.now - start >= .milliseconds(200))
        #expect(try await inventory.metric(#"argus_chaos_faults_total{kind="error"}"#) == 1)
    }

    @Test(.timeLimit(.minutes(1))) func aKeyIsPlacedOnce() async throws {
        let trio = try await Trio.start()
        let order = try await trio.order(["CHAOS_ORDER_LATENCY_RATE": "1", "CHAOS_ORDER_LATENCY": "100ms"])
        let (payment, inventory) = (try await trio.payment(), try await trio.inventory())
        let answers = try await withThrowingTaskGroup(of: TrioAnswer.self) { group in
            for _ in 0..<10 { group.addTask { try await order.order(key: "same") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 201 })
        #expect(Set(answers.map(\.text)).count == 1)
        #expect(answers.filter { $0.headers["idempotency-replayed"] == "true" }.count == 9)
        #expect(try await payment.metric(#"argus_chaos_requests_total{outcome="success"}"#) == 1)
        #expect(try await inventory.metric(#"argus_chaos_requests_total{outcome="success"}"#) == 1)
        let other = try await order.order(#"{"item":"pen","quantity":1}"#, key: "same")
        #expect(other.status == 422 && other.errorCode == "idempotency_key_reused")
        #expect(try await order.order(key: "with space").status == 400)
    }

    @Test(.timeLimit(.minutes(1))) func withoutPaymentTheAnswerComesInTime() async throws {
        let trio = try await Trio.start()
        let order = try await trio.order(["CHAOS_ORDER_TIMEOUT": "1s"])
        let start = ContinuousClock.now
        let answer = try await order.order(key: "k")
        let duration = ContinuousClock.now - start
        #expect(answer.status == 504 && answer.errorCode == "payment_timeout", "\(answer.text)")
        #expect(duration >= .milliseconds(800) && duration < .seconds(5), "\(duration)")
        // Nothing was decided, so the same key may ask again.
        let (payment, inventory) = (try await trio.payment(), try await trio.inventory())
        #expect(try await order.order(key: "k").status == 201)
        // The call of the first attempt was delivered too late, and not worked on.
        try await eventually("the expired call is seen") { try await payment.metric("argus_chaos_expired_total") == 1 }
        #expect(try await inventory.metric(#"argus_chaos_requests_total{outcome="success"}"#) == 1)
    }

    @Test(.timeLimit(.minutes(1))) func withoutInventoryPaymentSaysSo() async throws {
        let trio = try await Trio.start()
        let order = try await trio.order(["CHAOS_ORDER_TIMEOUT": "2s"])
        let payment = try await trio.payment()
        let answer = try await order.order()
        #expect(answer.status == 504 && answer.errorCode == "inventory_timeout", "\(answer.text)")
        #expect(answer.json["error"]?["service"]?.stringValue == "chaos-inventory")
        #expect(try await payment.metric(#"argus_chaos_requests_total{outcome="timeout"}"#) == 1)
    }

    @Test(.timeLimit(.minutes(1))) func aRestartedInventoryAnswersWhatWasAsked() async throws {
        let trio = try await Trio.start()
        let (order, payment) = (try await trio.order(["CHAOS_ORDER_TIMEOUT": "20s"]), try await trio.payment())
        let slow = ["CHAOS_INVENTORY_LATENCY_RATE": "1", "CHAOS_INVENTORY_LATENCY": "60s"]
        let inventory = try await trio.inventory(slow)
        async let answer = order.order()
        try await eventually("inventory works on it") {
            try await inventory.metric(#"argus_chaos_faults_total{kind="latency"}"#) == 1
        }
        await inventory.kill()
        let successor = try await trio.inventory()
        #expect(try await answer.status == 201)
        #expect(try await successor.metric(#"argus_chaos_requests_total{outcome="success"}"#) == 1)
        #expect(try await payment.metric(#"argus_chaos_requests_total{outcome="success"}"#) == 1)
    }

    @Test(.timeLimit(.minutes(1))) func aCallThatADeadInstanceHeldIsDeliveredAgain() async throws {
        let trio = try await Trio.start()
        let (order, payment) = (try await trio.order(["CHAOS_ORDER_TIMEOUT": "20s"]), try await trio.payment())
        // An instance that takes a call and is heard of no more.
        let dead = try await trio.connect()
        let consumer = try await dead.consume(Consumers.chaos(service: "inventory", operation: "reserve"))
        async let answer = order.order()
        #expect(try await consumer.next(max: 1, wait: .seconds(10)).count == 1)
        await dead.drain()
        let inventory = try await trio.inventory()
        #expect(try await answer.status == 201)
        #expect(try await inventory.metric(#"argus_chaos_requests_total{outcome="success"}"#) == 1)
        #expect(try await payment.metric(#"argus_chaos_requests_total{outcome="success"}"#) == 1)
    }

    @Test(.timeLimit(.minutes(1))) func aBusThatWasRestartedIsSetUpAgain() async throws {
        let trio = try await Trio.start()
        let (order, payment, inventory) = (try await trio.order(), try await trio.payment(), try await trio.inventory())
        #expect(try await order.order().status == 201)
        try await trio.nats.restart()
        try await eventually("orders go through again", within: .seconds(40)) { try await order.order().status == 201 }
        for member in [order, payment, inventory] {
            try await eventually("it is ready") { try await member.get("/readyz").status == 200 }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatIsNoCallGoesToTheDeadLetters() async throws {
        let trio = try await Trio.start()
        let payment = try await trio.payment()
        let bus = try await trio.connect()
        try await bus.publish(Array("nonsense".utf8), to: Subjects.chaos(service: "payment", operation: "charge"))
        try await eventually("it is dead-lettered") {
            try await bus.lastMessage(stream: Streams.deadLetters.name, subject: "argus.deadletters.chaos-payment.calls") != nil
        }
        let letter = try await bus.lastMessage(stream: Streams.deadLetters.name, subject: "argus.deadletters.chaos-payment.calls")
        #expect(letter?.payload == Array("nonsense".utf8))
        #expect(letter?.headers[HeaderName.reason]?.contains("Argus-Deadline") == true)
        #expect(try await payment.metric("argus_chaos_rejected_total") == 1)
    }

    @Test(.timeLimit(.minutes(1))) func ordersAreCheckedAtTheDoor() async throws {
        let trio = try await Trio.start()
        let order = try await trio.order()
        #expect(try await order.order("{").status == 400)
        let answer = try await order.order(#"{"item":"book","quantity":0}"#)
        #expect(answer.status == 422 && answer.json["error"]?["field"]?.stringValue == "quantity")
        let wrongMethod = try await order.get("/orders")
        #expect(wrongMethod.status == 405 && wrongMethod.headers["allow"] == "POST")
        let limited = try await trio.order(["ARGUS_RATE_LIMIT": "1"])
        #expect(try await limited.order("{").status == 400)
        let refused = try await limited.order("{")
        #expect(refused.status == 429 && refused.headers["retry-after"] != nil && refused.headers["x-trace-id"] != nil)
    }
}
