// What all processes of one process-compose are at one moment.

/// The processes of one process-compose.
public struct ProcessSample: Sendable, Hashable {
    /// One process and how long its present run lasts.
    public struct Process: Sendable, Hashable {
        public var state: ProcessState
        public var age: Duration

        /// A process of a sample.
        public init(state: ProcessState, age: Duration) {
            self.state = state
            self.age = age
        }
    }

    /// The process-compose's name; empty if there is only one.
    public var instance: String
    public var timestamp: Timestamp
    public var processes: [Process]

    /// A sample.
    public init(instance: String, at timestamp: Timestamp, processes: [Process]) {
        self.instance = instance
        self.timestamp = timestamp
        self.processes = processes
    }

    /// The sample as JSON.
    public var json: [UInt8] {
        var writer = JSONWriter(capacity: 256 * (processes.count + 1))
        writer.beginObject()
        writer.string("instance", instance)
        writer.timestamp("timestamp", timestamp)
        writer.key("processes")
        writer.beginArray()
        for process in processes {
            writer.beginObject()
            writer.integer("age_ms", Int64(process.age / .milliseconds(1)))
            writer.key("state")
            process.state.write(to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Reads a sample.
    public init(parsing bytes: [UInt8]) throws {
        var sample = ProcessSample(instance: "", at: Timestamp(milliseconds: 0), processes: [])
        try JSONReader.read(bytes, limits: .untrusted) { reader in
            try reader.readObject { reader, key in
                switch key {
                case "instance": sample.instance = try reader.readString()
                case "timestamp": sample.timestamp = Timestamp(rfc3339: try reader.readString()) ?? sample.timestamp
                case "processes": try reader.readArray { reader, _ in sample.processes.append(try Process(from: &reader)) }
                default: try reader.skipValue()
                }
            }
        }
        self = sample
    }
}

extension ProcessSample.Process {
    init(from reader: inout JSONReader) throws {
        self.init(state: ProcessState(name: "", status: ""), age: .zero)
        try reader.readObject { reader, key in
            switch key {
            case "age_ms": age = .milliseconds(try reader.readInteger())
            case "state": state = try ProcessState(from: &reader)
            default: try reader.skipValue()
            }
        }
    }
}
