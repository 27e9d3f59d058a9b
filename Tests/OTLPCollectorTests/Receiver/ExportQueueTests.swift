// Which requests travel together.

import Testing

@testable import OTLPCollector

@Suite struct ExportQueueTests {
    private let rules = GroupCommitRules(messageBytes: 100, messageRequests: 3, prompt: 1, publishes: 2)

    private func queue(_ sizes: Int...) -> ExportQueue<Int> {
        var queue = ExportQueue<Int>(rules: rules)
        for (index, size) in sizes.enumerated() { queue.append(index, bytes: size) }
        return queue
    }

    @Test func theFirstRequestLeavesAtOnce() {
        var queue = queue(10)
        #expect(queue.next() == [0])
        #expect(queue.next() == nil)
        #expect(queue.publishing == 1)
    }

    @Test func requestsGatherWhileAMessageIsOnItsWay() {
        var queue = queue(10)
        _ = queue.next()
        queue.append(1, bytes: 10)
        queue.append(2, bytes: 10)
        #expect(queue.next() == nil)
        queue.finished()
        #expect(queue.next() == [1, 2])
        #expect(queue.bytes == 0)
    }

    @Test func aFullMessageLeavesWhileAnotherIsOnItsWay() {
        var queue = queue(10)
        _ = queue.next()
        queue.append(1, bytes: 60)
        #expect(queue.next() == nil)
        queue.append(2, bytes: 60)
        #expect(queue.next() == [1], "both together would be too large")
        queue.append(3, bytes: 60)
        #expect(queue.next() == nil, "two are on their way, and no more may be")
        queue.finished()
        #expect(queue.next() == [2])
    }

    @Test func aMessageHasABoundedNumberOfRequests() {
        var queue = queue(1, 1, 1, 1, 1)
        #expect(queue.next() == [0, 1, 2])
        #expect(queue.next() == nil)
        queue.finished()
        #expect(queue.next() == [3, 4])
    }

    @Test func aRequestLargerThanAMessageTravelsAlone() {
        var queue = queue(500, 1)
        #expect(queue.next() == [0])
        queue.finished()
        #expect(queue.next() == [1])
    }

    @Test func aMessageStaysBelowWhatTheBusTakes() {
        var queue = queue(30, 30, 30)
        #expect(queue.next(maximumBytes: 60) == [0, 1])
        queue.append(3, bytes: 30)
        #expect(queue.next(maximumBytes: 60) == [2, 3], "that is a full message there")
    }

    @Test func nothingIsLostReorderedOrDoubled() {
        var queue = ExportQueue<Int>(rules: GroupCommitRules(messageBytes: 1000, messageRequests: 7, prompt: 1, publishes: 3))
        var generator = SystemRandomNumberGenerator()
        var (added, taken) = (0, [Int]())
        for _ in 0..<20_000 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                queue.append(added, bytes: Int.random(in: 1...400, using: &generator))
                added += 1
            case 2:
                if let message = queue.next() {
                    #expect(!message.isEmpty && message.count <= 7)
                    taken += message
                }
                #expect(queue.publishing <= 3)
            default: if queue.publishing > 0 { queue.finished() }
            }
        }
        taken += queue.takeAll()
        #expect(taken == Array(0..<added))
        #expect(queue.count == 0 && queue.bytes == 0)
    }

    /// A queue that is never empty must not keep what has left it.
    @Test func whatWasTakenIsLetGo() {
        final class Request {}
        var queue = ExportQueue<Request>(rules: rules)
        weak var first: Request?
        do {
            let request = Request()
            first = request
            queue.append(request, bytes: 100)
            queue.append(Request(), bytes: 100)
        }
        #expect(queue.next()?.count == 1)
        #expect(first == nil && queue.count == 1)
    }
}
