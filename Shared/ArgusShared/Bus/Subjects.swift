// Subjects, header names and the schema version of the bus.

/// Subjects of the bus.
public enum Subjects {
    /// Events of a partition.
    public static func events(partition: Int) -> String {
        "argus.events.\(partition)"
    }

    /// Commits of a partition.
    public static func alerts(partition: Int) -> String {
        "argus.alerts.\(partition)"
    }

    /// The newest description of a snapshot of a partition.
    public static func snapshotManifest(partition: Int) -> String {
        "argus.snapshots.\(partition).manifest"
    }

    /// One piece of a snapshot.
    public static func snapshotChunk(partition: Int, snapshot: String, index: Int) -> String {
        "argus.snapshots.\(partition).chunks.\(snapshot).\(index)"
    }

    /// All pieces of a snapshot.
    public static func snapshotChunks(partition: Int, snapshot: String) -> String {
        "argus.snapshots.\(partition).chunks.\(snapshot).*"
    }

    /// Notifications of a manager. Identifiers are limited to what a subject token may hold.
    public static func notifications(manager: String) -> String {
        "argus.notifications.\(manager)"
    }

    /// The manager of a subject made by `notifications(manager:)`.
    public static func manager(ofNotifications subject: String) -> String {
        String(subject.split(separator: ".").last ?? "")
    }

    /// OTLP `ExportTraceServiceRequest`s, protobuf.
    public static let otlpTraces = "argus.otlp.traces"
    /// OTLP `ExportLogsServiceRequest`s, protobuf.
    public static let otlpLogs = "argus.otlp.logs"

    /// What all processes of one process-compose are at this moment, sent every few seconds and kept by nobody.
    public static func processSamples(instance: String) -> String {
        "argus.processes.samples.\(instance.isEmpty ? "default" : instance)"
    }

    /// That somebody of us is about to stop or restart a process, so that its end is no crash: the payload is its `ProcessIntent`.
    public static let processIntents = "argus.processes.intents"

    /// Commands to the adapters of one process-compose.
    public static func processCommands(instance: String) -> String {
        "argus.processes.commands.\(instance.isEmpty ? "default" : instance)"
    }

    /// What became of the command `id`, for whoever waits for it.
    public static func processOutcomes(id: String) -> String {
        "argus.processes.outcomes.\(id)"
    }

    /// All observations of workflows, runs and plugins.
    public static let observations = "OBSERVE.>"

    /// Calls of `operation` to the demo service `service` (`order`, `payment` or `inventory`).
    public static func chaos(service: String, operation: String) -> String {
        "argus.chaos.\(service).\(operation)"
    }

    /// What `service` could not handle.
    public static func deadLetters(service: String, kind: String) -> String {
        "argus.deadletters.\(service).\(kind)"
    }
}

/// Names of message headers.
public enum HeaderName {
    /// W3C Trace Context.
    public static let traceparent = "traceparent"
    /// The server drops a second message with the same value within the duplicate window.
    public static let messageID = "Nats-Msg-Id"
    /// The version of the payload's format: see `Schema.current`.
    public static let schema = "Argus-Schema"
    /// Why a dead letter is one.
    public static let reason = "Argus-Reason"
    /// The subject a dead letter came from.
    public static let originalSubject = "Argus-Original-Subject"
    /// The stream sequence a dead letter came from.
    public static let originalSequence = "Argus-Original-Sequence"
}

/// The version of what we put on the bus.
public enum Schema {
    /// A consumer that meets another one dead-letters the message; it never guesses.
    public static let current = "1"
}
