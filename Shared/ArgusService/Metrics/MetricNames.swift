// Names of the metrics that every service exposes.

/// Metric names shared by all services. Durations are in seconds, sizes in bytes.
public enum MetricName {
    /// Prefix of every metric of ours.
    public static let prefix = "argus_"
    /// Constant 1, labelled with service and version.
    public static let buildInfo = "argus_build_info"
    /// Lookups of a series that the bound on label values sent to the `other` series.
    public static let seriesOverflow = "argus_metrics_series_overflow_total"
    /// Answered HTTP requests.
    public static let httpRequests = "argus_http_requests_total"
    /// Time from a request's head to its answer's last byte handed over.
    public static let httpDuration = "argus_http_request_duration_seconds"
    /// Open HTTP connections.
    public static let httpConnections = "argus_http_connections"
    /// Connections and requests ended by the server, by reason.
    public static let httpAborted = "argus_http_aborted_total"
    /// Requests refused by the rate limit.
    public static let rateLimited = "argus_rate_limited_total"
    /// Credentials that could not be tracked because the rate limiter's table was full.
    public static let rateLimiterEvictions = "argus_rate_limiter_evictions_total"
    /// Resident memory of the process.
    public static let processMemory = "process_resident_memory_bytes"
    /// User and system time of the process.
    public static let processCPU = "process_cpu_seconds_total"
    /// Open file descriptors of the process.
    public static let processFiles = "process_open_fds"
    /// When the process started, in seconds since 1970.
    public static let processStart = "process_start_time_seconds"
}
