// The sinks of the collector: segments in the telemetry store.

/// Stores spans.
struct SpanSink: TelemetrySink {
    let signal = OTLPSignal.traces
    let store: TelemetryStore

    func decode(_ messages: [TelemetryMessage]) -> DecodedMessages<SpanBatch> {
        let (batch, rejected) = SpanBatch.decode(messages)
        return DecodedMessages(batch: batch, items: batch.count, refused: rejected)
    }

    func write(_ batch: SpanBatch) async throws -> WriteSummary {
        let result = try await store.write(spans: batch)
        return WriteSummary(signal: signal, stored: result.inserted, duplicates: result.duplicates, segment: result.segment)
    }
}

/// Stores log records.
struct LogSink: TelemetrySink {
    let signal = OTLPSignal.logs
    let store: TelemetryStore

    func decode(_ messages: [TelemetryMessage]) -> DecodedMessages<LogBatch> {
        let (batch, rejected) = LogBatch.decode(messages)
        return DecodedMessages(batch: batch, items: batch.count, refused: rejected)
    }

    func write(_ batch: LogBatch) async throws -> WriteSummary {
        let result = try await store.write(logs: batch)
        return WriteSummary(signal: signal, stored: result.inserted, duplicates: result.duplicates, segment: result.segment)
    }
}
