// Policy files: what they can say, and how their errors are told.

import ArgumentParser
import ArgusShared
import Foundation
import Testing

@testable import ArgusCLI

struct PolicyFileTests {
    private func issues(_ yaml: String) -> [String] {
        do throws(PolicyFile.Refusal) {
            _ = try PolicyFile.parse(yaml)
            return []
        } catch {
            return error.text("f").split(separator: "\n").map { String($0.dropFirst(2)) }
        }
    }

    @Test("Everything that a file can say")
    func complete() throws {
        let set = try PolicyFile.parse(
            """
            name: production
            manager: ops
            dependencies:
              api: [database, "cache"]
              web: api
            policies:
              - name: unhealthy
                match:
                  process: [api, "web-*"]
                  namespace: default
                  type: [unhealthy, status_changed]
                  health: unhealthy
                  consecutive: 3
                action: restart
                limits: {max_attempts: 5, within: 1h30m}
                backoff: {initial: 500ms, factor: 1.5, max: 30s, jitter: 0.5}
                cooldown: 10s
                recovered_after: 1m
                restart_dependents: false
                alert: {manager: web-team, severity: medium, class: web, summary: The web is down}
              - name: more-workers
                action: {scale: 3}
              - name: mend
                action: {command: [/bin/mend, "--now"]}
                timeout: 1m
              - name: tell
                action: alert
              - name: halt
                action: stop
            """)
        #expect(set.name == "production" && set.manager == "ops")
        #expect(set.dependencies.needs == ["api": ["database", "cache"], "web": ["api"]])
        let first = set.policies[0]
        #expect(first.match.processes.map(\.text) == ["api", "web-*"] && first.match.namespaces.map(\.text) == ["default"])
        #expect(first.match.kinds == [.unhealthy, .statusChanged] && first.match.health == .unhealthy && first.match.consecutive == 3)
        #expect(
            first.limits == .init(maximumAttempts: 5, within: 5_400_000) && first.cooldown == 10_000 && first.recoveredAfter == 60_000
                && !first.restartsDependents)
        #expect(first.backoff == Backoff(initial: 500, factor: 1.5, maximum: 30_000, jitter: 0.5))
        #expect(first.alert == .init(manager: "web-team", severity: .medium, eventClass: "web", summary: "The web is down"))
        #expect(
            set.policies.map(\.action) == [.restart, .scale(3), .command(["/bin/mend", "--now"], timeout: 60_000), .alert, .stop])
    }

    @Test("A policy that says nothing but its name is the one there is without a file")
    func defaults() throws {
        #expect(try PolicyFile.parse("policies: [{name: restart-crashed}]") == .standard)
        #expect(RemediationPolicySet.standard.policies[0].limits == .init(maximumAttempts: 3, within: 600_000))
        #expect(RemediationPolicySet.standard.policies[0].match.kinds == [.crashed])
    }

    @Test(
        "An error is told with line, column and field",
        arguments: [
            ("", "1:1: is empty: it needs at least policies"),
            ("- a", "1:1: must be a mapping with name, manager, dependencies, policies"),
            ("policies:\n  - name: a\n   x: 1", "3:4: is no YAML: did not find expected '-' indicator"),
            ("policies:\n  - name: a\n    name: b", "2:5: has a field twice: name"),
            ("name: x", "1:1: policies: is missing: a list of policies"),
            ("policies: []", "1:11: policies: must be a list of at least one policy"),
            ("polices: 1\npolicies: [{name: a}]", "1:1: polices: there is no such field; did you mean policies?"),
            ("name: a b\npolicies: [{name: a}]", "1:7: name: must be 1 to 64 letters, digits, - or _, but is \"a b\""),
            ("policies:\n  - action: stop", "2:5: policies[0].name: is missing: decisions name their policy"),
            ("policies: [{name: a}, {name: a}]", "1:23: policies[1].name: is the name of two policies: a"),
            ("policies:\n  - name: a\n    match: {type: crashd}", "3:19: policies[0].match.type: must be started, "),
            (
                "policies:\n  - name: a\n    match: {typ: crashed}",
                "3:13: policies[0].match.typ: there is no such field; did you mean type?"
            ),
            (
                "policies:\n  - name: a\n    match: {consecutive: 0}",
                "3:26: policies[0].match.consecutive: must be a whole number from 1 to"
            ),
            ("policies:\n  - name: a\n    match: {health: ill}", "3:21: policies[0].match.health: must be healthy, unhealthy, unknown"),
            (
                "policies:\n  - name: a\n    limits:\n      max_attempts: lots",
                "4:21: policies[0].limits.max_attempts: must be a whole number from 1 to 1000, but is \"lots\""
            ),
            ("policies:\n  - name: a\n    limits: {within: 1x}", "3:22: policies[0].limits.within: must be a span of 1s to"),
            ("policies:\n  - name: a\n    backoff: {factor: 0.5}", "3:23: policies[0].backoff.factor: must be a number from 1.0 to"),
            ("policies:\n  - name: a\n    backoff: {initial: 2m}", "3:14: policies[0].backoff.max: is 1m 0s, less than initial"),
            ("policies:\n  - name: a\n    cooldown: soon", "3:15: policies[0].cooldown: must be a span of"),
            ("policies:\n  - name: a\n    restart_dependents: 1", "3:25: policies[0].restart_dependents: must be true or false"),
            ("policies:\n  - name: a\n    action: reboot", "3:13: policies[0].action: must be restart, stop, alert, "),
            ("policies:\n  - name: a\n    action: {scale: 0}", "3:21: policies[0].action.scale: must be a whole number from 1 to"),
            ("policies:\n  - name: a\n    action: {scale: 1, command: [/x]}", "3:13: policies[0].action: must be one action"),
            ("policies:\n  - name: a\n    action: {command: [mend]}", "3:23: policies[0].action.command: must begin with the program's"),
            ("policies:\n  - name: a\n    action: stop\n    timeout: 1s", "4:14: policies[0].timeout: is only for an action that is"),
            ("policies:\n  - name: a\n    action: alert", "3:13: policies[0].action: needs an event manager"),
            ("policies: [{name: a}]\ndependencies: [a]", "2:15: dependencies: must be a mapping"),
            (
                "policies: [{name: a}]\ndependencies:\n  a: [b]\n  b: [c]\n  c: [a]",
                "3:6: dependencies.a: is a cycle: a needs b needs c needs a"
            ),
        ])
    func errors(yaml: String, expected: String) {
        let found = issues(yaml)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test("All errors are told at once, in their order")
    func manyErrors() {
        let found = issues("nme: x\npolicies:\n  - name: a\n    cooldown: x\n    action: y\n  - 3")
        #expect(found.map { $0.prefix { $0 != " " } } == ["1:1:", "4:15:", "5:13:", "6:5:"])
    }

    @Test("A file that is wrong or missing ends the command before anything else; one that is right passes")
    func command() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("policy-\(Identifier.make()).yaml").path
        let missing = Captured()
        #expect(await missing.run(["remediate", "--check", "--policy", path]) == .usage)
        #expect(missing.errors == "argus: the policy file \(path) cannot be read\n")
        try Data("policies:\n  - name: a\n    actoin: stop\n".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        for arguments in [["remediate", "--policy", path], ["remediate", "--check", "--policy", path]] {
            let refused = Captured()
            #expect(await refused.run(arguments, environment: ["NATS_URL": "nats://127.0.0.1:1"]) == .usage)
            #expect(refused.errors.hasPrefix("argus: the policy file is refused\n\(path):3:5: policies[0].actoin: there is no such field"))
            #expect(refused.errors.contains("did you mean action?"))
        }
        try Data("manager: ops\npolicies: [{name: a}, {name: b}]".utf8).write(to: URL(fileURLWithPath: path))
        let right = Captured()
        #expect(await right.run(["remediate", "--check"], environment: ["ARGUS_REMEDIATE_POLICY": path]) == .success)
        #expect(right.output == "default: 2 policies, all right\n" && right.errors.isEmpty)
        let json = Captured()
        #expect(await json.run(["remediate", "--check", "--json", "--name", "n", "--policy", path]) == .success)
        #expect(json.output == #"{"name":"n","status":"ok","policies":["a","b"]}"# + "\n")
    }

    @Test("Settings come from flags, else from variables; what makes no sense is refused")
    func settings() throws {
        func options(_ arguments: [String]) throws -> RemediateOptions { try RemediateOptions.parse(arguments) }
        let empty = Captured().surroundings()
        #expect(try options([]).settings(empty).lease == .seconds(10) && !options([]).settings(empty).isDryRun)
        #expect(try options([]).settings(empty).instance != options([]).settings(empty).instance)
        let variables = Captured().surroundings([
            "ARGUS_REMEDIATE_LEASE": "3s", "ARGUS_REMEDIATE_DRY_RUN": "true", "ARGUS_REMEDIATE_NAME": "n", "ARGUS_REMEDIATE_MANAGER": "m",
        ])
        #expect(try options([]).settings(variables).lease == .seconds(3) && options([]).settings(variables).isDryRun)
        #expect(try options(["--lease", "20s"]).settings(variables).lease == .seconds(20))
        #expect(try options([]).policies(variables).name == "n" && options([]).policies(variables).manager == "m")
        #expect(try options(["--name", "x", "--manager", "y"]).policies(variables).name == "x")
        for (name, value) in [("ARGUS_REMEDIATE_LEASE", "soon"), ("ARGUS_REMEDIATE_LEASE", "10ms"), ("ARGUS_REMEDIATE_DRY_RUN", "perhaps")]
        {
            #expect(throws: CommandLineError.self) { try options([]).settings(Captured().surroundings([name: value])) }
        }
        #expect(throws: CommandLineError.self) { try options(["--name", "a.b"]).policies(empty) }
    }
}
