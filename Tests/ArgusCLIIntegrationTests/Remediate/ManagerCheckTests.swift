// `argus remediate` looks for the event managers that it is to tell before it begins.

import ArgusBus
import ArgusShared
import TestSupport
import Testing

@testable import ArgusCLI

struct ManagerCheckTests {
    private static let nobody = ["--manager", "nobody"]

    /// A bus that knows these event managers.
    private static func bed(_ managers: [String]) async throws -> CommandBed {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        try await bed.bus.ensure(Buckets.configuration)
        for id in managers {
            var writer = JSONWriter(capacity: 256)
            EventManager(id: id, name: id, routingKey: "secret", createdAt: .now(), updatedAt: .now()).write(to: &writer)
            try await bed.bus.keyValue(Buckets.configuration).put(ConfigurationKeys.manager(id), writer.bytes)
        }
        return bed
    }

    /// Runs `argus remediate` until it leads.
    private static func leads(
        _ bed: CommandBed, _ arguments: [String], _ environment: [String: String] = [:]
    ) async throws -> Captured {
        let captured = Captured()
        let environment = environment.merging(["NATS_URL": bed.server.url]) { $1 }
        let task = Task { await captured.run(["remediate"] + arguments, environment: environment) }
        try await eventually("it leads", within: .seconds(20)) { captured.errors.contains("leads (term") }
        task.cancel()
        #expect(await task.value == .success)
        return captured
    }

    @Test("A manager that the bus does not know is refused with those that it knows, also in a dry run")
    func refused() async throws {
        let bed = try await Self.bed(["ops", "payments"])
        for arguments in [Self.nobody, Self.nobody + ["--dry-run"]] {
            let (status, captured) = await bed.run(["remediate"] + arguments)
            #expect(status == .notFound && captured.output.isEmpty)
            #expect(
                captured.errors
                    == "argus: there is no event manager \"nobody\" to be told; there are ops, payments; "
                    + "or create it: argus managers create NAME --id nobody\n")
        }
        try await bed.bus.keyValue(Buckets.configuration).delete(ConfigurationKeys.manager("ops"))
        #expect(await bed.run(["remediate", "--manager", "ops"]).status == .notFound)
        #expect(await bed.run(["remediate", "--manager", "ops team"]).status == .usage)
    }

    @Test("A manager that the bus knows is told of nothing yet, and no manager is none too many")
    func accepted() async throws {
        let bed = try await Self.bed(["ops"])
        #expect(try await !Self.leads(bed, ["--manager", "ops"]).errors.contains("event manager"))
        #expect(try await !Self.leads(bed, []).errors.contains("event manager"))
    }

    @Test("On a bus that was never set up it says that it cannot know, and goes on")
    func unknown() async throws {
        let bed = try await CommandBed.start()
        try await bed.bus.ensure(Streams.processEvents())
        let captured = try await Self.leads(bed, Self.nobody)
        #expect(
            captured.errors.contains(
                "argus remediate: whether there is an event manager \"nobody\" to be told cannot be found out: this bus was never set up"))
    }

    private static let restricted = """
        authorization {
          users: [{
            user: "remediate", password: "p"
            permissions: { publish: { deny: ["$JS.API.DIRECT.GET.KV_argus_config.>", "$JS.API.CONSUMER.*.KV_argus_config.>"] } }
          }]
        }
        """

    @Test("Where the bus keeps its configuration to itself, alert-api is asked; what it cannot say is no reason not to begin")
    func asksAlertAPI() async throws {
        let server = try await NATSServer.start(extraConfiguration: Self.restricted)
        let credentials = ["NATS_USER": "remediate", "NATS_PASSWORD": "p"]
        var configuration = BusConfiguration(servers: [server.url], name: "cli-tests")
        (configuration.user, configuration.password) = ("remediate", "p")
        let bus = try await Bus.connect(configuration, logger: CommandBed.logger)
        try await bus.ensure(Streams.processEvents())
        try await bus.ensure(Buckets.configuration)
        let bed = CommandBed(server: server, bus: bus)
        let answers: [String: RecordingServer.Answer] = [
            "GET /v1/event-managers/ops": .init(body: #"{"id":"ops"}"#),
            "GET /v1/event-managers/secret": .init(status: 403, body: #"{"error":{"code":"forbidden","message":"No."}}"#),
        ]
        try await RecordingServer.run(answers) { edge in
            let environment = credentials.merging(["ARGUS_URL": edge.url]) { $1 }
            let (status, captured) = await bed.run(["remediate"] + Self.nobody, environment: environment)
            #expect(status == .notFound)
            #expect(
                captured.errors
                    == "argus: there is no event manager \"nobody\" to be told; create it: argus managers create NAME --id nobody\n")
            let known = try await Self.leads(bed, ["--manager", "ops"], environment)
            #expect(!known.errors.contains("event manager"))
            let kept = try await Self.leads(bed, ["--manager", "secret"], environment)
            #expect(kept.errors.contains("\"secret\" to be told cannot be found out: alert-api refuses: No."))
        }
    }
}
