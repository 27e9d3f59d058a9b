// A sink that keeps account: the smallest store that can tell whether anything was lost or doubled.

import ArgusStorage
import Logging
import Synchronization

@testable import OTLPCollector

/// Stores the lines of messages' payloads. A line `bad` is refused, a payload `malformed` is refused as a whole, and the database itself
/// does not take a line `poison`.
struct LedgerSink: TelemetrySink {
    struct Line: Sendable {
        var sequence: UInt64
        var published: Int64
        var texts: [String]
    }

    /// Runs around each transaction.
    struct Hooks: Sendable {
        var before: @Sendable () throws -> Void = {}
        var after: @Sendable () -> Void = {}
    }

    static let migrations = [
        Migration(
            module: "ledger", id: 1, name: "tables",
            sql: { _ in
                """
                CREATE TABLE ledger_messages(sequence BIGINT NOT NULL, published BIGINT NOT NULL, PRIMARY KEY (sequence, published));
                CREATE TABLE ledger(sequence BIGINT NOT NULL, item TEXT NOT NULL CHECK (item <> 'poison'));
                """
            })
    ]

    let signal: OTLPSignal
    let database: any Database
    var hooks = Hooks()

    func decode(_ messages: [TelemetryMessage]) -> DecodedMessages<[Line]> {
        var decoded = DecodedMessages<[Line]>(batch: [], items: 0, refused: [])
        for (index, message) in messages.enumerated() {
            let lines = String(decoding: message.payload, as: UTF8.self).split(separator: "\n").map(String.init)
            func refuse(_ kind: RejectedItem.Kind, _ payload: [UInt8]) {
                decoded.refused.append(
                    RejectedItem(
                        signal: signal, kind: kind, message: index, sequence: message.sequence, published: message.published,
                        reason: "it is \(kind == .message ? "malformed" : "bad")", payload: payload))
            }
            if lines == ["malformed"] {
                refuse(.message, message.payload)
                continue
            }
            let good = lines.filter { $0 != "bad" }
            for line in lines where line == "bad" { refuse(.span, Array(line.utf8)) }
            decoded.batch.append(Line(sequence: message.sequence, published: message.published, texts: good))
            decoded.items += good.count
        }
        return decoded
    }

    func write(_ batch: [Line]) async throws -> WriteSummary {
        try hooks.before()
        let summary = try await database.write { connection in
            var summary = WriteSummary(signal: signal, stored: 0, duplicates: 0, segment: nil)
            for line in batch {
                let isNew =
                    try connection.insert(
                        into: "ledger_messages", columns: ["sequence", "published"],
                        rows: [[.integer(Int64(line.sequence)), .integer(line.published)]], conflict: .ignore()) == 1
                guard isNew else {
                    summary.duplicates += line.texts.count
                    continue
                }
                summary.stored += line.texts.count
                try connection.insert(
                    into: "ledger", columns: ["sequence", "item"],
                    rows: line.texts.map { [.integer(Int64(line.sequence)), .text($0)] })
            }
            return summary
        }
        hooks.after()
        return summary
    }

    /// Every item that is stored, sorted.
    static func items(of database: any Database) async throws -> [String] {
        try await database.read { try $0.query("SELECT item FROM ledger ORDER BY item") { try $0.text(0) } }
    }
}
