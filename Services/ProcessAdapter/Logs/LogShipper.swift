// Brings log lines to the bus as OTLP.

import ArgusBus
import ArgusOTLP
import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle
import Synchronization

/// Lines wait here, bounded, until the bus has them. Lines that do not fit are dropped and counted.
struct LogShipper: Service, CustomStringConvertible {
    let buffer: LogBuffer
    let bus: Bus
    let logger: Logger

    private static let interval = Duration.milliseconds(200)
    private static let linesPerMessage = 1000
    private static let patienceAtShutdown = Duration.seconds(2)

    /// What logs call it.
    var description: String { "log lines of processes" }

    /// Runs until shutdown, then makes one more attempt for what is left.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil {
                while !Task.isCancelled, await ship(timeout: nil) {}
            }
        }
        let deadline = ContinuousClock.now + Self.patienceAtShutdown
        // The task may be cancelled already, and a publication would be with it.
        await Task { while ContinuousClock.now < deadline, await ship(timeout: deadline - .now) {} }.value
        if buffer.count > 0 { logger.warning("log lines were lost at shutdown", metadata: ["lines": "\(buffer.count)"]) }
    }

    /// Publishes a batch; returns whether there may be more to do now.
    private func ship(timeout: Duration?) async -> Bool {
        guard let batch = buffer.batch(lines: Self.linesPerMessage, bytes: bus.maximumPayload / 2) else { return false }
        do {
            try await bus.publish(batch.payload, to: Subjects.otlpLogs, messageID: batch.id, timeout: timeout)
            buffer.removeBatch(isShipped: true)
            return true
        } catch {
            switch error.code {
            case .payloadTooLarge, .invalidArgument:
                buffer.removeBatch(isShipped: false)
                return true
            case .cancelled, .closed: return false
            default:
                logger.warning("log lines wait for the bus", metadata: [LogKey.error: "\(error)"])
                try? await Task.sleep(for: .seconds(1))
                return false
            }
        }
    }
}

/// Whose line it is.
struct LogSource: Sendable, Hashable {
    var process: String
    var namespace: String
    /// 0 if it is not known.
    var pid: Int64
}

/// The lines that wait.
final class LogBuffer: Sendable {
    /// A message that was made of the first lines, kept until it is known to be stored so that it keeps its id.
    struct Batch: Sendable {
        let id: String
        let payload: [UInt8]
        let count: Int
        let bytes: Int
    }

    private struct Contents {
        var lines: ArraySlice<(source: LogSource, record: OTLPLogRecord, bytes: Int)> = []
        var bytes = 0
        var batch: Batch?
    }

    /// Bytes that a line takes beside its text, roughly.
    private static let overhead = 128

    private let contents = Mutex(Contents())
    private let lineLimit: Int
    private let byteLimit: Int
    private let shipped: MetricCounter
    private let dropped: MetricCounter

    init(_ registry: MetricsRegistry, lineLimit: Int = 20_000, byteLimit: Int = 16 << 20) {
        self.lineLimit = lineLimit
        self.byteLimit = byteLimit
        shipped = registry.counter("argus_process_log_lines_total", help: "Log lines of processes that are on the bus.")
        dropped = registry.counter("argus_process_log_lines_dropped_total", help: "Log lines of processes for which there was no room.")
        registry.gauge("argus_process_log_lines_waiting", help: "Log lines of processes that wait for the bus.") { [weak self] in
            (self?.count).map(Double.init)
        }
    }

    /// How many wait.
    var count: Int { contents.withLock { $0.lines.count } }

    /// Adds lines that were seen at `time`, as far as there is room.
    func add(_ lines: [String], of source: LogSource, at time: Timestamp) {
        let nanoseconds = UInt64(max(0, time.milliseconds)) * 1_000_000
        for line in lines {
            let text = LogText(line)
            var record = OTLPLogRecord(time: nanoseconds, observedTime: nanoseconds, body: .string(text.text))
            if let severity = text.severity {
                record.severityNumber = severity.rawValue
                record.severityText = "\(severity)".uppercased()
            }
            let bytes = text.text.utf8.count + Self.overhead
            let fits = contents.withLock { contents in
                guard contents.lines.count < lineLimit, contents.bytes + bytes <= byteLimit else { return false }
                contents.lines.append((source, record, bytes))
                contents.bytes += bytes
                return true
            }
            if !fits { dropped.increment() }
        }
    }

    /// The message of the first lines, at least one; nil if none wait.
    func batch(lines: Int, bytes: Int) -> Batch? {
        contents.withLock { contents in
            if let batch = contents.batch { return batch }
            var size = 0
            let first = contents.lines.prefix(lines).prefix { line in
                defer { size += line.bytes }
                return size == 0 || size + line.bytes <= bytes
            }
            guard !first.isEmpty else { return nil }
            let groups = Dictionary(grouping: first, by: \.source).map { source, lines in
                OTLPGroup(resource: source.resource, scopes: [.init(scope: OTLPScope(), items: lines.map(\.record))])
            }
            let batch = Batch(
                id: Identifier.make(), payload: OTLPLogs.request(groups), count: first.count, bytes: first.reduce(0) { $0 + $1.bytes })
            contents.batch = batch
            return batch
        }
    }

    /// The last batch is done with.
    func removeBatch(isShipped: Bool) {
        let count = contents.withLock { contents in
            guard let batch = contents.batch else { return 0 }
            contents.lines = contents.lines.dropFirst(batch.count)
            contents.bytes -= batch.bytes
            contents.batch = nil
            return batch.count
        }
        (isShipped ? shipped : dropped).increment(by: count)
    }
}

extension LogSource {
    fileprivate var resource: OTLPResource {
        var attributes = [
            Attribute("service.name", .string(process)), Attribute("service.namespace", .string(namespace)),
        ]
        if pid != 0 { attributes.append(Attribute("process.pid", .int(pid))) }
        return OTLPResource(attributes: attributes)
    }
}
