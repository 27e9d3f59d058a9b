// All processes, from their events and from samples.

import ArgusShared
import ProcessCompose

/// The newest state of every process. Events and samples may come in any order: the adapter's time decides.
struct ProcessBoard: Sendable {
    /// In which order processes are shown.
    enum Order: String, Sendable, CaseIterable {
        case name, condition, cpu, memory, restarts

        var next: Order {
            let all = Order.allCases
            return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
        }
    }

    /// More than any process-compose has: what comes on top is not shown.
    static let most = 10_000

    private var byID: [TopProcess.ID: TopProcess] = [:]
    /// When the last sample came, by this machine's clock.
    private(set) var sampledAt: Timestamp?

    var all: some Collection<TopProcess> { byID.values }

    subscript(id: TopProcess.ID) -> TopProcess? { byID[id] }

    mutating func apply(_ event: ProcessEvent) {
        let id = TopProcess.ID(event.state)
        let old = byID[id]
        if let old, old.asOf > event.timestamp { return }
        guard event.state.status != ProcessStatus.removed else {
            byID[id] = nil
            return
        }
        var process = old ?? TopProcess(state: event.state, asOf: event.timestamp)
        process.state = event.state
        process.asOf = event.timestamp
        process.lastEvent = event.kind
        switch event.kind {
        case .started, .restarted: process.startedAt = event.timestamp
        case .stopped, .crashed: process.startedAt = nil
        default: break
        }
        store(process)
    }

    mutating func apply(_ sample: ProcessSample, at now: Timestamp) {
        sampledAt = now
        var present: Set<TopProcess.ID> = []
        for seen in sample.processes {
            let id = TopProcess.ID(seen.state)
            present.insert(id)
            if let old = byID[id], old.asOf > sample.timestamp { continue }
            var process = byID[id] ?? TopProcess(state: seen.state, asOf: sample.timestamp)
            process.state = seen.state
            process.asOf = sample.timestamp
            process.startedAt = process.isAlive ? now.adding(milliseconds: -Int64(seen.age / .milliseconds(1))) : nil
            store(process)
        }
        for (id, process) in byID
        where !present.contains(id) && process.asOf < sample.timestamp && Self.belongs(id, to: sample.instance) {
            byID[id] = nil
        }
    }

    /// Those that `filter` leaves, in order.
    func list(_ order: Order, _ filter: TextFilter) -> [TopProcess] {
        let found = byID.values.filter { filter.matches($0.id.text, $0.state.status) }
        return found.sorted { left, right in
            switch order {
            case .name: break
            case .condition: if left.condition != right.condition { return left.condition < right.condition }
            case .cpu: if left.state.cpu != right.state.cpu { return left.state.cpu > right.state.cpu }
            case .memory: if left.state.memory != right.state.memory { return left.state.memory > right.state.memory }
            case .restarts: if left.state.restarts != right.state.restarts { return left.state.restarts > right.state.restarts }
            }
            return left.id < right.id
        }
    }

    private mutating func store(_ process: TopProcess) {
        guard byID[process.id] != nil || byID.count < Self.most else { return }
        byID[process.id] = process
    }

    /// A process-compose with a name has it before its processes' namespaces.
    private static func belongs(_ id: TopProcess.ID, to instance: String) -> Bool {
        instance.isEmpty ? !id.namespace.contains("/") : id.namespace.hasPrefix("\(instance)/")
    }
}
