// Debian's Prometheus, with Argus as its Alertmanager, raises and resolves an alert.

import ArgusShared
import Foundation
import Hummingbird
import TestSupport
import Testing

@Suite(.serialized) struct PrometheusTests {
    @Test(.timeLimit(.minutes(3))) func aFiringRuleRaisesAndResolvesAnAlert() async throws {
        let suite = try await Suite.start()
        defer { suite.stop() }
        let gateway = try await suite.start("ingest-gateway")
        _ = try await suite.start("grouping-processor")
        let api = try await suite.start("alert-api")
        let team = try await Team.create(api: api.url)
        let target = try FreePort.next()
        let prometheus = try startPrometheus(suite: suite, team: team, target: target, alertmanager: gateway.port)
        try await eventually("the rule's alert shows", within: .seconds(60)) {
            try await allAlerts(api: api.url, manager: team.id).values.contains { $0["status"]?.stringValue == "active" }
        }
        let alert = try #require(try await allAlerts(api: api.url, manager: team.id).values.first)
        #expect(alert["summary"]?.stringValue == "127.0.0.1:\(target) is down")
        #expect(alert["severity"]?.stringValue == "high")

        let router = Router()
        router.get("metrics") { _, _ in "probe 1\n" }
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: target)))
        let serving = Task { try await application.runService() }
        defer { serving.cancel() }
        try await eventually("it is resolved", within: .seconds(60)) {
            try await allAlerts(api: api.url, manager: team.id).values.allSatisfy { $0["status"]?.stringValue == "resolved" }
        }
        prometheus.terminate()
        _ = await prometheus.waitForExit(timeout: .seconds(15))
    }

    private func startPrometheus(suite: Suite, team: Team, target: Int, alertmanager: Int) throws -> ChildProcess {
        let rules = """
            groups:
            - name: probes
              rules:
              - alert: TargetDown
                expr: up == 0
                labels: {severity: critical}
                annotations: {summary: "{{ $labels.instance }} is down"}
            """
        let configuration = """
            global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {event_manager_id: "\(team.id)"}}
            rule_files: [rules.yml]
            scrape_configs:
            - job_name: probe
              static_configs: [{targets: ["127.0.0.1:\(target)"]}]
            alerting:
              alertmanagers:
              - api_version: v2
                static_configs: [{targets: ["127.0.0.1:\(alertmanager)"]}]
            """
        try Data(rules.utf8).write(to: URL(fileURLWithPath: "\(suite.directory)/rules.yml"))
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: "\(suite.directory)/prometheus.yml"))
        let port = try FreePort.next()
        return try ChildProcess(
            executable: "/usr/bin/prometheus",
            arguments: [
                "--config.file=\(suite.directory)/prometheus.yml", "--storage.tsdb.path=\(suite.directory)/prometheus",
                "--web.listen-address=127.0.0.1:\(port)",
            ], environment: nil, workingDirectory: suite.directory, output: "\(suite.directory)/prometheus.log")
    }
}
