// The names of alert-api's own metrics.

/// Metric names; all begin with `argus_`.
enum MetricNames {
    static let projectedCommits = "argus_projection_commits_total"
    static let projectedAlerts = "argus_projection_alerts_total"
    static let projectionLag = "argus_projection_lag_commits"
    static let projectionDelay = "argus_projection_delay_seconds"
    static let projectionWrite = "argus_projection_write_seconds"
    static let projectionRetries = "argus_projection_retries_total"
    static let projectionRebuilds = "argus_projection_rebuilds_total"
    static let deadLettered = "argus_dead_lettered_total"
    static let retentionDeleted = "argus_retention_deleted_total"
    static let orphansResolved = "argus_orphans_resolved_total"
    static let streamClients = "argus_stream_clients"
    static let streamDropped = "argus_stream_slow_clients_total"
    static let notificationsPublished = "argus_notifications_published_total"
    static let notificationsSent = "argus_notifications_sent_total"
    static let notificationsFailed = "argus_notification_attempts_failed_total"
    static let notificationsDropped = "argus_notifications_dropped_total"
    static let notificationsHeld = "argus_notifications_held"
    static let notificationDelay = "argus_notification_delay_seconds"
    static let openCircuits = "argus_notification_open_circuits"
}
