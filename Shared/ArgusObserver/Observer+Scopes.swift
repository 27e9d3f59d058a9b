// Started and ended around a body, so that neither can be forgotten.

public import ArgusShared
import Synchronization

extension Observer {
    /// Reports a run around `body`: `run.started` before, `run.ended` with status, error, duration and the plugins' totals after it.
    ///
    /// Reporting never fails the run: an event that cannot be taken is dropped and counted. A body that throws `CancellationError` was
    /// cancelled, any other error is a failure; it is thrown on.
    public func withRun<T>(
        client: String, workflow: String, run: String = Identifier.make(), trigger: RunTrigger? = nil,
        isolation: isolated (any Actor)? = #isolation, _ body: (RunScope) async throws -> T
    ) async rethrows -> T {
        let scope = RunScope(observer: self, client: client, workflow: workflow, run: run)
        let start = ContinuousClock.now
        scope.report(.runStarted) { $0.withData(RunStarted(trigger: trigger)) }
        do {
            let result = try await body(scope)
            scope.report(.runEnded) { $0.withData(scope.summary(.succeeded, since: start)) }
            return result
        } catch {
            let outcome: Outcome = error is CancellationError ? .cancelled : .failed
            scope.report(.runEnded) { $0.withData(scope.summary(outcome, error: error, since: start)) }
            throw error
        }
    }
}

/// A run that is being reported.
public final class RunScope: Sendable {
    /// Whose workflow it is.
    public let client: String
    /// The workflow.
    public let workflow: String
    /// This execution of it.
    public let run: String

    private let observer: Observer
    private let outcomes = Mutex<[String: Outcome]>([:])

    init(observer: Observer, client: String, workflow: String, run: String) {
        self.observer = observer
        self.client = client
        self.workflow = workflow
        self.run = run
    }

    /// Reports a plugin around `body`: `plugin.started` before, `plugin.ended` with status, error and duration after it.
    ///
    /// - Parameters:
    ///   - node: the node of the workflow that the plugin runs for. Of several attempts the last decides how the node ended.
    ///   - attempt: from 1.
    public func withPlugin<T>(
        node: String, type: String? = nil, attempt: Int = 1, input: Payload? = nil, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> T
    ) async rethrows -> T {
        let start = ContinuousClock.now
        report(.pluginStarted) { $0.withNode(node).withData(PluginStarted(pluginType: type, attempt: attempt, input: input)) }
        do {
            let result = try await body()
            ended(node, .succeeded, type, attempt, nil, start)
            return result
        } catch {
            ended(node, error is CancellationError ? .cancelled : .failed, type, attempt, "\(error)", start)
            throw error
        }
    }

    private func ended(
        _ node: String, _ outcome: Outcome, _ type: String?, _ attempt: Int, _ error: String?, _ start: ContinuousClock.Instant
    ) {
        outcomes.withLock { $0[node] = outcome }
        let data = PluginEnded(
            outcome, pluginType: type, attempt: attempt, error: error, durationMilliseconds: Self.milliseconds(since: start))
        report(.pluginEnded) { $0.withNode(node).withData(data) }
    }

    func report(_ type: EventType, _ complete: (Event) -> Event) {
        try? observer.emit(complete(Event(type).withClient(client).withWorkflow(workflow).withRun(run)))
    }

    func summary(_ outcome: Outcome, error: (any Error)? = nil, since start: ContinuousClock.Instant) -> RunEnded {
        let nodes = outcomes.withLock { $0 }
        func named(_ wanted: Outcome) -> [String] { nodes.filter { $0.value == wanted }.keys.sorted() }
        return RunEnded(
            outcome, error: error.map { "\($0)" }, durationMilliseconds: Self.milliseconds(since: start), totalNodes: nodes.count,
            succeededNodes: named(.succeeded), failedNodes: named(.failed), skippedNodes: named(.skipped))
    }

    private static func milliseconds(since start: ContinuousClock.Instant) -> Int64 {
        Int64((ContinuousClock.now - start) / .milliseconds(1))
    }
}
