// The names of the storage's metrics.

/// Metric names; all begin with `argus_`.
enum StorageMetricNames {
    static let deletedItems = "argus_telemetry_deleted_items_total"
}
