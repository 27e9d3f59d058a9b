// Names of the services.

/// Names of the services as they appear in logs, metrics and on the bus.
public enum ServiceName {
    /// Doors for alert events.
    public static let ingestGateway = "ingest-gateway"
    /// Events to alerts.
    public static let groupingProcessor = "grouping-processor"
    /// Queries, configuration, notifications.
    public static let alertAPI = "alert-api"
    /// OTLP in, storage, queries, live logs.
    public static let otlpCollector = "otlp-collector"
    /// Supervised processes to events.
    public static let processAdapter = "process-adapter"
    /// A demo service that misbehaves: takes orders.
    public static let chaosOrder = "chaos-order"
    /// A demo service that misbehaves: charges for orders.
    public static let chaosPayment = "chaos-payment"
    /// A demo service that misbehaves: reserves what was ordered.
    public static let chaosInventory = "chaos-inventory"
}
