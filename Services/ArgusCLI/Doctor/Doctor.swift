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

            Services tell the bus every few seconds how they are, wherever they listen, and are judged by that. One that tells nothing for 30 \
            seconds is not there: that is a problem for those that alerts need, a warning for another one that was used on this bus, and \
            nothing at all for one that never was.

            --service asks a service by HTTP as well, or leaves one out if its address is empty (--service process-adapter=). Where the bus \
            cannot tell, all are asked for their /readyz at their usual ports on this machine.

            It ends with 0 if nothing worse than a warning was found, with 1 if there is a problem, and with 3 if the bus does not answer.
            """)

    @Option(name: .customLong("service"), help: ArgumentHelp("Where a service answers; repeatable.", valueName: "name=url"))
    var places: [String] = []
    @Flag(name: .shortAndLong, help: "Print only what is not in order.")
    var quiet = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let output = global.output
        let edge = try global.edge
        let services = try ServiceExamination(edge: edge, isEdgeNamed: global.services.namesEdge(), places: places)
        var report = BusExamination.Report()
        var isBusAway = false
        do {
            report = try await global.withBus { bus in await BusExamination(bus: bus).report() }
        } catch let error as CommandLineError where error.status == .unreachable {
            isBusAway = true
            report.findings.append(
                .problem(
                    "bus", error.message,
                    advice: "start it (deploy/run starts everything), or name where it is with --nats-url, NATS_URL or --context"))
        } catch let error as BusError {
            report.findings.append(
                .problem("bus", BusFailure.sentence(of: error), advice: "check user, password and files in NATS_* or in the nats context"))
        }
        report.fleet?.skipped = services.skipped
        report.findings += report.fleet?.findings ?? []
        report.findings += await services.findings(knowsFleet: report.fleet != nil)
        try Task.checkCancellation()
        try show(report, output)
        if isBusAway { throw CommandLineError(.unreachable, "the event bus does not answer") }
        let problems = report.findings.count { $0.status == .problem }
        if problems > 0 { throw CommandLineError(.failure, "\(problems) \(problems == 1 ? "problem" : "problems") found") }
    }

    private func show(_ report: BusExamination.Report, _ output: Output) throws {
        let shown = report.findings.filter { !quiet || $0.status != .ok }
        if output.isJSON {
            let worst = report.findings.map(\.status).max() ?? .ok
            return try output.json(
                .object([
                    .init("status", .string(worst.rawValue)), .init("findings", .array(shown.map(\.json))),
                    .init("services", report.fleet?.json ?? .null),
                ]))
        }
        for finding in shown {
            for line in finding.lines(output.style) { try output.line(line) }
        }
    }
}
