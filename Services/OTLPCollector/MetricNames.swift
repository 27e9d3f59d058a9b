// The names of otlp-collector's own metrics.

/// Metric names; all begin with `argus_`.
enum MetricNames {
    static let ingestionRate = "argus_ingestion_rate"
    static let activeConnections = "argus_active_connections"
    static let databaseLatency = "argus_db_latency"
    static let storedPerSecond = "argus_stored_items_per_second"
    static let acceptedPerSecond = "argus_accepted_items_per_second"
    static let databaseLatencyP99 = "argus_db_latency_p99_seconds"
    static let databaseErrors = "argus_db_errors_total"
    static let deadLetters = "argus_dlq_size"
    static let liveClients = "argus_live_clients"
    static let liveMissed = "argus_live_missed_total"
    static let insights = "argus_insights_total"
    static let insightDuration = "argus_insight_duration_seconds"
}
