// Which processes need which.

/// Dependencies between processes, by name, without cycles.
struct DependencyGraph: Sendable, Equatable {
    /// What each process needs.
    private(set) var needs: [String: [String]] = [:]

    init() {}

    /// - Throws: ``Cycle`` when a process needs itself in the end.
    init(needs: [String: [String]]) throws(Cycle) {
        self.needs = needs
        for process in needs.keys.sorted() {
            if let path = Self.path(from: process, to: process, needs) { throw Cycle(path: path) }
        }
    }

    /// A process that needs itself in the end.
    struct Cycle: Error, Equatable {
        /// From the process to itself.
        let path: [String]
    }

    /// Whether `process` needs `other`, also by way of others.
    func depends(_ process: String, on other: String) -> Bool {
        Self.path(from: process, to: other, needs) != nil
    }

    /// Every process that needs `process`, each after all that it needs itself.
    func dependents(of process: String) -> [String] {
        var order: [String] = []
        var rest = Set(needs.keys.filter { depends($0, on: process) })
        while let next = rest.filter({ name in !(needs[name] ?? []).contains { rest.contains($0) } }).min() {
            order.append(next)
            rest.remove(next)
        }
        return order
    }

    private static func path(from start: String, to end: String, _ needs: [String: [String]]) -> [String]? {
        var cameFrom: [String: String] = [:]
        var open = [start]
        while let current = open.popLast() {
            for next in needs[current] ?? [] where cameFrom[next] == nil {
                cameFrom[next] = current
                if next == end { return trace(end, to: start, cameFrom) }
                open.append(next)
            }
        }
        return nil
    }

    private static func trace(_ end: String, to start: String, _ cameFrom: [String: String]) -> [String] {
        var path = [end]
        var current = cameFrom[end] ?? start
        while current != start {
            path.append(current)
            current = cameFrom[current] ?? start
        }
        return [start] + path.reversed()
    }
}
