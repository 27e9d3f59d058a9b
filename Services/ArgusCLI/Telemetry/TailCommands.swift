// `argus tail`: spans and log records as they arrive.

import ArgumentParser
import ArgusBus
import ArgusOTLP
import ArgusShared

/// The commands that follow telemetry.
struct TailCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Print spans or log records as they arrive on the bus.",
        discussion: """
            Examples:
              argus tail logs --service checkout --severity warn
              argus tail traces --service checkout --min-duration 200ms
              argus tail traces --severity error --json

            It shows what arrives from now on, before it is stored, and slows nobody down: if it cannot follow, it loses some and says so.
            Ctrl-C ends it, with exit code 130.
            """,
        subcommands: [TailLogs.self, TailTraces.self])
}

/// What both kinds of telemetry can be chosen by.
struct TelemetrySelection: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("Only of this service; repeatable.", valueName: "name"))
    var service: [String] = []

    /// Whether something of this resource is meant.
    func includes(_ service: String) -> Bool {
        self.service.isEmpty || self.service.contains(service)
    }
}

/// Messages of a subject, each taken apart by a command.
struct TelemetryTail {
    private static let capacity = 4096

    let global: GlobalOptions
    let subject: String

    /// Runs until interrupted; requests that cannot be read are told of and passed over.
    func run(_ body: (UnsafeRawBufferPointer) throws -> Void) async throws {
        let output = global.output
        try await Interruption.following {
            try await global.withBus { bus in
                let notes = ConnectionNotes(bus, output)
                defer { notes.end() }
                let subscription = bus.subscribe(to: subject, capacity: Self.capacity)
                try await bus.flush()
                var lost: UInt64 = 0
                for await message in subscription {
                    do {
                        try message.payload.withUnsafeBytes { try body($0) }
                    } catch let error as OTLPError {
                        try output.note("argus: a request on \(subject) cannot be read: \(error)")
                    }
                    if subscription.dropped > lost {
                        try output.note("argus: \(subscription.dropped - lost) requests came too fast and are not shown")
                        lost = subscription.dropped
                    }
                }
                guard Task.isCancelled else { throw CommandLineError(.refused, "the event bus does not let us read \(subject)") }
            }
        }
    }
}

/// `argus tail logs`.
struct TailLogs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "Log records as they arrive.")

    @OptionGroup var selection: TelemetrySelection
    @Option(help: "Only of this severity or worse.")
    var severity: LogSeverity?
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let output = global.output
        try await TelemetryTail(global: global, subject: Subjects.otlpLogs).run { bytes in
            try OTLPLogs.forEachRecord(in: bytes) { resource, _, record in
                let service = TelemetryText.service(resource)
                guard selection.includes(service), severity?.includes(record.severityNumber) != false else { return }
                if output.isJSON {
                    try output.json(TelemetryText.json(record, of: service))
                } else {
                    try output.line(TelemetryText.line(record, of: service, output))
                }
            }
        }
    }
}

/// `argus tail traces`.
struct TailTraces: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "traces", abstract: "Spans as they arrive.")

    /// What a span's status may be asked to be.
    enum Outcome: String, ExpressibleByArgument, CaseIterable {
        case error
    }

    @OptionGroup var selection: TelemetrySelection
    @Option(help: "Only spans that failed.")
    var severity: Outcome?
    @Option(help: ArgumentHelp("Only spans that took at least 200ms, 1s, ...", valueName: "span"))
    var minDuration: TimeSpan?
    @Flag(help: "Only the first span of each trace.")
    var roots = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let output = global.output
        try await TelemetryTail(global: global, subject: Subjects.otlpTraces).run { bytes in
            try OTLPTraces.forEachSpan(in: bytes) { resource, _, span in
                let service = TelemetryText.service(resource)
                guard span.invalid == nil, selection.includes(service), includes(span) else { return }
                if output.isJSON {
                    try output.json(TelemetryText.json(span, of: service))
                } else {
                    try output.line(TelemetryText.line(span, of: service, output))
                }
            }
        }
    }

    private func includes(_ span: SpanView) -> Bool {
        if severity == .error, span.statusCode != 2 { return false }
        if roots, span.parentSpanID != nil { return false }
        guard let minDuration else { return true }
        return TelemetryText.nanoseconds(span) / 1_000_000 >= UInt64(clamping: minDuration.milliseconds)
    }
}

/// Severities of OTLP's log data model, section SeverityNumber.
enum LogSeverity: String, ExpressibleByArgument, CaseIterable, Sendable {
    case trace, debug, info, warn, error, fatal

    /// The least number of the severity.
    private var number: Int32 {
        switch self {
        case .trace: 1
        case .debug: 5
        case .info: 9
        case .warn: 13
        case .error: 17
        case .fatal: 21
        }
    }

    /// Whether a record of this number is as bad or worse.
    func includes(_ number: Int32) -> Bool {
        number >= self.number
    }

    /// The severity of a number; nil for 0 and what is not defined.
    init?(number: Int32) {
        guard (1...24).contains(number), let severity = Self.allCases.last(where: { $0.number <= number }) else { return nil }
        self = severity
    }
}
