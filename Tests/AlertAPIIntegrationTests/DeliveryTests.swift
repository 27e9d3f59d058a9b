// Notifications: told once and in order, whoever is dead.

import ArgusBus
import ArgusShared
import Crypto
import HTTPTypes
import TestSupport
import Testing

@testable import AlertAPI

@Suite(.serialized) struct DeliveryTests {
    @Test(.timeLimit(.minutes(2))) func tellsOfParentsOnly() async throws {
        let fixture = try await Fixture.start()
        try await WebhookServer.run { hooks in
            try await fixture.withInstance { api in
                _ = try await api.manager("m", webhook: hooks.url)
                _ = try await api.manager("silent")
                let key = try #require(try await api.get("/v1/event-managers/m").json["routing_key"]?.stringValue)
                var parent = Sample.alert("p")
                var child = Sample.alert("c")
                child.kind = .child
                try await fixture.commit([
                    Sample.created(parent), Sample.created(child), Sample.created(Sample.alert("s", manager: "silent")),
                ])
                try await eventually("the parent is told of") { hooks.calls.count == 1 }
                let sent = ContinuousClock.now
                parent.childCount = 1
                try await fixture.commit([Sample.changed(&child, .resolved, at: 2_000), Sample.changed(&parent, .resolved, at: 2_000)])
                try await eventually("its resolve is told of") { hooks.calls.count == 2 }
                #expect(ContinuousClock.now - sent < .seconds(2))
                let calls = hooks.calls
                #expect(calls.map(\.dedupKey) == ["key p", "key p"])
                #expect(calls.map(\.status) == ["active", "resolved"])
                #expect(calls[1].json["child_count"] == .integer(1))
                for call in calls {
                    let code = HMAC<SHA256>.authenticationCode(for: call.body, using: SymmetricKey(data: Array(key.utf8)))
                    let hexadecimal = code.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
                    #expect(call.headers[HTTPField.Name("Argus-Signature")!] == "sha256=\(hexadecimal)")
                    #expect(call.headers[.contentType] == "application/json")
                    #expect(call.headers[.userAgent]?.hasPrefix("argus/") == true)
                }
                try await eventually("nothing is left") { try await fixture.bus.streamInfo(Streams.notifications.name).messages == 0 }
                #expect(try await fixture.bus.streamInfo(Streams.notifications.name).lastSequence == 2)
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func speaksAlertmanager() async throws {
        let fixture = try await Fixture.start()
        try await WebhookServer.run { hooks in
            try await fixture.withInstance { api in
                _ = try await api.manager("m", webhook: hooks.url, format: "alertmanager")
                try await fixture.commit([Sample.created(Sample.alert("p"))])
                try await eventually("the parent is told of") { hooks.calls.count == 1 }
                #expect(hooks.calls[0].json["version"] == .string("4"))
                #expect(hooks.calls[0].json["alerts"]?[0]?["status"] == .string("firing"))
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func aDeadEndpointDelaysNobodyElse() async throws {
        let fixture = try await Fixture.start()
        try await WebhookServer.run { healthy in
            try await WebhookServer.run { hanging in
                try await fixture.withInstance(["ARGUS_WEBHOOK_TIMEOUT": "2s"]) { api in
                    hanging.answer(.ok, after: .seconds(60))
                    _ = try await api.manager("closed", webhook: "http://127.0.0.1:1/")
                    _ = try await api.manager("hanging", webhook: hanging.url)
                    _ = try await api.manager("healthy", webhook: healthy.url)
                    for start in stride(from: 0, to: 6_000, by: 500) {
                        try await fixture.commit(
                            (start..<(start + 500)).flatMap { index in
                                ["closed", "hanging"].map { Sample.created(Sample.alert("\($0)-\(index)", manager: $0)) }
                            })
                    }
                    try await eventually("12,000 notifications wait", within: .seconds(30)) {
                        try await fixture.bus.streamInfo(Streams.notifications.name).messages == 12_000
                    }
                    for index in 0..<5 {
                        let before = ContinuousClock.now
                        try await fixture.commit([Sample.created(Sample.alert("h\(index)", manager: "healthy"))])
                        try await eventually("the healthy endpoint hears") { healthy.calls.count == index + 1 }
                        // One after the other through the hanging endpoint, it would be hours.
                        #expect(ContinuousClock.now - before < .seconds(10))
                    }
                    #expect(try await api.metric(MetricNames.notificationsHeld) <= 8_192)
                    try await eventually("both are known to be dead") { try await api.metric(MetricNames.openCircuits) == 2 }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func keepsTryingAndKeepsOrder() async throws {
        let fixture = try await Fixture.start()
        try await WebhookServer.run { hooks in
            hooks.answer(.serviceUnavailable)
            try await fixture.withInstance { api in
                _ = try await api.manager("m", webhook: hooks.url)
                var parent = Sample.alert("p")
                try await fixture.commit([Sample.created(parent)])
                try await eventually("an attempt failed") { hooks.calls.count >= 1 }
                try await fixture.commit([Sample.changed(&parent, .resolved, at: 2_000)])
                try await eventually("another attempt failed") { hooks.calls.count >= 2 }
                #expect(hooks.calls.allSatisfy { $0.status == "active" })
                let failed = hooks.calls.count
                hooks.answer(.ok)
                try await eventually("both are told of", within: .seconds(30)) { hooks.calls.count >= failed + 2 }
                #expect(hooks.calls[failed...].map(\.status) == ["active", "resolved"])
                try await eventually("nothing is left") { try await fixture.bus.streamInfo(Streams.notifications.name).messages == 0 }
            }
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: [HTTPResponse.Status.serviceUnavailable, .badRequest, .temporaryRedirect])
    func givesUpInTheEnd(status: HTTPResponse.Status) async throws {
        let fixture = try await Fixture.start()
        try await WebhookServer.run { hooks in
            hooks.answer(status)
            // A refusal is given up after a tenth of the time.
            let patience = status == .serviceUnavailable ? "2s" : "20s"
            try await fixture.withInstance(["ARGUS_WEBHOOK_RETRY_FOR": patience]) { api in
                _ = try await api.manager("m", webhook: hooks.url)
                try await fixture.commit([Sample.created(Sample.alert("p"))])
                try await eventually("it is dead-lettered", within: .seconds(30)) {
                    try await fixture.bus.streamInfo(Streams.deadLetters.name).messages == 1
                }
                let letter = try #require(
                    try await fixture.bus.lastMessage(stream: Streams.deadLetters.name, subject: "argus.deadletters.alert-api.notification")
                )
                #expect(letter.headers[HeaderName.reason]?.contains("\(status.code)") == true)
                #expect(try AlertNotification(letter.payload).alert.id == "p")
                #expect(hooks.calls.count >= 2)
                try await eventually("nothing is left") { try await fixture.bus.streamInfo(Streams.notifications.name).messages == 0 }
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func survivesTheAPIAndTheBus() async throws {
        let fixture = try await Fixture.start()
        try await WebhookServer.run { hooks in
            hooks.answer(.serviceUnavailable)
            try await fixture.withInstance { api in
                _ = try await api.manager("m", webhook: hooks.url)
                try await fixture.commit([Sample.created(Sample.alert("p"))])
                try await eventually("an attempt failed") { hooks.calls.count >= 1 }
            }
            try await fixture.nats.restart()
            hooks.answer(.ok)
            let before = hooks.calls.count
            try await fixture.withInstance { _ in
                try await eventually("it is delivered", within: .seconds(90)) { hooks.calls.count > before }
                try await eventually("nothing is left") { try await fixture.bus.streamInfo(Streams.notifications.name).messages == 0 }
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func twoInstancesTellOnce() async throws {
        let fixture = try await Fixture.start()
        let environment = try await DatabaseKind.postgres.environment()
        try await WebhookServer.run { hooks in
            try await fixture.withInstance(environment) { first in
                try await fixture.withInstance(environment) { second in
                    _ = try await first.manager("m", webhook: hooks.url)
                    for index in 0..<100 { try await fixture.commit([Sample.created(Sample.alert("p\(index)"))]) }
                    try await eventually("all are told of") { Set(hooks.calls.map(\.dedupKey)).count == 100 }
                    try await eventually("nothing is left") {
                        try await fixture.bus.streamInfo(Streams.notifications.name).messages == 0
                    }
                    #expect(hooks.calls.count == 100)
                    _ = second
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func productionStaysOutOfPrivateNetworks() async throws {
        let fixture = try await Fixture.start()
        try await WebhookServer.run { hooks in
            try await fixture.withInstance { api in _ = try await api.manager("m", webhook: hooks.url) }
            // The policy became stricter after the webhook was configured.
            try await fixture.withInstance(["ARGUS_WEBHOOK_ALLOW_PRIVATE": "false", "ARGUS_WEBHOOK_RETRY_FOR": "1s"]) { api in
                let refused = try await api.post(
                    "/v1/event-managers", #"{"name":"x","notification_config":{"webhook_url":"\#(hooks.url)"}}"#)
                #expect(refused.status == 422)
                try await fixture.commit([Sample.created(Sample.alert("p"))])
                try await eventually("it is dead-lettered", within: .seconds(20)) {
                    try await fixture.bus.streamInfo(Streams.deadLetters.name).messages == 1
                }
                #expect(hooks.calls.isEmpty)
            }
        }
    }
}
