// Sends one signal's batches.

import ArgusBus
import ArgusOTLP
import ArgusShared
import Logging

/// Publishes batches in order, one at a time, each until it is acknowledged.
struct SignalExporter: Sendable {
    let signal: TelemetryBuffer.Signal
    let buffer: TelemetryBuffer
    let bus: Bus
    let assembler: RequestAssembler
    let options: TelemetryOptions
    let logger: Logger

    private var subject: String {
        switch signal {
        case .traces: Subjects.otlpTraces
        case .logs: Subjects.otlpLogs
        }
    }

    /// Until the buffer is closed; then what is left, for as long as the options allow.
    func run() async {
        let wakes = buffer.wakes(of: signal)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: options.interval)
                    buffer.wake()
                }
            }
            for await _ in wakes { await exportAll(until: nil) }
            group.cancelAll()
        }
        await exportAll(until: .now + options.shutdownTimeout)
        let left = buffer.counts(of: signal).buffered
        guard left > 0 else { return }
        buffer.removeFirst(left, of: signal, areExported: false)
        logger.warning("telemetry was lost at shutdown", metadata: ["signal": "\(signal)", "items": "\(left)"])
    }

    /// Exports batch after batch while there are any. A full batch's worth waits for nothing; the rest of a batch goes with it.
    private func exportAll(until deadline: ContinuousClock.Instant?) async {
        let room = max(bus.maximumPayload - assembler.overhead, 1)
        while true {
            let items = buffer.batch(of: signal, maximumBytes: room)
            guard !items.isEmpty, await export(items, until: deadline) else { return }
        }
    }

    /// Whether the batch is done with.
    private func export(_ items: [TelemetryBuffer.Item], until deadline: ContinuousClock.Instant?) async -> Bool {
        let payload = assembler.request(items)
        let id = Identifier.make()
        var delay = Duration.milliseconds(100)
        var hasFailed = false
        while true {
            do throws(BusError) {
                _ = try await bus.publish(payload, to: subject, messageID: id, timeout: deadline.map { min($0 - .now, .seconds(5)) })
                buffer.removeFirst(items.count, of: signal, areExported: true)
                if hasFailed { logger.info("telemetry is exported again", metadata: ["signal": "\(signal)"]) }
                return true
            } catch {
                if Self.isHopeless(error) {
                    logger.warning("telemetry cannot be exported", metadata: ["signal": "\(signal)", "error": "\(error)"])
                    buffer.removeFirst(items.count, of: signal, areExported: false)
                    return true
                }
                if error.code == .closed || error.code == .cancelled { return false }
                if !hasFailed {
                    logger.warning("telemetry waits for the bus", metadata: ["signal": "\(signal)", "error": "\(error)"])
                    hasFailed = true
                }
            }
            if let deadline, .now + delay > deadline { return false }
            guard (try? await Task.sleep(for: delay)) != nil else { return false }
            delay = min(delay * 2, options.longestRetryDelay)
        }
    }

    /// Another attempt would end the same way.
    private static func isHopeless(_ error: BusError) -> Bool {
        error.code == .payloadTooLarge || error.code == .invalidArgument
    }
}
