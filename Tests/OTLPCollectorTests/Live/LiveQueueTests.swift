// The queue of one client: when it is due, what fits, what is told.

import ArgusService
import HTTPTypes
import Synchronization
import Testing

@testable import OTLPCollector

@Suite struct LiveQueueTests {
    static func entry(_ number: Int64, bytes: Int = 10) -> LiveEntry {
        LiveEntry(id: LogID(value: number), json: [UInt8](repeating: 65, count: bytes))
    }

    static func entries(_ numbers: ClosedRange<Int64>, bytes: Int = 10) -> [LiveEntry] {
        numbers.map { entry($0, bytes: bytes) }
    }

    @Test func aHundredEntriesAreSentAtOnce() async throws {
        let queue = LiveQueue(filter: LogFilter(), flush: .init(delay: .seconds(60), silence: .seconds(60)))
        queue.offer(Self.entries(1...250), through: LogID(value: 300))
        let first = try await queue.next()
        let second = try await queue.next()
        #expect(first.entries.map(\.id.value) == Array(1...100) && first.last.value == 100)
        #expect(second.entries.map(\.id.value) == Array(101...200) && second.last.value == 200)
        queue.offer(Self.entries(301...350), through: LogID(value: 400))
        let third = try await queue.next()
        #expect(third.entries.map(\.id.value) == Array(201...250) + Array(301...350))
        #expect(third.last.value == 400)
    }

    @Test func fewEntriesAreSentAfterAWhile() async throws {
        let queue = LiveQueue(filter: LogFilter(), flush: .init(delay: .milliseconds(50)))
        async let batch = queue.next()
        queue.offer(Self.entries(1...2), through: LogID(value: 9))
        #expect(try await batch == LiveQueue.Batch(entries: Self.entries(1...2), last: LogID(value: 9)))
    }

    @Test func withoutEntriesTheClientIsToldHowFarItIs() async throws {
        let queue = LiveQueue(filter: LogFilter(), flush: .init(silence: .milliseconds(50)))
        queue.start(at: LogID(value: 5))
        queue.offer([], through: LogID(value: 7))
        #expect(try await queue.next() == LiveQueue.Batch(last: LogID(value: 7)))
    }

    @Test func whatTheClientHasIsLeftOut() async throws {
        let queue = LiveQueue(filter: LogFilter(), flush: .init(delay: .zero))
        queue.start(at: LogID(value: 3))
        queue.offer(Self.entries(1...5), through: LogID(value: 5))
        #expect(try await queue.next().entries.map(\.id.value) == [4, 5])
    }

    @Test func theOldestGoAndAreCounted() async throws {
        let missed = Mutex(0)
        let queue = LiveQueue(filter: LogFilter(), capacity: 100, flush: .init(entries: 1_000, delay: .zero)) { count in
            missed.withLock { $0 += count }
        }
        for start in stride(from: Int64(1), to: 1_000, by: 10) {
            queue.offer(Self.entries(start...(start + 9)), through: LogID(value: start + 9))
        }
        let batch = try await queue.next()
        #expect(batch.entries.count <= 100)
        #expect(batch.entries.count + batch.missed == 1_000)
        #expect(batch.entries.last?.id.value == 1_000)
        #expect(batch.entries.first?.id.value == Int64(batch.missed) + 1)
        #expect(missed.withLock { $0 } == batch.missed)
        queue.offer(Self.entries(1_001...1_001), through: LogID(value: 1_001))
        #expect(try await queue.next().missed == 0)
    }

    @Test func bytesAreBoundedToo() async throws {
        let queue = LiveQueue(filter: LogFilter(), maximumBytes: 1_000, flush: .init(delay: .zero))
        queue.offer(Self.entries(1...20, bytes: 100), through: LogID(value: 20))
        let batch = try await queue.next()
        #expect(batch.entries.count <= 10 && batch.entries.count + batch.missed == 20)
        queue.offer([Self.entry(21, bytes: 5_000)], through: LogID(value: 21))
        #expect(try await queue.next().entries.count == 1)
    }

    @Test func waitingEndsWithTheTask() async throws {
        let queue = LiveQueue(filter: LogFilter())
        let task = Task { try await queue.next() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func messagesSayWhatIsMissing() {
        let message = LiveSession.message([LiveEntry(id: LogID(value: 1), json: Array("{}".utf8))], last: LogID(value: 1), missed: 3)
        #expect(String(decoding: message, as: UTF8.self) == #"{"entries":[{}],"last":"1","missed":3}"#)
        let gap = LiveSession.message([], last: LogID(value: 2), isGap: true)
        #expect(String(decoding: gap, as: UTF8.self) == #"{"entries":[],"last":"2","gap":true}"#)
    }

    @Test func onlyOurPagesAndThoseAllowedMayConnect() throws {
        func allows(_ origin: String?, _ allowed: [String] = []) -> Bool {
            var request = HTTPRequest(method: .get, scheme: "http", authority: "argus.example:8080", path: "/ws")
            request.headerFields[.origin] = origin
            return (try? LiveOrigin(allowed: allowed).check(request)) != nil
        }
        #expect(allows(nil))
        #expect(allows("https://argus.example:8080") && allows("http://ARGUS.example:8080"))
        #expect(!allows("https://argus.example") && !allows("https://evil.example:8080") && !allows("null"))
        #expect(allows("https://evil.example", ["*"]) && allows("https://a.example", ["https://a.example"]))
    }
}
