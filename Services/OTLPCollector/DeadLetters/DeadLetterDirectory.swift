// The dead-letter directory for tasks: blocking calls on a thread of their own, counts, and health.

import ArgusService
import ArgusShared
import Dispatch
import Logging
import Synchronization

/// Where batches go while the database is away. Thread-safe.
final class DeadLetterDirectory: Sendable {
    /// What a list says about a file.
    struct Entry: Sendable, Hashable {
        var id: DeadLetterID
        var place: DeadLetterFiles.Place
        var bytes: Int
        /// nil for a file that does not say what it is.
        var header: DeadLetterBatch.Header?
        /// Why it is aside.
        var reason: String?
    }

    /// Files could not be written.
    struct Unwritable: Error, CustomStringConvertible {
        let description: String
    }

    /// Bytes of payloads in one file, unless a single message has more.
    static let payloadsPerFile = 16 << 20
    /// A file larger than this was not written by us.
    static let longestFile = 64 << 20

    private struct State {
        var failure: String?
    }

    let files: DeadLetterFiles
    private let naming = DeadLetterNaming()
    private let queue = DispatchQueue(label: "argus.dead-letters")
    private let state = Mutex(State())
    private let pending: MetricGauge
    private let aside: MetricGauge
    private let failures: MetricCounter
    private let logger: Logger

    init(files: DeadLetterFiles, metrics: MetricsRegistry, logger: Logger) {
        self.files = files
        self.logger = logger
        pending = metrics.gauge(MetricNames.deadLetters, help: "Dead-letter files that wait to be replayed.")
        aside = metrics.gauge(WriterMetricNames.asideFiles, help: "Dead-letter files that can never be stored.")
        failures = metrics.counter(WriterMetricNames.spillFailures, help: "Dead-letter files that could not be written.")
    }

    /// Files that wait to be replayed, as counted last.
    var pendingFiles: Int { Int(pending.value) }

    /// Removes what a crash left half done, and counts.
    ///
    /// - Throws: `FileError`.
    func recover() async throws {
        let removed = try await onQueue { try $0.recover() }
        if removed > 0 { logger.notice("unfinished dead-letter files were removed", metadata: [LogKey.count: "\(removed)"]) }
        try await count()
    }

    /// Counts the files anew: others may share the directory.
    func count() async throws {
        let (waiting, kept) = try await onQueue { (try $0.list(.pending).count, try $0.list(.aside).count) }
        pending.set(Double(waiting))
        aside.set(Double(kept))
    }

    /// Writes messages as one or more files. Once this has returned, they survive any crash.
    ///
    /// - Parameters:
    ///   - items: How many spans or log records they have; with several files, an estimate for each.
    ///   - name: The file's name where doing it again must make no second file; only for messages that were in one file before.
    /// - Throws: `Unwritable`. Some of the messages may have been written.
    func write(
        _ messages: [TelemetryMessage], signal: OTLPSignal, items: Int, reason: String, aside isAside: Bool = false,
        as name: DeadLetterID? = nil
    ) async throws {
        do {
            let parts = Self.parts(of: messages)
            for part in name == nil ? parts : [messages[...]] {
                let batch = DeadLetterBatch(
                    kind: signal, reason: reason, items: max(1, items * part.count / max(1, messages.count)), messages: Array(part))
                let id = name ?? naming.next()
                try await onQueue { try $0.write(batch.encoded(), as: id, reasonAside: isAside ? reason : nil) }
                (isAside ? aside : pending).add(1)
            }
            state.withLock { $0.failure = nil }
        } catch {
            failures.increment()
            let sentence = "dead-letter files cannot be written: \(error)"
            state.withLock { $0.failure = sentence }
            throw Unwritable(description: sentence)
        }
    }

    /// Moves a file aside.
    func setAside(_ id: DeadLetterID, reason: String) async throws {
        try await onQueue { try $0.setAside(id, reason: reason) }
        pending.add(-1)
        aside.add(1)
    }

    /// Removes a file that was stored, or that nobody wants.
    func remove(_ id: DeadLetterID, from place: DeadLetterFiles.Place) async throws {
        try await onQueue { try $0.remove(id, from: place) }
        (place == .pending ? pending : aside).add(-1)
    }

    /// Files that wait, oldest first.
    func pendingIDs() async throws -> [DeadLetterID] {
        try await onQueue { try $0.list(.pending) }
    }

    /// Where a file is; nil if there is none.
    func find(_ id: DeadLetterID) async throws -> DeadLetterFiles.Place? {
        try await onQueue { $0.find(id) }
    }

    /// A file's batch.
    ///
    /// - Throws: `DeadLetterBatch.Unreadable` for what can never be read, `FileError` for what may be read later.
    func read(_ id: DeadLetterID, _ place: DeadLetterFiles.Place) async throws -> DeadLetterBatch {
        try await onQueue { files in
            guard let bytes = try files.read(id, place, limit: Self.longestFile) else {
                throw DeadLetterBatch.Unreadable(description: "it is larger than \(Self.longestFile) bytes")
            }
            return try DeadLetterBatch(parsing: bytes)
        }
    }

    /// A page of the files of both places, oldest first, and how many there are altogether.
    func page(after: DeadLetterID?, limit: Int) async throws -> (entries: [Entry], total: Int) {
        try await onQueue { files in
            let all = try files.list(.pending).map { ($0, DeadLetterFiles.Place.pending) } + files.list(.aside).map { ($0, .aside) }
            let wanted = all.sorted { $0.0 < $1.0 }.filter { item in after.map { item.0 > $0 } ?? true }.prefix(limit)
            // A file may be stored and removed while the list is made.
            let entries = wanted.compactMap { try? Self.entry($0.0, $0.1, files) }
            return (entries, all.count)
        }
    }

    /// The database takes batches again: whether files can be written matters to nobody now.
    func isNotNeeded() {
        state.withLock { $0.failure = nil }
    }

    /// For `/readyz`.
    func check() throws {
        if let failure = state.withLock({ $0.failure }) { throw Unwritable(description: failure) }
    }

    private static func entry(_ id: DeadLetterID, _ place: DeadLetterFiles.Place, _ files: DeadLetterFiles) throws -> Entry {
        Entry(
            id: id, place: place, bytes: try files.size(id, place), header: try files.header(id, place),
            reason: place == .aside ? files.reason(id) : nil)
    }

    private static func parts(of messages: [TelemetryMessage]) -> [ArraySlice<TelemetryMessage>] {
        var parts: [ArraySlice<TelemetryMessage>] = []
        var start = 0
        var bytes = 0
        for (index, message) in messages.enumerated() {
            if index > start, bytes + message.payload.count > payloadsPerFile {
                parts.append(messages[start..<index])
                (start, bytes) = (index, 0)
            }
            bytes += message.payload.count
        }
        if start < messages.count { parts.append(messages[start...]) }
        return parts
    }

    private func onQueue<T: Sendable>(_ body: @escaping @Sendable (DeadLetterFiles) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [files] in continuation.resume(with: Result { try body(files) }) }
        }
    }
}
