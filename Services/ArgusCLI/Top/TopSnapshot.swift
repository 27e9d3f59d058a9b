// One look at what the dashboard shows, as text or JSON.

import ArgusBus
import ArgusShared

/// `argus top --once`.
struct TopSnapshot {
    /// How long a sample of processes is waited for: process-adapter sends them every few seconds.
    static let patience = Duration.seconds(3)
    private static let shownEvents = 20
    /// How far back events are read, in milliseconds.
    private static let eventTime: Int64 = 3_600_000

    let global: GlobalOptions

    func run() async throws {
        let edge = try global.edge
        let output = global.output
        let model = try await global.withBus { try await Self.look($0, edge) }
        if output.isJSON { try output.json(TopReport(model: model, now: .now()).json) } else { try Self.show(model, output) }
    }

    /// Everything that can be seen within a few seconds.
    private static func look(_ bus: Bus, _ edge: EdgeClient) async throws -> TopModel {
        var model = TopModel(address: "")
        let samples = bus.subscribe(to: Subjects.processSamples(instance: "*"), capacity: 64)
        let partitions = await TopReadings.partitions(bus) ?? 0
        let first = await TopReadings.streamCounts(bus, partitions: partitions)
        let start = ContinuousClock.now
        try await readProcesses(bus, into: &model)
        do {
            _ = model.apply(.alerts(try await TopReadings.alerts(edge)), at: .now())
        } catch {
            _ = model.apply(.alertsFailed(TopFeeds.sentence(error)), at: .now())
        }
        for sample in await collect(samples, until: start + (model.hasProcessEvents ? patience : .seconds(1))) {
            _ = model.apply(.sample(sample), at: .now())
        }
        let last = await TopReadings.streamCounts(bus, partitions: partitions)
        for counts in [first, last] { _ = model.apply(.rates(counts.readings, counts.backlog), at: .now()) }
        model.settle()
        return model
    }

    private static func readProcesses(_ bus: Bus, into model: inout TopModel) async throws(BusError) {
        let since = Timestamp.now().adding(milliseconds: -eventTime)
        do throws(BusError) {
            for try await event in ProcessEvents.subscribe(on: bus, since: since, follows: false) {
                _ = model.apply(.event(event), at: .now())
            }
        } catch {
            guard error.code == .notFound else { throw error }
            _ = model.apply(.noProcesses, at: .now())
        }
        do throws(BusError) {
            _ = model.apply(.known(try await TopReadings.lastEvents(bus)), at: .now())
        } catch {
            guard error.code == .notFound else { throw error }
        }
    }

    private static func collect(_ subscription: Subscription, until deadline: ContinuousClock.Instant) async -> [ProcessSample] {
        let end = Task {
            try? await Task.sleep(until: deadline, clock: .continuous)
            subscription.unsubscribe()
        }
        defer { end.cancel() }
        var samples: [ProcessSample] = []
        for await message in subscription {
            if let sample = try? ProcessSample(parsing: message.payload) { samples.append(sample) }
        }
        return samples
    }

    // MARK: Text

    private static func show(_ model: TopModel, _ output: Output) throws {
        let now = Timestamp.now()
        var table = Table("PROCESS", "STATUS", "HEALTH", "RESTARTS", "UPTIME", "CPU", "MEMORY")
        for process in model.processList {
            let state = process.state
            table.add(
                "\(process.id.text)", .init(state.status, color(process.condition)), "\(state.readiness.rawValue)", "\(state.restarts)",
                "\(process.uptime(at: now).map { TimeSpan.text(milliseconds: $0) } ?? "-")",
                "\(process.isAlive ? "\((state.cpu * 10).rounded() / 10)%" : "-")",
                "\(process.isAlive ? ByteCount.text(state.memory) : "-")")
        }
        let none = model.hasProcessEvents ? "No processes are known." : "process-adapter has never run on this bus."
        try output.table(table, empty: none)
        try output.line()
        if let failure = model.alertFailure {
            try output.line("Alerts are not known: \(failure)")
        } else {
            var alerts = Table("SEVERITY", "SINCE", "ALERT", "CHILDREN", "KEY")
            for line in model.alertList {
                let alert = line.alert
                alerts.add(
                    "\(alert.severity.rawValue)", "\(output.dateAndClock(alert.createdAt))",
                    "\((line.isChild ? "  " : "") + alert.summary)",
                    "\(alert.childCount > 0 ? "\(alert.activeChildCount) of \(alert.childCount)" : "")", "\(alert.key)")
            }
            try output.table(alerts, empty: "No active alerts.")
        }
        if !model.eventList.isEmpty { try output.line() }
        for recent in model.eventList.prefix(shownEvents).reversed() { try output.line(ProcessEventLine.text(recent.event, output)) }
        let rates = model.rates.texts(at: now)
        if !rates.isEmpty { try output.line("\n" + rates.joined(separator: ", ")) }
    }

    private static func color(_ condition: TopProcess.Condition) -> Style.Color? {
        switch condition {
        case .failed: .red
        case .unhealthy, .changing: .yellow
        case .up: .green
        case .ended: nil
        }
    }
}
