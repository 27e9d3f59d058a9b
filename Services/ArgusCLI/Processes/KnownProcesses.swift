// The processes that the bus has heard of.

import ArgusBus
import ArgusShared

/// The last event of every process, however long ago.
struct KnownProcesses: Sendable {
    /// Names that are shown of those there are.
    private static let mostShown = 20

    private let events: [ProcessEvent]

    init(_ events: [ProcessEvent]) {
        self.events = events.sorted { ($0.namespace, $0.process) < ($1.namespace, $1.process) }
    }

    /// Reads the bucket, which outlives the stream of events; the stream, where there is no bucket.
    static func read(_ bus: Bus) async throws(BusError) -> KnownProcesses {
        do throws(BusError) {
            return KnownProcesses(try await TopReadings.lastEvents(bus))
        } catch {
            guard error.code == .notFound else { throw error }
        }
        var last: [[String]: ProcessEvent] = [:]
        for try await event in ProcessEvents.subscribe(on: bus, since: Timestamp(milliseconds: 0), follows: false) {
            last[[event.namespace, event.process]] = event
        }
        return KnownProcesses(Array(last.values))
    }

    /// The newest event of the processes that `name` means.
    func last(of name: ProcessName) -> ProcessEvent? {
        events.filter { name.matches($0.state) }.max { $0.timestamp < $1.timestamp }
    }

    /// `default/api, default/nats and 3 more`; `none`.
    var names: String {
        guard !events.isEmpty else { return "none" }
        let names = events.prefix(Self.mostShown).map { Table.printable("\($0.namespace)/\($0.process)") }.joined(separator: ", ")
        let rest = events.count - Self.mostShown
        return rest > 0 ? "\(names) and \(rest) more" : names
    }
}
