// What is kept of the changes of processes, and found again.

import ArgusShared
import Testing

@testable import OTLPCollector

@Suite struct EventHistoryTests {
    static let ever = EventHistory.Filter(times: 0..<Int64.max)

    static func history(_ events: [ProcessEvent], _ limits: EventHistory.Limits = .init()) -> EventHistory {
        var history = EventHistory(limits: limits)
        for (index, event) in events.enumerated() {
            history.add(event, sequence: UInt64(index + 1), stored: event.timestamp.milliseconds)
        }
        return history
    }

    static func numbered(_ count: Int) -> [ProcessEvent] {
        (0..<count).map { SampleProcess.event(.started, "p\($0)", at: SampleProcess.noon + Int64($0)) }
    }

    @Test func theNewestComeFirstAndPagesAddUp() {
        let history = Self.history(Self.numbered(25))
        var filter = Self.ever
        var seen: [UInt64] = []
        while true {
            let page = history.matches(filter, limit: 10)
            seen += page.entries.map(\.sequence)
            guard page.hasMore, let last = page.entries.last else { break }
            filter.before = last.sequence
        }
        #expect(seen == (1...25).reversed().map(UInt64.init))
    }

    @Test func anExactPageHasNoNext() {
        let page = Self.history(Self.numbered(10)).matches(Self.ever, limit: 10)
        #expect(page.entries.count == 10 && !page.hasMore)
    }

    @Test func whatIsKnownIsNotTakenTwice() {
        var history = Self.history(Self.numbered(3))
        history.add(SampleProcess.event(.crashed), sequence: 3, stored: SampleProcess.noon)
        history.add(SampleProcess.event(.crashed), sequence: 2, stored: SampleProcess.noon)
        #expect(history.count == 3 && history.lastSequence == 3)
        #expect(history.matches(Self.ever, limit: 9).entries.allSatisfy { $0.kind == .started })
    }

    @Test(arguments: [1, 2, 1024, 5000]) func theOldestGoesWhenThereAreTooMany(limit: Int) {
        var limits = EventHistory.Limits()
        limits.events = limit
        let history = Self.history(Self.numbered(limit * 2 + 3), limits)
        #expect(history.count == limit)
        let found = history.matches(Self.ever, limit: .max).entries.map(\.sequence)
        #expect(found.first == UInt64(limit * 2 + 3) && found.count == limit && found.last == UInt64(limit + 4))
    }

    @Test func theOldestGoesWhenItIsTooMuch() {
        var limits = EventHistory.Limits()
        limits.bytes = 10_000
        let names = (0..<50).map { SampleProcess.event(.started, String(repeating: "n", count: 100 * ($0 % 7))) }
        let history = Self.history(names, limits)
        let kept = history.matches(Self.ever, limit: .max).entries
        #expect(history.bytes == kept.reduce(0) { $0 + $1.json.count })
        #expect(history.bytes <= 10_000 && kept.count > 3 && kept.first?.sequence == 50)
    }

    @Test func theOldestGoesWhenItIsTooOld() {
        var history = Self.history(Self.numbered(100))
        history.trim(now: SampleProcess.noon + 86_400_000 + 90)
        #expect(history.count == 10)
        history.trim(now: .max / 2)
        #expect(history.count == 0 && history.bytes == 0 && history.lastSequence == 0)
    }

    @Test func processesAreFoundByNameWithOrWithoutNamespace() {
        let history = Self.history([
            SampleProcess.event(.started, "api", namespace: "default"), SampleProcess.event(.started, "api", namespace: "staging/default"),
            SampleProcess.event(.started, "b", namespace: "a"), SampleProcess.event(.started, "a/b", namespace: "c"),
            SampleProcess.event(.started, "Api", namespace: "default"),
        ])
        func found(_ processes: String...) -> [UInt64] {
            var filter = Self.ever
            filter.processes = Set(processes)
            return history.matches(filter, limit: 100).entries.map(\.sequence)
        }
        #expect(found("api") == [2, 1])
        #expect(found("default/api") == [1])
        #expect(found("staging/default/api") == [2])
        #expect(found("a/b") == [4, 3])
        #expect(found("c/a/b") == [4])
        #expect(found("default/api", "b") == [3, 1])
        #expect(found("ap") == [] && found("default/") == [])
    }

    @Test func kindsAndTimesAreFiltered() {
        let history = Self.history([
            SampleProcess.event(.started, at: 1000), SampleProcess.event(.crashed, at: 2000), SampleProcess.event(.restarted, at: 3000),
            SampleProcess.event(.started, at: 3000), SampleProcess.event(.crashed, at: 4000),
        ])
        var filter = Self.ever
        filter.kinds = [.crashed, .restarted]
        #expect(history.matches(filter, limit: 9).entries.map(\.sequence) == [5, 3, 2])
        filter.times = 2000..<4000
        #expect(history.matches(filter, limit: 9).entries.map(\.sequence) == [3, 2])
        filter.kinds = []
        #expect(history.matches(filter, limit: 9).entries.map(\.sequence) == [4, 3, 2])
    }
}
