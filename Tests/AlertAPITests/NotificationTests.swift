// What is told about a change, how it looks, how it is signed, and when an endpoint is left alone.

import ArgusShared
import TestSupport
import Testing

@testable import AlertAPI

@Suite struct NotificationTests {
    private func change(_ kinds: Transition.Kind..., kind: Alert.Kind = .parent, status: Alert.Status) -> AlertChange {
        var alert = Sample.alert("a")
        alert.kind = kind
        alert.status = status
        alert.resolvedAt = status == .resolved ? Timestamp(milliseconds: 5_000) : nil
        let transitions = kinds.enumerated().map {
            Transition($1, at: Timestamp(milliseconds: Int64(1000 * ($0 + 1))), eventID: "e\($0)")
        }
        return AlertChange(alert: alert, hasPayload: true, transitions: transitions)
    }

    private func kinds(_ change: AlertChange) -> [AlertNotification.Kind] {
        AlertNotification.notifications(for: change).map(\.kind)
    }

    @Test func onlyParentsThatFireOrResolveAreTold() {
        #expect(kinds(change(.created, status: .active)) == [.firing])
        #expect(kinds(change(.created, kind: .child, status: .active)) == [])
        #expect(kinds(change(.updated, .acknowledged, .resolveRequested, status: .active)) == [])
        #expect(kinds(change(.resolved, status: .resolved)) == [.resolved])
        #expect(kinds(change(.reactivated, status: .active)) == [.firing])
        #expect(kinds(change(.moved, .reactivated, kind: .child, status: .active)) == [])
    }

    @Test func severalChangesAtOnceEndWithTheState() {
        #expect(kinds(change(.created, .resolved, status: .resolved)) == [.firing, .resolved])
        #expect(kinds(change(.resolved, .reactivated, status: .active)) == [.resolved, .firing])
        #expect(kinds(change(.created, .resolved, .reactivated, status: .active)) == [.firing])
        #expect(kinds(change(.reactivated, .resolved, .reactivated, .resolved, status: .resolved)) == [.firing, .resolved])
        let both = AlertNotification.notifications(for: change(.created, .resolved, status: .resolved))
        #expect(both.map(\.alert.status) == [.active, .resolved])
        #expect(both.map(\.alert.resolvedAt) == [nil, Timestamp(milliseconds: 2_000)])
        #expect(Set(both.map(\.messageID)).count == 2)
    }

    @Test func survivesTheBus() throws {
        var notification = try #require(AlertNotification.notifications(for: change(.created, status: .active)).first)
        notification.previous = 17
        #expect(try AlertNotification(notification.encoded()) == notification)
        #expect(throws: (any Error).self) { try AlertNotification(Array(#"{"kind":"firing"}"#.utf8)) }
    }

    /// RFC 4231, test case 2.
    @Test func signatureIsHMAC() {
        #expect(
            WebhookBodies.signature(of: Array("what do ya want for nothing?".utf8), key: "Jefe")
                == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func ownBody() throws {
        let notification = try #require(AlertNotification.notifications(for: change(.created, status: .active)).first)
        let body = WebhookBodies(externalURL: "http://x").body(of: notification, for: Sample.manager("m"))
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"alert_id":"a","dedupKey":"key a","event_manager_id":"m","summary":"Summary of a","severity":"high","#
                + #""status":"active","type":"parent","child_count":0,"timestamp":"1970-01-01T00:00:01.000Z"}"#)
    }

    @Test func alertmanagerBody() throws {
        var manager = Sample.manager("m")
        manager.notification.format = .alertmanager
        let bodies = WebhookBodies(externalURL: "http://argus.example/")
        let both = AlertNotification.notifications(for: change(.created, .resolved, status: .resolved))
        let firing = try JSONValue(parsing: bodies.body(of: both[0], for: manager))
        #expect(firing["version"] == .string("4"))
        #expect(firing["status"] == .string("firing"))
        #expect(firing["receiver"] == .string("Manager m"))
        #expect(firing["truncatedAlerts"] == .integer(0))
        #expect(firing["groupLabels"]?["event_manager_id"] == .string("m"))
        #expect(firing["commonLabels"]?["severity"] == .string("high"))
        #expect(firing["commonAnnotations"]?["summary"] == .string("Summary of a"))
        #expect(firing["externalURL"] == .string("http://argus.example/"))
        let alert = try #require(firing["alerts"]?[0])
        #expect(alert["labels"]?["alertname"] == .string("infra"))
        #expect(alert["endsAt"] == .string("0001-01-01T00:00:00Z"))
        #expect(alert["generatorURL"] == .string("http://argus.example/v1/alerts/key%20a?event_manager_id=m"))
        #expect(alert["fingerprint"]?.stringValue?.count == 16)
        let resolved = try JSONValue(parsing: bodies.body(of: both[1], for: manager))
        #expect(resolved["status"] == .string("resolved"))
        #expect(resolved["alerts"]?[0]?["endsAt"] == .string("1970-01-01T00:00:02.000Z"))
        #expect(resolved["groupKey"] == firing["groupKey"])
    }

    @Test func statuses() {
        for status in [200, 202, 204] { #expect(WebhookClient.outcome(ofStatus: status) == .delivered) }
        for status in [408, 429, 500, 503] {
            #expect(WebhookClient.outcome(ofStatus: status) == .unavailable("the webhook answered \(status)"))
        }
        for status in [301, 307, 400, 404, 410] {
            #expect(WebhookClient.outcome(ofStatus: status) == .refused("the webhook answered \(status)"))
        }
    }

    @Test func aDeadEndpointIsTriedByOneAtATimeAndLessAndLess() {
        var circuit = EndpointCircuit()
        var now = ContinuousClock.now
        for _ in 0..<EndpointCircuit.threshold {
            #expect(circuit.admit(now: now) == .go)
            circuit.failed(now: now)
        }
        #expect(circuit.isOpen)
        var pauses: [Duration] = []
        for _ in 0..<10 {
            guard case .wait(let pause) = circuit.admit(now: now) else {
                Issue.record("an open circuit let an attempt through")
                return
            }
            pauses.append(pause)
            now += pause
            #expect(circuit.admit(now: now) == .go)
            #expect(circuit.admit(now: now) != .go)
            circuit.failed(now: now)
        }
        #expect(pauses[0] <= .seconds(1) && pauses[0] >= .milliseconds(500))
        #expect(pauses[9] <= .seconds(60) && pauses[9] >= .seconds(30))
        now += .seconds(60)
        #expect(circuit.admit(now: now) == .go)
        circuit.succeeded()
        #expect(circuit.isPristine)
        #expect(circuit.admit(now: now) == .go)
        #expect(circuit.admit(now: now) == .go)
    }
}
