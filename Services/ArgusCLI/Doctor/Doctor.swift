// `argus doctor`: is everything there and in order, and if not, what to do.

import ArgumentParser
import ArgusBus
import ArgusShared

/// Examines bus and services.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the bus, its streams, consumers and buckets, the services and the clocks; say what to do.",
        discussion: """
            Examples:
              argus doctor
              argus doctor --quiet                                    only what is not in order
              argus doctor --service grouping-processor=http://10.0.0.7:8084
              argus doctor --json

            Services are asked for their /readyz at their usual ports on this machine; --service names another place, or leaves one out \
            if it is empty (--service process-adapter=).

            It ends with 0 if nothing worse than a warning was found, with 1 if there is a problem, and with 3 if the bus does not answer.
            """)

    @Option(name: .customLong("service"), help: ArgumentHelp("Where a service answers; repeatable.", valueName: "name=url"))
    var places: [String] = []
    @Flag(name: .shortAndLong, help: "Print only what is not in order.")
    var quiet = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let output = global.output
        let services = try ServiceExamination(edge: global.edge, places: places)
        var findings: [Finding] = []
        var isBusAway = false
        do {
            findings += try await global.withBus { bus in await BusExamination(bus: bus).findings() }
        } catch let error as CommandLineError where error.status == .unreachable {
            isBusAway = true
            findings.append(
                .problem(
                    "bus", error.message,
                    advice: "start it (deploy/run starts everything), or name where it is with --nats-url, NATS_URL or --context"))
        } catch let error as BusError {
            findings.append(
                .problem("bus", BusFailure.sentence(of: error), advice: "check user, password and files in NATS_* or in the nats context"))
        }
        findings += await services.findings()
        try Task.checkCancellation()
        try show(findings, output)
        if isBusAway { throw CommandLineError(.unreachable, "the event bus does not answer") }
        let problems = findings.count { $0.status == .problem }
        if problems > 0 { throw CommandLineError(.failure, "\(problems) \(problems == 1 ? "problem" : "problems") found") }
    }

    private func show(_ findings: [Finding], _ output: Output) throws {
        let shown = findings.filter { !quiet || $0.status != .ok }
        if output.isJSON {
            let worst = findings.map(\.status).max() ?? .ok
            return try output.json(
                .object([.init("status", .string(worst.rawValue)), .init("findings", .array(shown.map(\.json)))]))
        }
        for finding in shown {
            for line in finding.lines(output.style) { try output.line(line) }
        }
    }
}
