// Creates what the telemetry path needs on the bus.

import ArgusShared

/// The telemetry stream and its two durable consumers. Whoever sends or stores telemetry first creates them.
public enum TelemetrySetup {
    /// Creates the stream and the consumers, or makes them what we define.
    ///
    /// - Parameter maximumBytes: Bytes that may wait to be stored. nil leaves what the stream has; only the collector configures it.
    /// - Throws: `BusError`; `.incompatible` names the field that differs from what the server holds.
    public static func ensure(on bus: Bus, maximumBytes: Int64? = nil) async throws(BusError) {
        let limit = if let maximumBytes { maximumBytes } else { try await limitInUse(on: bus) }
        try await bus.ensure(Streams.telemetry(maximumBytes: limit))
        try await bus.ensure(Consumers.traceWriter)
        try await bus.ensure(Consumers.logWriter)
    }

    private static func limitInUse(on bus: Bus) async throws(BusError) -> Int64 {
        do throws(BusError) {
            return try await bus.streamInfo(Streams.telemetry().name).maximumBytes ?? Streams.defaultTelemetryBytes
        } catch {
            guard error.code == .notFound else { throw error }
            return Streams.defaultTelemetryBytes
        }
    }
}
