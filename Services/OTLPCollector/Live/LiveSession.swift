// One client's live logs, from its connection to its end.

import ArgusShared

/// Sends a client what it missed while it was away, and then what comes.
struct LiveSession: Sendable {
    private static let entriesPerMessage = 100

    let hub: LiveHub
    let source: any LiveSource
    let queue: LiveQueue
    /// Where the client wants to go on.
    let after: LogID?
    /// Sends a message, and waits while the client is slow.
    let send: @Sendable ([UInt8]) async throws -> Void

    /// Runs until the client is gone.
    func run() async throws {
        var position = try await begin()
        defer { hub.leave(queue) }
        while true {
            switch hub.join(queue, after: position) {
            case .joined(let joined):
                // A position to resume from, even if nothing ever matches.
                try await send(Self.message([], last: joined))
                return try await follow()
            case .behind(let reached):
                position = try await catchUp(from: position ?? reached, to: reached)
            case .idle:
                hub.begin(at: .end(of: try await source.bounds().last))
            }
        }
    }

    /// Where the client really goes on: logs that are not kept any more, or that another database had, are told of as a gap.
    private func begin() async throws -> LogID? {
        guard let after else { return nil }
        let bounds = try await source.bounds()
        if after > .end(of: bounds.last) {
            let now = LogID.end(of: bounds.last)
            try await send(Self.message([], last: now, isGap: true))
            return now
        }
        if after < .end(of: bounds.first - 1) {
            let kept = LogID.end(of: bounds.first - 1)
            try await send(Self.message([], last: kept, isGap: true))
            return kept
        }
        return after
    }

    private func catchUp(from start: LogID, to end: LogID) async throws -> LogID {
        var position = start
        while position < end {
            let page = try await source.page(after: position)
            for segment in page.segments {
                var encoder = LiveEncoder(segment)
                var entries = try encoder.entries(queue.filter, after: position)[...]
                while !entries.isEmpty {
                    let some = Array(entries.prefix(Self.entriesPerMessage))
                    entries = entries.dropFirst(some.count)
                    try await send(Self.message(some, last: entries.isEmpty ? .end(of: segment.id) : some.last?.id ?? position))
                }
            }
            guard page.position > position else { break }
            position = page.position
            try Task.checkCancellation()
        }
        return max(position, end)
    }

    private func follow() async throws {
        while true {
            let batch = try await queue.next()
            try await send(Self.message(batch.entries, last: batch.last, missed: batch.missed))
        }
    }

    /// `{"entries":[...],"last":"<sequence>"}`, with `"missed":n` where entries were left out for a slow client and `"gap":true` where
    /// nobody knows how many are gone.
    static func message(_ entries: [LiveEntry], last: LogID, missed: Int = 0, isGap: Bool = false) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + entries.reduce(0) { $0 + $1.json.count + 1 })
        writer.object { writer in
            writer.array("entries", entries) { writer, entry in writer.raw(entry.json) }
            writer.string("last", last.text)
            if missed > 0 { writer.integer("missed", missed) }
            if isGap { writer.bool("gap", true) }
        }
        return writer.bytes
    }
}
