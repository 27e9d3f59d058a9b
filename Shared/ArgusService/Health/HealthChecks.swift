// Answers whether a service's dependencies answer.

import ArgusShared
import Synchronization

/// Named checks of what a service depends on, run together for `GET /readyz`.
public final class HealthChecks: Sendable {
    /// What one check found.
    public struct Outcome: Sendable, Equatable {
        /// The check's name.
        public let name: String
        /// Why it fails, or nil where it is well.
        public let failure: String?
    }

    private struct Check {
        let name: String
        let timeout: Duration
        let body: @Sendable () async throws -> Void
    }

    private let checks = Mutex<[Check]>([])

    /// Creates a set without checks: ready at once.
    public init() {}

    /// Adds a check, or replaces the one of that name.
    ///
    /// - Parameters:
    ///   - name: What is checked, such as `bus`.
    ///   - timeout: Time after which the check counts as failing.
    ///   - check: Throws where the dependency does not answer; the error's description becomes the message, so it must hold
    ///     no secret. It should end when cancelled; one that does not is left behind.
    public func register(_ name: String, timeout: Duration = .seconds(1), check: @escaping @Sendable () async throws -> Void) {
        checks.withLock { checks in
            checks.removeAll { $0.name == name }
            checks.append(Check(name: name, timeout: timeout, body: check))
        }
    }

    /// Runs all checks at the same time; the outcomes are sorted by name.
    public func run() async -> [Outcome] {
        let checks = checks.withLock { $0 }
        return await withTaskGroup(of: Outcome.self) { group in
            for check in checks {
                group.addTask { Outcome(name: check.name, failure: await Self.failure(of: check)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.name < $1.name }
        }
    }

    /// The body of `GET /readyz` and whether all is well.
    public func report() async -> (isReady: Bool, body: [UInt8]) {
        let outcomes = await run()
        let isReady = outcomes.allSatisfy { $0.failure == nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("status", isReady ? "ready" : "unready")
        writer.key("checks")
        writer.beginObject()
        for outcome in outcomes {
            writer.key(outcome.name)
            writer.beginObject()
            writer.string("status", outcome.failure == nil ? "ok" : "failing")
            if let failure = outcome.failure {
                writer.string("message", failure)
            }
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        return (isReady, writer.bytes)
    }

    /// Unstructured on purpose: a check that ignores cancellation must not hold the answer back.
    private static func failure(of check: Check) async -> String? {
        let (results, continuation) = AsyncStream.makeStream(of: String?.self, bufferingPolicy: .bufferingOldest(1))
        let work = Task {
            do {
                try await check.body()
                continuation.yield(nil)
            } catch {
                continuation.yield("\(error)")
            }
        }
        let timer = Task {
            try? await Task.sleep(for: check.timeout)
            continuation.yield("did not answer within \(SettingParsing.describe(check.timeout))")
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        for await result in results { return result }
        return "was cancelled"
    }
}
