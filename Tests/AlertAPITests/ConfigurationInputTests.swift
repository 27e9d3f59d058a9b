// Bodies of managers and rules, and which webhooks are refused.

import ArgusService
import ArgusShared
import HTTPTypes
import Testing

@testable import AlertAPI

@Suite struct ConfigurationInputTests {
    private static let open = WebhookPolicy(allowsPrivate: true)
    private static let guarded = WebhookPolicy(allowsPrivate: false)

    private func manager(
        _ body: String, replacing existing: EventManager? = nil, webhooks: WebhookPolicy = open
    ) throws -> ManagerInput {
        try ManagerInput(Array(body.utf8), replacing: existing, webhooks: webhooks) { $0 == "known" }
    }

    private func problems(_ body: () throws -> Void) -> [String: String] {
        do {
            try body()
            return [:]
        } catch let error as APIError {
            return Dictionary(error.errors.map { ($0.field ?? "", $0.code) }) { first, _ in first }
        } catch {
            return ["": "\(error)"]
        }
    }

    @Test func theQuickStartsBodies() throws {
        let input = try manager(#"{"name":"Payment Team","grouping_rule_id":"known"}"#)
        #expect(input.name == "Payment Team" && input.groupingRuleID == "known" && input.id == nil)
        #expect(input.notification == NotificationConfiguration())
        let rule = try RuleInput(
            Array(#"{"name":"Group by class","grouping_key":"class","time_window_minutes":30}"#.utf8), replacing: nil)
        #expect(rule.groupingKeys == ["class"] && !rule.isList && rule.timeWindowMinutes == 30 && !rule.groupMissing)
    }

    @Test func allThatIsWrongIsListed() {
        let found = problems {
            _ = try manager(
                #"{"id":"a b","name":"","grouping_rule_id":"gone","notification_config":{"webhook_url":"ftp://x","format":"xml","colour":1},"#
                    + #""routing_key":"mine","nam":"typo"}"#)
        }
        #expect(
            found == [
                "id": "invalid_field", "name": "invalid_field", "grouping_rule_id": "unknown_rule",
                "notification_config.webhook_url": "invalid_webhook_url", "notification_config.format": "invalid_field",
                "notification_config.colour": "unknown_field", "routing_key": "immutable_field", "nam": "unknown_field",
            ])
        #expect(problems { _ = try manager("{}") } == ["name": "missing_field"])
        #expect(problems { _ = try manager(#"{"name":7}"#) } == ["name": "invalid_field"])
    }

    @Test func whatWasReadMayBeSentBack() throws {
        let now = Timestamp.now()
        var existing = EventManager(id: "m", name: "n", routingKey: "secret", createdAt: now, updatedAt: now)
        existing.notification.webhookURL = "http://127.0.0.1/hook"
        var writer = JSONWriter()
        existing.write(to: &writer)
        let body = String(decoding: writer.bytes, as: UTF8.self)
        #expect(try manager(body, replacing: existing).notification == existing.notification)
        #expect(
            problems { _ = try manager(body.replacing("\"m\"", with: "\"x\"").replacing("secret", with: "other"), replacing: existing) }
                == ["id": "immutable_field", "routing_key": "immutable_field"])
    }

    @Test func malformedBodiesAreNotGuessedAt() {
        for body in ["", "[]", "{", #"{"name":"a","name":"b"}"#, "nul", "\"x\""] {
            #expect(throws: APIError.self) { try manager(body) }
            do {
                _ = try manager(body)
            } catch {
                #expect((error as? APIError)?.status == .badRequest, "\(body)")
            }
        }
    }

    @Test(arguments: [
        (#"{"grouping_key":"class","time_window_minutes":5}"#, ["name": "missing_field"]),
        (
            #"{"name":"r","grouping_key":"colour","time_window_minutes":0}"#,
            ["grouping_key": "invalid_field", "time_window_minutes": "invalid_field"]
        ),
        (
            #"{"name":"r","grouping_key":[],"time_window_minutes":10081}"#,
            ["grouping_key": "invalid_field", "time_window_minutes": "invalid_field"]
        ),
        (
            #"{"name":"r","grouping_key":["class",1],"time_window_minutes":1.5}"#,
            ["grouping_key": "invalid_field", "time_window_minutes": "invalid_field"]
        ),
        (#"{"name":"r","grouping_key":["class","class"],"time_window_minutes":10080}"#, ["grouping_key": "invalid_field"]),
        (
            #"{"name":"r","grouping_key":"details.","time_window_minutes":1,"group_missing":"yes"}"#,
            ["grouping_key": "invalid_field", "group_missing": "invalid_field"]
        ),
        (#"{"name":"r","grouping_key":["class","details.region.zone"],"time_window_minutes":10080,"group_missing":true}"#, [:]),
    ])
    func rules(body: String, expected: [String: String]) {
        #expect(problems { _ = try RuleInput(Array(body.utf8), replacing: nil) } == expected)
    }

    @Test(arguments: [
        "http://example.com/hook", "https://example.com:8443/a?b=c", "http://93.184.216.34/", "https://[2606:2800:220:1::1]/",
    ])
    func publicWebhooksAreFine(url: String) {
        #expect(Self.guarded.refusal(of: url) == nil)
        #expect(Self.open.refusal(of: url) == nil)
    }

    @Test(arguments: [
        "http://127.0.0.1:9/", "http://localhost/", "http://a.localhost/", "http://LOCALHOST./", "http://10.1.2.3/", "http://172.16.0.1/",
        "http://192.168.1.1/", "http://169.254.169.254/latest", "http://100.64.0.1/", "http://0.0.0.0/", "http://[::1]/", "http://[::]/",
        "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::10.0.0.1]/", "http://[fe80::1]/", "http://[fd00::1]/", "http://224.0.0.1/",
    ])
    func privateWebhooksAreRefusedInProduction(url: String) {
        #expect(Self.guarded.refusal(of: url) == WebhookPolicy.privateReason)
        #expect(Self.open.refusal(of: url) == nil)
    }

    @Test(arguments: [
        "", "hook", "ftp://example.com/", "file:///etc/passwd", "http://", "http://user:pass@example.com/", "http://example.com/#x",
        "http://example.com:0/", "http://example.com:99999/", "http://2130706433/", "http://0x7f.1/", "http://exa mple.com/",
        "http://-\u{7F}/", "javascript:alert(1)",
    ])
    func whatIsNoWebhookIsRefusedEverywhere(url: String) {
        #expect(Self.open.refusal(of: url) != nil)
        #expect(Self.guarded.refusal(of: url) != nil)
    }

    @Test func routingKeysAreLongAndDifferent() {
        let keys = Set((0..<100).map { _ in RoutingKey.make() })
        #expect(keys.count == 100)
        #expect(keys.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }

    @Test func entityTags() throws {
        let tag = EntityTag(revision: 7)
        for condition in [nil, "*", "\"7\"", "\"6\", \"7\""] { #expect(throws: Never.self) { try tag.require(condition) } }
        for condition in ["\"8\"", "7", "W/\"7\"", ""] {
            #expect(throws: APIError.self) { try tag.require(condition) }
        }
        #expect(tag.isNamed(by: "W/\"7\""))
        #expect(!tag.isNamed(by: nil))
    }
}
