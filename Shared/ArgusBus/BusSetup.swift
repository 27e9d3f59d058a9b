// What every service does first: make sure that streams and buckets exist, and agree on the number of partitions.

import ArgusShared

/// Sets the bus up. Any number of services may do so at the same time.
public enum BusSetup {
    /// Ensures all streams and buckets of the alert path and returns the number of partitions.
    ///
    /// - Parameters:
    ///   - partitions: How many partitions a bus gets that was never set up; ignored afterwards, for events of one manager must stay in
    ///     one stream.
    ///   - eventBytes: Bytes that may wait in each partition's event stream.
    /// - Throws: `BusError`; `.incompatible` if the number stored is none that we understand.
    public static func ensure(on bus: Bus, partitions: Int, eventBytes: Int64) async throws -> Int {
        try await bus.ensure(Buckets.configuration)
        try await bus.ensure(Buckets.leases)
        for stream in Streams.all { try await bus.ensure(stream) }
        let count = try await agreeOnPartitions(bus.keyValue(Buckets.configuration), proposal: partitions)
        for partition in 0..<count {
            try await bus.ensure(Streams.events(partition: partition, maximumBytes: eventBytes))
        }
        return count
    }

    private static func agreeOnPartitions(_ bucket: KeyValueBucket, proposal: Int) async throws(BusError) -> Int {
        while true {
            if let entry = try await bucket.get(ConfigurationKeys.bus) {
                guard let count = (try? JSONValue(parsing: entry.value))?["partitions"]?.integerValue, (1...1024).contains(count) else {
                    throw BusError(
                        .incompatible, "the key \(ConfigurationKeys.bus) of \(bucket.definition.name) holds no number of partitions")
                }
                return Int(count)
            }
            do throws(BusError) {
                try await bucket.create(ConfigurationKeys.bus, JSONValue.object([.init("partitions", .integer(Int64(proposal)))]).bytes)
                return proposal
            } catch  where error.code == .keyExists {
                continue
            }
        }
    }
}
