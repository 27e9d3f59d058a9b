// The alert path as a user meets it: built services, HTTP in, HTTP out.

import ArgusBus
import ArgusShared
import Foundation
import Logging
import TestSupport
import Testing

@Suite(.serialized) struct AlertPathTests {
    @Test(.timeLimit(.minutes(3))) func groupsResolvesAndNotifies() async throws {
        let suite = try await Suite.start()
        defer { suite.stop() }
        let gateway = try await suite.start("ingest-gateway")
        let processor = try await suite.start("grouping-processor")
        let api = try await suite.start("alert-api")
        let hooks = try await WebhookReceiver.start()
        let team = try await Team.create(api: api.url, webhook: hooks.url)

        for key in ["server-1:cpu", "server-2:cpu"] {
            let answer = try await HTTP.post(gateway.url + "/v1/events", team.event(key: key))
            #expect(answer.status == 202)
            #expect(answer.json["status"]?.stringValue == "accepted")
            #expect(answer.json["dedupKey"]?.stringValue == key)
            #expect(answer.json["event_id"]?.stringValue?.isEmpty == false)
        }
        try await eventually("parent and child") { try await allAlerts(api: api.url, manager: team.id).count == 2 }
        var alerts = try await allAlerts(api: api.url, manager: team.id)
        #expect(alerts["server-1:cpu"]?["type"]?.stringValue == "parent")
        #expect(alerts["server-2:cpu"]?["type"]?.stringValue == "child")
        #expect(alerts["server-2:cpu"]?["parent_dedupKey"]?.stringValue == "server-1:cpu")
        try checkFamilies(alerts)

        _ = try await HTTP.post(
            gateway.url + "/v1/events", #"{"event_manager_id":"\#(team.id)","action":"resolve","dedupKey":"server-1:cpu"}"#)
        try await eventually("the resolve is noted") {
            try await HTTP.get(api.url + "/v1/alerts/server-1:cpu").json["resolve_requested"] == .bool(true)
        }
        #expect(try await HTTP.get(api.url + "/v1/alerts/server-1%3Acpu").json["status"]?.stringValue == "active")
        _ = try await HTTP.post(
            gateway.url + "/v1/events", #"{"event_manager_id":"\#(team.id)","action":"resolve","dedupKey":"server-2:cpu"}"#)
        try await eventually("both are resolved") {
            let alerts = try await allAlerts(api: api.url, manager: team.id)
            return alerts.values.allSatisfy { $0["status"]?.stringValue == "resolved" }
        }
        alerts = try await allAlerts(api: api.url, manager: team.id)
        try checkFamilies(alerts)
        try await eventually("two webhooks") { hooks.bodies.count == 2 }
        #expect(hooks.bodies.map { $0["dedupKey"]?.stringValue } == ["server-1:cpu", "server-1:cpu"])
        #expect(hooks.bodies.map { $0["status"]?.stringValue } == ["active", "resolved"])
        let why = try await HTTP.get(api.url + "/v1/alerts/server-2:cpu/why")
        #expect(why.status == 200)

        for service in [gateway, processor, api] {
            service.process.terminate()
            #expect(await service.process.waitForExit(timeout: .seconds(15)) == 0, "\(service.name): \(service.log)")
        }
    }

    @Test(.timeLimit(.minutes(4))) func losesAndDoublesNothingWhenProcessorsDie() async throws {
        let suite = try await Suite.start()
        defer { suite.stop() }
        let gateway = try await suite.start("ingest-gateway")
        let api = try await suite.start("alert-api")
        var processors: [RunningService] = []
        for _ in 0..<3 { processors.append(try await suite.start("grouping-processor", environment: ["ARGUS_SNAPSHOT_COMMITS": "200"])) }
        var teams: [Team] = []
        for _ in 0..<6 { teams.append(try await Team.create(api: api.url)) }
        let ledger = Ledger()
        let posting = Task { [teams] in await postUntilCancelled(to: [gateway.url], teams: teams, into: ledger) }
        defer { posting.cancel() }

        for index in 0..<3 {
            processors[index].process.terminate(signal: SIGKILL)
            try await expectProgress(
                of: teams, api: api.url, gateway: gateway.url, within: .seconds(15), "after kill -9 of processor \(index)")
            processors[index] = try await suite.start("grouping-processor", environment: ["ARGUS_SNAPSHOT_COMMITS": "200"])
        }
        let paused = processors[0]
        paused.process.terminate(signal: SIGSTOP)
        try await expectProgress(of: teams, api: api.url, gateway: gateway.url, within: .seconds(15), "while a processor is paused")
        paused.process.terminate(signal: SIGCONT)
        try await expectProgress(of: teams, api: api.url, gateway: gateway.url, within: .seconds(15), "after it woke")
        processors[1].process.terminate()
        #expect(await processors[1].process.waitForExit(timeout: .seconds(15)) == 0)
        try await expectProgress(of: teams, api: api.url, gateway: gateway.url, within: .seconds(15), "after SIGTERM")

        posting.cancel()
        await posting.value
        #expect(ledger.acceptedCount > 500)
        try await checkLedger(ledger, teams: teams, api: api.url)
        try await checkCommitLog(of: suite.nats)
    }

    @Test(.timeLimit(.minutes(4))) func losesNothingWhenBusGatewayAndAPIDie() async throws {
        let suite = try await Suite.start()
        defer { suite.stop() }
        var gateway = try await suite.start("ingest-gateway")
        var api = try await suite.start("alert-api")
        _ = try await suite.start("grouping-processor")
        let processor = try await suite.start("grouping-processor")
        var teams: [Team] = []
        for _ in 0..<4 { teams.append(try await Team.create(api: api.url)) }
        let ledger = Ledger()
        let posting = Task { [teams, url = gateway.url] in await postUntilCancelled(to: [url], teams: teams, into: ledger) }
        defer { posting.cancel() }
        try await eventually("some load") { ledger.acceptedCount > 100 }

        suite.nats.kill(signal: SIGKILL)
        try await eventually("the gateway says that the bus is away", within: .seconds(15)) {
            let answer = try? await HTTP.post(gateway.url + "/v1/events", teams[0].event(key: "probe-bus"))
            return answer?.status == 503 && answer?.headers["retry-after"] != nil
        }
        try await suite.nats.restart()
        try await expectProgress(of: teams, api: api.url, gateway: gateway.url, within: .seconds(20), "after kill -9 of the bus")

        gateway.process.terminate(signal: SIGKILL)
        gateway = try await suite.start("ingest-gateway", port: gateway.port)
        try await expectProgress(of: teams, api: api.url, gateway: gateway.url, within: .seconds(15), "after kill -9 of the gateway")

        api.process.terminate(signal: SIGKILL)
        api = try await suite.start("alert-api", port: api.port)
        try await expectProgress(of: teams, api: api.url, gateway: gateway.url, within: .seconds(15), "after kill -9 of the API")

        posting.cancel()
        await posting.value
        processor.process.terminate()
        try await checkLedger(ledger, teams: teams, api: api.url)

        api.process.terminate()
        _ = await api.process.waitForExit(timeout: .seconds(15))
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: "\(suite.directory)/alert-api.db\(suffix)") }
        api = try await suite.start("alert-api", port: api.port)
        try await checkLedger(ledger, teams: teams, api: api.url)
    }

    /// The log of every partition moves forward only, and a new owner begins with a commit that changes nothing.
    private func checkCommitLog(of nats: NATSServer) async throws {
        let bus = try await Bus.connect(BusConfiguration(servers: [nats.url], name: "system-test"), logger: Logger(label: "test"))
        let last = try await bus.streamInfo(Streams.alerts.name).lastSequence
        let log = try await bus.replay(stream: Streams.alerts.name, from: 1)
        var newest: [Int: Commit] = [:]
        var position: UInt64 = 0
        while position < last {
            for message in try await log.next(max: 500, wait: .seconds(5)) {
                let commit = try Commit(message.payload)
                if let previous = newest[commit.partition] {
                    #expect(commit.inputSequence >= previous.inputSequence)
                    #expect(commit.clock >= previous.clock)
                    if commit.owner != previous.owner { #expect(commit.changes.isEmpty, "a new owner did not fence the one before") }
                }
                newest[commit.partition] = commit
                position = message.metadata?.streamSequence ?? last
            }
        }
        #expect(!newest.isEmpty)
        await log.close()
        await bus.drain()
    }

    /// A fresh event of every team gets through to the API in time.
    private func expectProgress(of teams: [Team], api: String, gateway: String, within limit: Duration, _ when: String) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for team in teams {
                group.addTask {
                    let key = "\(probePrefix)\(UUID().uuidString)"
                    try await eventually("an event is accepted \(when)", within: limit) {
                        // A connection that died with its server is an answer too: try again.
                        (try? await HTTP.post(gateway + "/v1/events", team.event(key: key, class: key)))?.status == 202
                    }
                    try await eventually("it shows \(when)", within: limit) {
                        (try? await HTTP.get(api + "/v1/alerts/\(key)"))?.status == 200
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
