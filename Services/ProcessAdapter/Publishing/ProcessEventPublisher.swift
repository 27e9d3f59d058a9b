// Brings events to the stream so that any number of adapters publish each of them once.

import ArgusBus
import ArgusShared

/// Publishes a process's events one after the other, each on the condition that nothing was published of that process since.
///
/// The stream decides between adapters: whoever comes second is told what the first one said, and compares again from there.
struct ProcessEventPublisher: Sendable {
    /// What became of a process's events.
    enum Outcome: Sendable, Equatable {
        /// All of them are stored.
        case published
        /// Somebody else was faster: this is what was said last.
        case overtaken(by: ProcessEvent)
    }

    private static let stream = Streams.processEvents().name

    let bus: Bus
    private var sequences: [ProcessTracker.Key: UInt64] = [:]

    init(bus: Bus) {
        self.bus = bus
    }

    /// What was published last of each process, oldest first: from the stream, and from the bucket of what the stream has forgotten.
    mutating func recover() async throws -> [ProcessEvent] {
        var last: [ProcessTracker.Key: (sequence: UInt64, event: ProcessEvent)] = [:]
        for entry in try await bus.keyValue(Buckets.processes).entries() {
            guard let event = try? ProcessEvent(parsing: entry.value) else { continue }
            last[.init(event.state)] = (0, event)
        }
        let end = try await bus.streamInfo(Self.stream).lastSequence
        let reader = try await bus.replay(stream: Self.stream, from: 1)
        var position: UInt64 = 0
        while position < end {
            let messages = try await reader.next(max: 512, wait: .seconds(1))
            if messages.isEmpty, try await bus.streamInfo(Self.stream).messages == 0 { break }
            for message in messages {
                position = message.metadata?.streamSequence ?? position
                guard let event = try? ProcessEvent(parsing: message.payload) else { continue }
                last[.init(event.state)] = (position, event)
            }
        }
        await reader.close()
        sequences = last.mapValues(\.sequence)
        return last.values.sorted { $0.sequence < $1.sequence }.map(\.event)
    }

    /// Publishes the events of one process.
    mutating func publish(_ events: [ProcessEvent], of key: ProcessTracker.Key) async throws(BusError) -> Outcome {
        for event in events {
            while true {
                let expected = sequences[key] ?? 0
                do throws(BusError) {
                    sequences[key] = try await send(event, after: expected).sequence
                    break
                } catch {
                    guard error.code == .wrongLastSequence else { throw error }
                    let last = try await bus.lastMessage(stream: Self.stream, matching: subject(of: key))
                    let sequence = last?.metadata?.streamSequence ?? 0
                    sequences[key] = sequence
                    // What we knew may only have grown too old for the stream.
                    if sequence > expected, let last, let event = try? ProcessEvent(parsing: last.payload) { return .overtaken(by: event) }
                }
            }
        }
        if let event = events.last {
            let bucketKey = ProcessKeys.process(namespace: key.namespace, name: key.name)
            _ = try await bus.keyValue(Buckets.processes).put(bucketKey, event.json)
        }
        return .published
    }

    private func send(_ event: ProcessEvent, after sequence: UInt64) async throws(BusError) -> PublishAck {
        let key = ProcessTracker.Key(event.state)
        return try await bus.publish(
            event.json, to: event.subject,
            headers: ["Nats-Expected-Last-Subject-Sequence-Subject": subject(of: key)],
            messageID: "\(subject(of: key)).\(sequence).\(event.kind.rawValue)", expectedLastSubjectSequence: sequence)
    }

    private func subject(of key: ProcessTracker.Key) -> String {
        ProcessSubject.make(namespace: key.namespace, name: key.name)
    }
}
