// Keeps what is known of processes up to date.

import ArgusBus
import ArgusService
import ArgusShared
import Logging
import ServiceLifecycle

/// Reads the stream of changes from its last day on, the bucket of last changes, and the samples, until the service stops.
///
/// None of them need exist: they are looked for again and again. What was read stays readable while the bus is away.
struct ProcessFeed: Service, CustomStringConvertible {
    private static let batch = 512
    /// Nothing having come for so long, the stream is looked at.
    private static let idle = Duration.seconds(5)
    private static let stream = Streams.processEvents().name

    let bus: Bus
    let mirror: ProcessMirror
    let logger: Logger

    /// What logs call it.
    var description: String { "processes" }

    /// Reads until the service stops.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await keep("changes of processes", missing: .history) { try await followStream() } }
                group.addTask { await keep("last changes of processes", missing: .register) { try await followBucket() } }
                group.addTask { await keep("samples of processes", missing: []) { try await followSamples() } }
                await group.waitForAll()
            }
        }
    }

    private func keep(_ what: String, missing part: ProcessMirror.Loaded, _ work: () async throws -> Void) async {
        var backoff = Backoff(first: .milliseconds(500), longest: .seconds(5))
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do {
                try await work()
            } catch let error as BusError where error.code == .notFound {
                mirror.hasLoaded(part)
            } catch {
                if Task.isCancelled { break }
                logger.warning("following \(what) failed, trying again", metadata: [LogKey.error: "\(error)"])
            }
            if .now - start > .seconds(60) { backoff.reset() }
            try? await Task.sleep(for: backoff.next())
        }
    }

    // MARK: Sources

    private func followStream() async throws {
        let reader = try await bus.replay(stream: Self.stream, from: try await firstSequence(), prefetch: Self.batch)
        do {
            try await follow(reader)
        } catch {
            await reader.close()
            throw error
        }
    }

    private func follow(_ reader: OrderedConsumer) async throws {
        if reader.initiallyPending == 0 { mirror.hasLoaded(.history) }
        while !Task.isCancelled {
            let messages: [BusMessage]
            do throws(BusError) {
                messages = try await reader.next(max: Self.batch, wait: Self.idle)
                if messages.isEmpty, try await isAnotherStream() {
                    mirror.forgetHistory()
                    return await reader.close()
                }
            } catch {
                // The stream was made anew: what was read is of another one.
                if error.code == .protocolViolation || error.code == .notFound { mirror.forgetHistory() }
                throw error
            }
            let oldest = Timestamp.now().milliseconds - mirror.limits.age.wholeMilliseconds
            mirror.absorb(messages.compactMap { event($0, after: oldest) })
            if messages.last?.metadata?.pending == 0 { mirror.hasLoaded(.history) }
        }
    }

    /// Whether the stream was made anew while the reader waits for what comes after the old one's last message.
    private func isAnotherStream() async throws(BusError) -> Bool {
        try await bus.streamInfo(Self.stream).lastSequence < mirror.lastSequence
    }

    /// Where to read on: after what is known, or with the first change that is wanted.
    private func firstSequence() async throws -> UInt64 {
        let info = try await bus.streamInfo(Self.stream)
        if mirror.lastSequence > info.lastSequence { mirror.forgetHistory() }
        let wanted = UInt64(mirror.limits.events)
        let first = info.lastSequence > wanted ? info.lastSequence - wanted + 1 : 1
        return max(first, mirror.lastSequence + 1)
    }

    private func event(_ message: BusMessage, after oldest: Int64) -> (event: ProcessEvent, sequence: UInt64, stored: Int64)? {
        guard let metadata = message.metadata, metadata.timestamp.milliseconds >= oldest else { return nil }
        guard let event = try? ProcessEvent(parsing: message.payload) else {
            logger.debug("no process event", metadata: [LogKey.subject: "\(message.subject)"])
            return nil
        }
        return (event, metadata.streamSequence, metadata.timestamp.milliseconds)
    }

    private func followBucket() async throws {
        for try await update in bus.keyValue(Buckets.processes).watch() {
            switch update {
            case .entry(let entry):
                if let event = try? ProcessEvent(parsing: entry.value) { mirror.absorb(last: event) }
            case .initialValuesDone: mirror.hasLoaded(.register)
            }
        }
    }

    private func followSamples() async throws {
        for await message in bus.subscribe(to: Subjects.processSamples(instance: "*"), capacity: 256) {
            if let sample = try? ProcessSample(parsing: message.payload) { mirror.absorb(sample) }
        }
    }
}
