// Every stream, durable consumer and bucket of the suite: the one place where they are defined.

/// The streams of the suite.
public enum Streams {
    /// Micro-batches of alert events of one partition, in order. One stream per partition: the owner reads it from the sequence it
    /// committed last and purges what it has committed. Full means that the publisher is refused.
    public static func events(partition: Int, maximumBytes: Int64 = defaultEventBytes) -> StreamDefinition {
        StreamDefinition(name: eventsName(partition: partition), subjects: [Subjects.events(partition: partition)]).with {
            $0.discard = .new
            $0.maximumBytes = maximumBytes
        }
    }

    /// The name of a partition's event stream.
    public static func eventsName(partition: Int) -> String {
        "ARGUS_EVENTS_\(partition)"
    }

    /// Bytes that one partition may have waiting unless configured otherwise.
    public static let defaultEventBytes: Int64 = 2 << 30

    /// One commit per message: what a batch of events changed.
    public static let alerts = StreamDefinition(name: "ARGUS_ALERTS", subjects: ["argus.alerts.*"]).with {
        $0.maximumAge = .seconds(7 * 86_400)
    }

    /// Partitions' live state: chunks and manifests. The last two manifests of a partition are kept; their chunks are purged by the
    /// processor that replaced them.
    public static let snapshots = StreamDefinition(name: "ARGUS_SNAPSHOTS", subjects: ["argus.snapshots.>"]).with {
        $0.maximumMessagesPerSubject = 2
    }

    /// One parent-alert notification per message.
    public static let notifications = StreamDefinition(name: "ARGUS_NOTIFICATIONS", subjects: ["argus.notifications.*"]).with {
        $0.retention = .workqueue
        $0.discard = .new
        $0.maximumBytes = 1 << 30
    }

    /// What could not be handled, with the reason in headers.
    public static let deadLetters = StreamDefinition(name: "ARGUS_DEADLETTERS", subjects: ["argus.deadletters.>"]).with {
        $0.maximumAge = .seconds(30 * 86_400)
        $0.maximumBytes = 1 << 30
    }

    /// OTLP export requests as received. A work queue and not interest: what arrives while no consumer is defined is kept. Full means that
    /// the publisher is refused.
    public static func telemetry(maximumBytes: Int64 = defaultTelemetryBytes) -> StreamDefinition {
        StreamDefinition(name: "ARGUS_TELEMETRY", subjects: [Subjects.otlpTraces, Subjects.otlpLogs]).with {
            $0.retention = .workqueue
            $0.discard = .new
            $0.maximumBytes = maximumBytes
        }
    }

    /// Bytes of telemetry that may be waiting to be stored unless configured otherwise.
    public static let defaultTelemetryBytes: Int64 = 2 << 30

    /// The demo services' calls.
    public static let chaos = StreamDefinition(name: "CHAOS", subjects: ["argus.chaos.*.>"]).with {
        $0.storage = .memory
        $0.maximumAge = .seconds(3600)
        $0.maximumBytes = 64 << 20
    }

    /// Changes of supervised processes.
    public static func processEvents(maximumAge: Duration = .seconds(86_400)) -> StreamDefinition {
        StreamDefinition(name: "PROCESS_EVENTS", subjects: [ProcessSubject.all]).with {
            $0.maximumAge = maximumAge
            $0.maximumBytes = 256 << 20
        }
    }

    /// What `argus remediate` decided.
    public static let remediations = StreamDefinition(name: "REMEDIATIONS", subjects: [RemediationSubject.all]).with {
        $0.maximumAge = .seconds(30 * 86_400)
        $0.maximumBytes = 256 << 20
    }

    /// Commands to process-adapter. None is worth keeping: whoever sent it waits a few seconds.
    public static let processCommands = StreamDefinition(
        name: "PROCESS_COMMANDS", subjects: [Subjects.processCommands(instance: "*")]
    ).with {
        $0.retention = .workqueue
        $0.storage = .memory
        $0.discard = .new
        $0.maximumAge = .seconds(30)
        $0.duplicateWindow = .seconds(30)
        $0.maximumMessages = 1000
        $0.maximumBytes = 16 << 20
    }

    /// What orchestrators report. Created by whoever needs it first and never changed afterwards, for the SDK's user may have set it up.
    public static func observation(
        name: String = observationName, maximumAge: Duration = observationAge, maximumMessages: Int64 = observationMessages
    ) -> StreamDefinition {
        StreamDefinition(name: name, subjects: [Subjects.observations]).with {
            $0.maximumAge = maximumAge
            $0.maximumMessages = maximumMessages
        }
    }

    /// The stream of observations unless the SDK's user chose another.
    public static let observationName = "OBSERVATION"
    /// How long observations are kept by default.
    public static let observationAge = Duration.seconds(30 * 86_400)
    /// How many observations are kept by default.
    public static let observationMessages: Int64 = 1_000_000

    /// The alert path's streams but the partitions' own.
    public static let all = [alerts, snapshots, notifications, deadLetters]
}

/// The durable consumers of the suite.
public enum Consumers {
    /// The notifier of alert-api; instances share it. A notification may wait up to an hour between attempts, and dead endpoints must not
    /// use up the window, so the number of unacknowledged messages is unlimited.
    public static let notifier = ConsumerDefinition(stream: Streams.notifications.name, name: "notifier").with {
        $0.acknowledgeWait = .seconds(30)
        $0.maximumUnacknowledged = nil
    }

    /// The writer of spans; the collectors share it.
    public static let traceWriter = telemetryWriter("otlp-traces", subject: Subjects.otlpTraces)
    /// The writer of log records; the collectors share it.
    public static let logWriter = telemetryWriter("otlp-logs", subject: Subjects.otlpLogs)

    /// What makes runs of observations; the collectors share it.
    public static let runTracker = ConsumerDefinition(stream: Streams.observationName, name: "run-tracker").with {
        $0.acknowledgeWait = .seconds(30)
        $0.maximumUnacknowledged = 4096
    }

    /// What makes logs of changes of processes; the collectors share it.
    public static let processLogs = ConsumerDefinition(stream: Streams.processEvents().name, name: "process-logs").with {
        $0.acknowledgeWait = .seconds(30)
        $0.maximumUnacknowledged = 4096
    }

    /// Commands to one process-compose; its adapters share them. Each is delivered once: an adapter that dies with a command may have
    /// carried it out.
    public static func processCommands(instance: String) -> ConsumerDefinition {
        ConsumerDefinition(
            stream: Streams.processCommands.name, name: "process-commands-\(instance.isEmpty ? "default" : instance)"
        ).with {
            $0.filterSubject = Subjects.processCommands(instance: instance)
            $0.acknowledgeWait = .seconds(5)
            $0.maximumDeliveries = 1
        }
    }

    /// The calls of `operation` to the demo service `service`; its instances share them. What an instance that died was working on comes
    /// again after two seconds, since the caller waits.
    public static func chaos(service: String, operation: String) -> ConsumerDefinition {
        ConsumerDefinition(stream: Streams.chaos.name, name: "chaos-\(service)").with {
            $0.filterSubject = Subjects.chaos(service: service, operation: operation)
            $0.acknowledgeWait = .seconds(2)
            $0.maximumUnacknowledged = 256
        }
    }

    /// The events of processes, for the gateways' bridges. One message at a time, whichever gateway has it: a trigger and the resolve that
    /// follows it never overtake each other.
    public static let bridgeProcesses = bridge("bridge-processes", stream: Streams.processEvents().name)
    /// The same for workflows.
    public static let bridgeRuns = bridge("bridge-runs", stream: Streams.observationName)

    /// Starts of processes, which come again until they have been running for as long as a bridge wants.
    public static let bridgeRunning = ConsumerDefinition(stream: Streams.processEvents().name, name: "bridge-running").with {
        $0.filterSubject = ProcessSubject.make(type: .started)
        $0.acknowledgeWait = .seconds(15)
        $0.maximumUnacknowledged = nil
    }

    /// As long as this the lane stands still when the gateway that had the message is killed.
    private static func bridge(_ name: String, stream: String) -> ConsumerDefinition {
        ConsumerDefinition(stream: stream, name: name).with {
            $0.acknowledgeWait = .seconds(6)
            $0.maximumUnacknowledged = 1
        }
    }

    private static func telemetryWriter(_ name: String, subject: String) -> ConsumerDefinition {
        ConsumerDefinition(stream: Streams.telemetry().name, name: name).with {
            $0.filterSubject = subject
            $0.acknowledgeWait = .seconds(30)
            $0.maximumUnacknowledged = 4096
        }
    }
}

/// The key-value buckets.
public enum Buckets {
    /// Rules, managers and what else is configured.
    public static let configuration = BucketDefinition(name: "argus_config")

    /// The last event of every supervised process, which outlives the stream of events.
    public static let processes = BucketDefinition(name: "argus_processes")

    /// How every instance of every service is, as it says itself every five seconds; one that is silent for longer than this is gone.
    public static let services = {
        var definition = BucketDefinition(name: "argus_services")
        definition.storage = .memory
        definition.timeToLive = .seconds(30)
        return definition
    }()

    /// Who is alive and who owns which partition. Its lifetime only cleans up after members that left: liveness is judged by watching
    /// heartbeats, so that no two clocks are compared.
    public static let leases = {
        var definition = BucketDefinition(name: "argus_leases")
        definition.timeToLive = .seconds(3600)
        return definition
    }()
}

/// Keys within `Buckets.services`.
public enum ServiceKeys {
    /// The key of an instance's status.
    public static func status(service: String, instance: String) -> String {
        "\(service).\(instance)"
    }
}

/// Keys within `Buckets.processes`.
public enum ProcessKeys {
    /// The key of a process's last event.
    public static func process(namespace: String, name: String) -> String {
        (ProcessSubject.escape(namespace) + "." + ProcessSubject.escape(name)).replacing("%", with: "=")
    }
}

/// Keys within `Buckets.configuration`.
public enum ConfigurationKeys {
    /// Holds `{"partitions":8}`, written once by whichever service starts first.
    public static let bus = "bus"
    /// Keys of grouping rules begin with this.
    public static let rulePrefix = "rules."
    /// Keys of event managers begin with this.
    public static let managerPrefix = "managers."
    /// Keys of bridges begin with this.
    public static let bridgePrefix = "bridges."

    /// The key of a rule.
    public static func rule(_ id: String) -> String {
        rulePrefix + id
    }

    /// The key of a manager.
    public static func manager(_ id: String) -> String {
        managerPrefix + id
    }

    /// The key of a bridge.
    public static func bridge(_ id: String) -> String {
        bridgePrefix + id
    }
}
