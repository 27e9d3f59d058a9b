// A workflow of three steps that only pretends to do something.

import ArgusObserver

/// Fetches orders, converts them, and delivers them to a partner who is not always there.
struct OrdersExport: Sendable {
    static let client = "acme"
    static let workflow = "orders-export"
    private static let attempts = 3

    /// The share of runs whose delivery fails.
    let failureRate: Double

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Returns how many orders were exported.
    func run(reporting run: RunScope) async throws -> Int {
        let orders = try await fetch(reporting: run)
        try await run.withPlugin(node: "convert", type: "transform") {
            try await Self.work(milliseconds: 50...200)
        }
        try await run.withPlugin(node: "deliver", type: "sftp") {
            try await Self.work(milliseconds: 100...400)
            guard Double.random(in: 0..<1) >= failureRate else { throw Failure(description: "partner.example: connection refused") }
        }
        return orders
    }

    /// A step that is attempted again: each attempt is reported, and the last one decides.
    private func fetch(reporting run: RunScope) async throws -> Int {
        var attempt = 1
        while true {
            do {
                return try await run.withPlugin(node: "fetch", type: "http", attempt: attempt) {
                    try await Self.work(milliseconds: 100...600)
                    guard attempt == Self.attempts || Int.random(in: 1...5) > 1 else { throw Failure(description: "504 Gateway Timeout") }
                    return Int.random(in: 1...500)
                }
            } catch is Failure {
                attempt += 1
            }
        }
    }

    private static func work(milliseconds: ClosedRange<Int>) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds)))
    }
}
