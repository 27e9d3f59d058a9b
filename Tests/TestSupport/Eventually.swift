// Waits for a state instead of sleeping for a time.

/// Returns as soon as `condition` holds; throws when it still does not after `limit`.
///
/// The condition is asked every few milliseconds. What it throws ends the wait.
public func eventually(
    _ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw TestSupportError("not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Runs `body`, and throws when it has not ended after `limit`; it is cancelled then.
public func withDeadline<T: Sendable>(
    _ limit: Duration = .seconds(30), _ what: String = "the test", _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: T.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TestSupportError("\(what) did not end within \(limit)")
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw TestSupportError("\(what) ended without a result") }
        return result
    }
}
