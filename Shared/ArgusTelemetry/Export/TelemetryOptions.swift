// What exporting may cost.

/// Bounds and times of a `TelemetryExporter`.
public struct TelemetryOptions: Sendable {
    /// Spans, and as many log records, that may wait to be acknowledged; more are dropped and counted.
    public var bufferSize = 8192
    /// Their bytes, likewise.
    public var bufferBytes = 8 << 20
    /// Items of one message.
    public var batchSize = 512
    /// Longest time that an item waits for others to travel with.
    public var interval = Duration.seconds(1)
    /// Longest wait between attempts while the bus refuses or is away.
    public var longestRetryDelay = Duration.seconds(5)
    /// How long the end of the service waits for what is left.
    public var shutdownTimeout = Duration.seconds(5)
    /// Share of the traces begun here that are recorded, 0 to 1.
    public var sampleRatio = 1.0

    /// The defaults.
    public init() {}
}

/// Counters of a `TelemetryExporter`.
public struct TelemetryMetrics: Sendable, Equatable {
    /// Spans that the bus acknowledged.
    public var exportedSpans: UInt64 = 0
    /// Spans that found the buffer full, or were left at the end.
    public var droppedSpans: UInt64 = 0
    /// Log records that the bus acknowledged.
    public var exportedLogs: UInt64 = 0
    /// Log records that found the buffer full, or were left at the end.
    public var droppedLogs: UInt64 = 0
    /// Spans that wait.
    public var bufferedSpans = 0
    /// Log records that wait.
    public var bufferedLogs = 0
}
