// Our own spans and logs, to Argus over the bus.

public import ArgusBus
public import ArgusOTLP
public import ArgusShared
public import Logging
public import ServiceLifecycle

/// Exports spans and log records as OTLP to `argus.otlp.traces` and `argus.otlp.logs`.
///
/// Callers never wait: items go into a bounded buffer, and what does not fit is counted. A batch is sent until JetStream acknowledged it.
/// In a service group it stands behind the bus and before everything that has something to tell, so that it ends after that.
public final class TelemetryExporter: Service {
    /// Makes spans.
    public let tracer: ArgusTracer

    private let buffer: TelemetryBuffer
    private let exporters: [SignalExporter]

    /// An exporter, which sends once `run()` runs. The stream must exist: `TelemetrySetup.ensure(on:)`.
    ///
    /// - Parameters:
    ///   - resource: Who tells: `[Attribute].service(name:...)` makes the usual attributes.
    ///   - scope: Name of the instrumentation scope of the spans; that of a log record is its logger's label.
    ///   - version: Version of that scope.
    ///   - logger: Where the exporter tells of its own trouble; must not export itself.
    public init(
        bus: Bus, resource: [Attribute], scope: String = "argus", version: String = "", options: TelemetryOptions = TelemetryOptions(),
        logger: Logger
    ) {
        let buffer = TelemetryBuffer(
            maximumItems: options.bufferSize, maximumBytes: options.bufferBytes, batchItems: max(options.batchSize, 1))
        let assembler = RequestAssembler(resource: resource, versions: [scope: version])
        self.buffer = buffer
        exporters = TelemetryBuffer.Signal.allCases.map {
            SignalExporter(signal: $0, buffer: buffer, bus: bus, assembler: assembler, options: options, logger: logger)
        }
        tracer = ArgusTracer(buffer: buffer, scope: scope, sampling: Sampling(ratio: options.sampleRatio))
    }

    /// A handler for the logger called `label`.
    public func logHandler(label: String, level: Logger.Level = .info) -> TelemetryLogHandler {
        TelemetryLogHandler(label: label, level: level, buffer: buffer)
    }

    /// A logger that does what `logger` does and exports too, from the same level on.
    public func logger(alongside logger: Logger) -> Logger {
        var handler = logHandler(label: logger.label, level: logger.logLevel)
        handler.metadata = logger.handler.metadata
        handler.metadataProvider = logger.handler.metadataProvider
        let both = MultiplexLogHandler([logger.handler, handler])
        return Logger(label: logger.label) { _ in both }
    }

    /// Exports until shut down gracefully, then what is left within `shutdownTimeout`. What comes later is dropped and counted.
    public func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                for exporter in exporters { group.addTask { await exporter.run() } }
            }
        } onCancelOrGracefulShutdown: { [buffer] in
            buffer.close()
        }
    }

    /// Sends what waits now, without waiting for the interval.
    ///
    /// - Returns: Whether all of it was acknowledged or given up before `timeout`.
    @discardableResult
    public func flush(timeout: Duration = .seconds(5)) async -> Bool {
        let mark = buffer.mark
        let deadline = ContinuousClock.now + timeout
        while !buffer.hasFinished(mark) {
            buffer.wake()
            guard .now < deadline, (try? await Task.sleep(for: .milliseconds(10))) != nil else { return false }
        }
        return true
    }

    /// Counters. Cheap.
    public var metrics: TelemetryMetrics {
        let spans = buffer.counts(of: .traces)
        let logs = buffer.counts(of: .logs)
        return TelemetryMetrics(
            exportedSpans: spans.exported, droppedSpans: spans.dropped, exportedLogs: logs.exported, droppedLogs: logs.dropped,
            bufferedSpans: spans.buffered, bufferedLogs: logs.buffered)
    }
}

extension [Attribute] {
    /// The resource of a service (semantic conventions); every process is an instance of its own unless told otherwise.
    public static func service(
        name: String, version: String = "", namespace: String = "argus", instance: String = Identifier.make()
    ) -> [Attribute] {
        var attributes = [Attribute("service.name", name), Attribute("service.namespace", namespace)]
        if !version.isEmpty { attributes.append(Attribute("service.version", version)) }
        attributes.append(Attribute("service.instance.id", instance))
        attributes.append(Attribute("telemetry.sdk.name", "argus"))
        attributes.append(Attribute("telemetry.sdk.language", "swift"))
        return attributes
    }
}
