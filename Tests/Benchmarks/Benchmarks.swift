// The load generator that `deploy/bench` drives: prints one line of JSON.

import ArgusBus
import ArgusObserver
import ArgusShared
import Glibc
import Logging

@main
struct Benchmarks {
    static let usage = """
        usage: argus-bench load [--port N] [--path P] [--format argus|alertmanager] [--connections N] [--seconds S] [--rate R] [--batch N]
                           [--managers ID,ID] [--keys N] [--classes N] [--parent-every N] [--webhook-port N]
               argus-bench telemetry [--port N] [--transport http|grpc] [--signal traces|logs] [--layout trace|service] [--batch N]
                           [--connections N] [--streams N] [--seconds S] [--items N] [--rate R] [--spread S]
               argus-bench observe --nats URL [--events N]
               argus-bench publish --nats URL [--outstanding N] [--seconds S] [--bytes N]

        """

    static func main() async {
        do {
            var arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
            switch arguments.command {
            case "load":
                var load = try Load(try LoadPlan(&arguments))
                try write(load.run() + "\n", to: STDOUT_FILENO)
            case "telemetry":
                var load = try TelemetryLoad(try TelemetryPlan(&arguments))
                try write(load.run() + "\n", to: STDOUT_FILENO)
            case "observe": try await write(observe(&arguments) + "\n", to: STDOUT_FILENO)
            case "publish": try await write(publish(&arguments) + "\n", to: STDOUT_FILENO)
            default: throw BenchmarkError("unknown command \(arguments.command)\n\(usage)")
            }
        } catch {
            write("argus-bench: \(error)\n", to: STDERR_FILENO)
            exit(1)
        }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }

    /// What it costs to emit one observation event.
    private static func observe(_ arguments: inout Arguments) async throws -> String {
        let url = arguments.string("nats") ?? "nats://127.0.0.1:4222"
        let count = try arguments.number("events") ?? 100_000
        try arguments.finish()
        let logger = Logger(label: "argus-bench")
        let bus = try await Bus.connect(BusConfiguration(servers: [url], name: "argus-bench"), logger: logger)
        let observer = Observer(connection: bus, options: ObserverOptions().withBufferSize(count), logger: logger)
        let events = (0..<count).map { Event(.runStarted).withClient("org_123").withWorkflow("wf_abc").withRun("run_\($0 % 100)") }
        var latencies = Latencies(capacity: count)
        try emit(events, to: observer, &latencies)
        await observer.close(timeout: .seconds(1))
        await bus.drain()
        return """
            {"events":\(count),"emit":{\(latencies.json)}}
            """
    }

    private static func emit(_ events: [Event], to observer: Observer, _ latencies: inout Latencies) throws {
        for event in events {
            let start = monotonicNanoseconds()
            try observer.emit(event)
            latencies.record(monotonicNanoseconds() - start)
        }
    }

    /// The raw rate of acknowledged JetStream publishes: the limit of what a service could do with one message an event.
    private static func publish(_ arguments: inout Arguments) async throws -> String {
        let url = arguments.string("nats") ?? "nats://127.0.0.1:4222"
        let outstanding = try arguments.number("outstanding") ?? 1024
        let seconds = try arguments.decimal("seconds") ?? 5
        let payload = [UInt8](repeating: UInt8(ascii: "x"), count: try arguments.number("bytes") ?? 300)
        try arguments.finish()
        let bus = try await Bus.connect(BusConfiguration(servers: [url], name: "argus-bench"), logger: Logger(label: "argus-bench"))
        let stream = StreamDefinition(name: "ARGUS_BENCH", subjects: ["argus.bench.>"])
        try await bus.ensure(stream)
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let published = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<outstanding {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now < end {
                        _ = try await bus.publish(payload, to: "argus.bench.\(worker)")
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        try await bus.deleteStream(stream.name)
        await bus.drain()
        return #"{"published":\#(published),"per_second":\#(Double(published) / elapsed)}"#
    }
}

/// `command --name value ...`.
struct Arguments {
    let command: String
    private var values: [String: String] = [:]

    init(_ words: [String]) {
        command = words.first ?? ""
        var rest = words.dropFirst()
        while let name = rest.popFirst() {
            values[name.hasPrefix("--") ? String(name.dropFirst(2)) : name] = rest.popFirst() ?? ""
        }
    }

    mutating func string(_ name: String) -> String? {
        values.removeValue(forKey: name)
    }

    mutating func number(_ name: String) throws -> Int? {
        guard let text = string(name) else { return nil }
        guard let value = Int(text), value >= 0 else { throw BenchmarkError("--\(name) takes a whole number, not \(text)") }
        return value
    }

    mutating func decimal(_ name: String) throws -> Double? {
        guard let text = string(name) else { return nil }
        guard let value = Double(text), value >= 0 else { throw BenchmarkError("--\(name) takes a number, not \(text)") }
        return value
    }

    func finish() throws {
        if let name = values.keys.sorted().first { throw BenchmarkError("unknown option --\(name)\n\(Benchmarks.usage)") }
    }
}

extension LoadPlan {
    init(_ arguments: inout Arguments) throws {
        self.init()
        if let value = try arguments.number("port") { port = UInt16(clamping: value) }
        if let value = arguments.string("path") { path = value }
        if let value = arguments.string("format") {
            guard let format = Format(rawValue: value) else { throw BenchmarkError("--format takes argus or alertmanager, not \(value)") }
            self.format = format
        }
        if let value = try arguments.number("connections") { connections = max(1, value) }
        if let value = try arguments.decimal("seconds") { seconds = value }
        if let value = try arguments.decimal("rate") { rate = value }
        if let value = try arguments.number("batch") { batch = max(1, value) }
        if let value = arguments.string("managers") { managers = value.split(separator: ",").map(String.init) }
        if let value = try arguments.number("keys") { keys = max(1, value) }
        if let value = try arguments.number("classes") { classes = max(1, value) }
        if let value = try arguments.number("parent-every") { parentEvery = value }
        if let value = try arguments.number("webhook-port") { webhookPort = UInt16(clamping: value) }
        try arguments.finish()
        guard format == .alertmanager || !managers.isEmpty else { throw BenchmarkError("--managers is missing") }
    }
}
