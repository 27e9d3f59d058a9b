// Brings events to the stream so that any number of adapters publish each of them once.

import ArgusBus
import ArgusShared

/// Publishes a process's events one after the other, each on the condition that nothing was published of that process since.
///
/// The stream decides between adapters: whoever comes second is told what the first one said, and compares again from there.
struct ProcessEventPublisher: Sendable {
    /// What became of a process's events.
    struct Outcome: Sendable {
        /// How many of them are stored.
        var published = 0
        /// What somebody else said last, who was faster.
        var overtaken: ProcessEvent?
        /// Why the rest is not stored.
        var failure: BusError?
    }

    private static let stream = Streams.processEvents().name

    let bus: Bus
    private var sequences: [ProcessTracker.Key: UInt64] = [:]
    /// The last events that the bucket does not have yet.
    private var unsaved: [ProcessTracker.Key: ProcessEvent] = [:]

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
        let reader = try await bus.replay(stream: Self.stream, from: 1)
        var isComplete = reader.initiallyPending == 0
        while !isComplete {
            let messages = try await reader.next(max: 512, wait: .seconds(5))
            // What was there at first may have expired meanwhile.
            isComplete = messages.last.map { $0.metadata?.pending == 0 } ?? true
            for message in messages {
                guard let event = try? ProcessEvent(parsing: message.payload) else { continue }
                last[.init(event.state)] = (message.metadata?.streamSequence ?? 0, event)
            }
        }
        await reader.close()
        sequences = last.mapValues(\.sequence)
        return last.values.sorted { $0.sequence < $1.sequence }.map(\.event)
    }

    /// Publishes the events of one process.
    mutating func publish(_ events: [ProcessEvent], of key: ProcessTracker.Key) async -> Outcome {
        var outcome = Outcome()
        do throws(BusError) {
            for event in events {
                outcome.overtaken = try await publish(event, of: key)
                guard outcome.overtaken == nil else { break }
                outcome.published += 1
                unsaved[key] = event
            }
        } catch {
            outcome.failure = error
        }
        await save()
        return outcome
    }

    /// Returns what was said last if somebody else was faster.
    private mutating func publish(_ event: ProcessEvent, of key: ProcessTracker.Key) async throws(BusError) -> ProcessEvent? {
        while true {
            let expected = sequences[key] ?? 0
            do throws(BusError) {
                sequences[key] = try await send(event, after: expected).sequence
                return nil
            } catch {
                guard error.code == .wrongLastSequence else { throw error }
                let last = try await bus.lastMessage(stream: Self.stream, matching: subject(of: key))
                let sequence = last?.metadata?.streamSequence ?? 0
                sequences[key] = sequence
                // What we knew may only have grown too old for the stream.
                if sequence > expected, let last, let event = try? ProcessEvent(parsing: last.payload) { return event }
            }
        }
    }

    private func send(_ event: ProcessEvent, after sequence: UInt64) async throws(BusError) -> PublishAck {
        let key = ProcessTracker.Key(event.state)
        return try await bus.publish(
            event.json, to: event.subject,
            headers: ["Nats-Expected-Last-Subject-Sequence-Subject": subject(of: key)],
            messageID: "\(subject(of: key)).\(sequence).\(event.kind.rawValue)", expectedLastSubjectSequence: sequence)
    }

    /// The bucket only serves processes of which the stream has nothing any more: what fails is tried with the next events.
    private mutating func save() async {
        for (key, event) in unsaved {
            let bucketKey = ProcessKeys.process(namespace: key.namespace, name: key.name)
            guard (try? await bus.keyValue(Buckets.processes).put(bucketKey, event.json)) != nil else { return }
            unsaved[key] = nil
        }
    }

    private func subject(of key: ProcessTracker.Key) -> String {
        ProcessSubject.make(namespace: key.namespace, name: key.name)
    }
}
