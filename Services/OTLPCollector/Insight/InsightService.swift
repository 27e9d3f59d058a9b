// Explains logs, each once.

import ArgusOTLP
import ArgusService
import ArgusShared
import ServiceLifecycle
import Synchronization

/// An explanation of a log.
struct Insight: Sendable, Hashable {
    var text: String
    var model: String
    /// Unix milliseconds.
    var createdAt: Int64
}

/// Where a question gets its facts from.
protocol InsightFacts: Sendable {
    /// What is known of a log; nil where there is none.
    func prompt(for id: LogID, masker: SecretMasker) async throws -> InsightPrompt?
}

/// Asks the language model, and remembers what it said.
///
/// Answers stay in memory: they are few, they can be asked for again, and what another company wrote is not telemetry.
final class InsightService: Service, CustomStringConvertible {
    /// Answers that are remembered.
    static let capacity = 1_000

    private struct State {
        var known: [LogID: Insight] = [:]
        /// The oldest first.
        var order: [LogID] = []
        var asked: [LogID: Task<Insight?, any Error>] = [:]
    }

    /// What logs call it.
    var description: String { "insight" }

    private let client: ChatClient
    private let facts: any InsightFacts
    private let limiter: RateLimiter
    private let masker = SecretMasker()
    private let duration: MetricHistogram
    private let answers: MetricCounter
    private let failures: MetricCounter
    private let reused: MetricCounter
    private let state = Mutex(State())

    /// - Parameter perMinute: Questions that may be asked.
    init(client: ChatClient, facts: any InsightFacts, perMinute: Int, metrics: MetricsRegistry) {
        self.client = client
        self.facts = facts
        limiter = RateLimiter(perSecond: Double(perMinute) / 60, burst: Double(perMinute), metrics: metrics)
        func counter(_ outcome: String) -> MetricCounter {
            metrics.counter(MetricNames.insights, help: "Questions to the language model, by outcome.", labels: [("outcome", outcome)])
        }
        duration = metrics.histogram(MetricNames.insightDuration, help: "Time until the language model answered.")
        answers = counter("answered")
        failures = counter("failed")
        reused = counter("reused")
    }

    /// Waits for shutdown and then closes the connections to the language model.
    func run() async throws {
        try? await gracefulShutdown()
        await client.shutDown()
    }

    /// The explanation of a log, and whether it was known already; nil where there is no such log. Those who ask for the same log at the same
    /// time share one question.
    ///
    /// - Throws: `APIError` 429, 502 or 504.
    func insight(for id: LogID) async throws -> (insight: Insight, isKnown: Bool)? {
        let (known, task) = state.withLock { state -> (Insight?, Task<Insight?, any Error>?) in
            if let known = state.known[id] { return (known, nil) }
            let task = state.asked[id] ?? Task { try await self.ask(id) }
            state.asked[id] = task
            return (nil, task)
        }
        if let known {
            reused.increment()
            return (known, true)
        }
        return try await task?.value.map { ($0, false) }
    }

    private func ask(_ id: LogID) async throws -> Insight? {
        defer { state.withLock { _ = $0.asked.removeValue(forKey: id) } }
        guard let prompt = try await facts.prompt(for: id, masker: masker) else { return nil }
        try limiter.take(for: Identity(name: "insight", scopes: .read))
        let start = ContinuousClock.now
        do {
            let answer = try await client.ask(prompt.text, instructions: InsightPrompt.instructions)
            duration.record(.now - start)
            answers.increment()
            let insight = Insight(text: answer.text, model: answer.model, createdAt: Timestamp.now().milliseconds)
            remember(insight, id)
            return insight
        } catch {
            failures.increment()
            throw error
        }
    }

    private func remember(_ insight: Insight, _ id: LogID) {
        state.withLock { state in
            if state.known.updateValue(insight, forKey: id) == nil { state.order.append(id) }
            if state.order.count > Self.capacity { state.known[state.order.removeFirst()] = nil }
        }
    }
}

/// Facts from the database.
struct StoredInsightFacts: InsightFacts {
    let logs: LogQueries
    let traces: TraceQueries

    func prompt(for id: LogID, masker: SecretMasker) async throws -> InsightPrompt? {
        guard let context = try await logs.context(id, limit: InsightPrompt.Limit.before) else { return nil }
        var spans: [SpanRecord] = []
        if let traceID = context.log.traceID {
            spans = try await traces.trace(traceID, withLogs: false)?.spans ?? []
        }
        return InsightPrompt(log: context.log, before: context.before, after: context.after, spans: spans, masker: masker)
    }
}
