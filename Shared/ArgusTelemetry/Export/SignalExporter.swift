// Sends one signal's batches.

import ArgusBus
import ArgusOTLP
import ArgusShared
import Logging
import Synchronization

/// Publishes batches in order, one at a time, each until it is acknowledged.
final class SignalExporter: Sendable {
    /// A batch on its way. It keeps its message id over all attempts, so that the bus stores it once.
    private struct Batch {
        let id: String
        let payload: [UInt8]
        let count: Int
    }

    private let signal: TelemetryBuffer.Signal
    private let buffer: TelemetryBuffer
    private let bus: Bus
    private let assembler: RequestAssembler
    private let options: TelemetryOptions
    private let logger: Logger
    private let unfinished = Mutex<Batch?>(nil)

    init(
        signal: TelemetryBuffer.Signal, buffer: TelemetryBuffer, bus: Bus, assembler: RequestAssembler, options: TelemetryOptions,
        logger: Logger
    ) {
        self.signal = signal
        self.buffer = buffer
        self.bus = bus
        self.assembler = assembler
        self.options = options
        self.logger = logger
    }

    private var subject: String {
        switch signal {
        case .traces: Subjects.otlpTraces
        case .logs: Subjects.otlpLogs
        }
    }

    /// Until the buffer is closed; then what is left, for as long as the options allow.
    func run() async {
        let wakes = buffer.wakes(of: signal)
        let closing = buffer.closing()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in wakes { await self.exportAll(until: nil) } }
            group.addTask { await self.wakeRegularly() }
            group.addTask { for await _ in closing {} }
            // The buffer is closed: an attempt that waits for the bus must not keep the service from ending.
            await group.next()
            group.cancelAll()
        }
        await exportAll(until: .now + options.shutdownTimeout)
        let left = buffer.counts(of: signal).buffered
        guard left > 0 else { return }
        buffer.removeFirst(left, of: signal, areExported: false)
        logger.warning("telemetry was lost at shutdown", metadata: ["signal": "\(signal)", "items": "\(left)"])
    }

    private func wakeRegularly() async {
        while (try? await Task.sleep(for: options.interval)) != nil { buffer.wake(signal) }
    }

    private func exportAll(until deadline: ContinuousClock.Instant?) async {
        while let batch = nextBatch(), await export(batch, until: deadline) {
            unfinished.withLock { $0 = nil }
        }
    }

    private func nextBatch() -> Batch? {
        if let batch = unfinished.withLock({ $0 }) { return batch }
        let items = buffer.batch(of: signal, maximumBytes: max(bus.maximumPayload - assembler.overhead, 1))
        guard !items.isEmpty else { return nil }
        let batch = Batch(id: Identifier.make(), payload: assembler.request(items), count: items.count)
        unfinished.withLock { $0 = batch }
        return batch
    }

    /// Whether the batch is done with; false when the time is over.
    private func export(_ batch: Batch, until deadline: ContinuousClock.Instant?) async -> Bool {
        var delay = Duration.milliseconds(100)
        var hasFailed = false
        while !Task.isCancelled {
            let left = deadline.map { $0 - .now }
            if let left, left <= .zero { return false }
            do throws(BusError) {
                try await bus.publish(batch.payload, to: subject, messageID: batch.id, timeout: left)
                buffer.removeFirst(batch.count, of: signal, areExported: true)
                if hasFailed { logger.info("telemetry is exported again", metadata: ["signal": "\(signal)"]) }
                return true
            } catch {
                switch error.code {
                case .closed, .cancelled: return false
                case .payloadTooLarge, .invalidArgument:
                    logger.warning("telemetry cannot be exported", metadata: ["signal": "\(signal)", "error": "\(error)"])
                    buffer.removeFirst(batch.count, of: signal, areExported: false)
                    return true
                default:
                    if !hasFailed {
                        logger.warning("telemetry waits for the bus", metadata: ["signal": "\(signal)", "error": "\(error)"])
                    }
                    hasFailed = true
                }
            }
            guard (try? await Task.sleep(for: min(delay, left ?? delay))) != nil else { return false }
            delay = min(delay * 2, options.longestRetryDelay)
        }
        return false
    }
}
