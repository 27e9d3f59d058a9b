// How much a consumer asks for and keeps: the pure parts.

import Testing

@testable import ArgusBus

@Suite struct PullBoundsTests {
    private static func message(_ bytes: Int) -> BusMessage {
        BusMessage(subject: "s", payload: [UInt8](repeating: 7, count: bytes))
    }

    private static func buffer(_ sizes: [Int]) -> MessageBuffer {
        var buffer = MessageBuffer()
        for size in sizes { buffer.append(message(size)) }
        return buffer
    }

    @Test func messagesAreTakenInOrderWithinBothBounds() {
        var buffer = Self.buffer([10, 20, 30, 40])
        let each = Self.message(0).size
        #expect(buffer.count == 4 && buffer.bytes == 100 + 4 * each)
        #expect(buffer.take(2, maximumBytes: .max).map(\.payload.count) == [10, 20])
        #expect(buffer.take(9, maximumBytes: 30 + each).map(\.payload.count) == [30])
        #expect(buffer.messages.map(\.payload.count) == [40])
        // One is taken however large it is.
        #expect(buffer.take(9, maximumBytes: 1).map(\.payload.count) == [40])
        #expect(buffer.isEmpty && buffer.bytes == 0 && buffer.take(9, maximumBytes: 1).isEmpty)
    }

    @Test func aLongQueueIsForgottenAsItIsTaken() {
        var buffer = Self.buffer(Array(1...2_000))
        var taken: [Int] = []
        while !buffer.isEmpty {
            taken += buffer.take(7, maximumBytes: .max).map(\.payload.count)
            if taken.count == 700 { buffer.append(Self.message(2_001)) }
        }
        #expect(taken == Array(1...2_001))
    }

    @Test func whatIsAskedForAndWhatIsKeptStayWithinTheBounds() {
        var requests = PullRequests(maximumMessages: 100, maximumBytes: 1 << 20)
        var numbers: UInt64 = 0
        func due(_ buffer: MessageBuffer) -> [PullRequests.Request] {
            requests.due(beside: buffer, largestMessage: 1_000) {
                numbers += 1
                return numbers
            }
        }
        #expect(due(MessageBuffer()).map(\.messages) == [50, 50])
        #expect(due(MessageBuffer()).isEmpty)
        // Half of it has come and waits: nothing more may be asked for until it is taken.
        var buffer = MessageBuffer()
        for _ in 0..<50 {
            requests.answered(with: Self.message(10))
            buffer.append(Self.message(10))
        }
        #expect(due(buffer).isEmpty)
        _ = buffer.take(50, maximumBytes: .max)
        #expect(due(buffer).map(\.id) == [3])
        #expect(requests.end(3) && !requests.end(3))
        requests.endAll()
        #expect(requests.isEmpty)
    }

    @Test func aMessageLargerThanTheBoundIsAskedForAlone() {
        var requests = PullRequests(maximumMessages: 8, maximumBytes: 1_000)
        let first = requests.due(beside: MessageBuffer(), largestMessage: 1 << 20) { 1 }
        #expect(first.count == 1 && first[0].bytes >= 1 << 20)
        requests.endAll()
        #expect(requests.due(beside: Self.buffer([2_000]), largestMessage: 1 << 20) { 2 }.isEmpty)
    }
}
