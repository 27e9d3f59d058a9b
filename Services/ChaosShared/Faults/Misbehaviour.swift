// Does to a request what was decided.

import ArgusService
import Logging
public import Tracing

/// Delays and fails requests as the faults in force want it, and says so in the request's span. Thread-safe.
public struct Misbehaviour: Sendable {
    private let faults: FaultInjector
    private let metrics: ChaosMetrics
    private let logger: Logger

    init(faults: FaultInjector, metrics: ChaosMetrics, logger: Logger) {
        self.faults = faults
        self.metrics = metrics
        self.logger = logger
    }

    /// Waits as long as was decided.
    ///
    /// - Returns: Whether the request is to fail now.
    /// - Throws: `CancellationError`.
    public func strikes(_ span: any Span) async throws -> Bool {
        let decision = faults.decide()
        span.attributes[SpanKey.requestNumber] = Int64(clamping: decision.number)
        if let latency = decision.latency {
            metrics.slowed.increment()
            span.attributes[SpanKey.fault] = "latency"
            span.attributes[SpanKey.faultLatency] = latency.milliseconds
            logger.warning("slow on purpose", metadata: [ChaosLogKey.duration: "\(latency)"])
            try await Task.sleep(for: latency)
        }
        guard let failure = decision.error else { return false }
        metrics.failed.increment()
        span.attributes[SpanKey.fault] = "error"
        if failure.delay > .zero { try await Task.sleep(for: failure.delay) }
        return true
    }
}
