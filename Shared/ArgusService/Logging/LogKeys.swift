// The metadata keys that log lines use.

/// Stable names of log metadata: people and tools search for them.
public enum LogKey {
    /// What went wrong, as text.
    public static let error = "error"
    /// Which service logs.
    public static let service = "service"
    /// Version of the service.
    public static let version = "version"
    /// Identifier of an HTTP request.
    public static let requestID = "request_id"
    /// HTTP method.
    public static let method = "method"
    /// Route pattern of a request.
    public static let route = "route"
    /// HTTP status.
    public static let status = "status"
    /// Address a listener is bound to.
    public static let address = "address"
    /// Bus partition.
    public static let partition = "partition"
    /// Stream name.
    public static let stream = "stream"
    /// Bus subject.
    public static let subject = "subject"
    /// Stream sequence.
    public static let sequence = "sequence"
    /// Event manager.
    public static let manager = "event_manager_id"
    /// Alert dedup key.
    public static let dedupKey = "dedup_key"
    /// Name of an environment variable.
    public static let variable = "variable"
    /// How many of something.
    public static let count = "count"
    /// How long something took or takes.
    public static let duration = "duration"
    /// Which try this is.
    public static let attempt = "attempt"
    /// Name of a credential, never its value.
    public static let credential = "credential"
    /// Member of a group of instances.
    public static let member = "member"
}
