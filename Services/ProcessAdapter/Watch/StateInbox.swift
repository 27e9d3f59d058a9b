// What waits to be looked at: states that arrived, and that it is time for a look at everything.

import ProcessCompose
import Synchronization

/// A bounded inbox with one reader. States that do not fit are dropped, and a look at everything makes up for them.
final class StateInbox: Sendable {
    /// What the reader finds.
    struct Contents: Sendable {
        var states: [ObservedProcess] = []
        var expectedStops: [ProcessTracker.Key] = []
        var needsPoll = false
    }

    private static let limit = 4096

    private let contents = Mutex(Contents())
    private let pokes: AsyncStream<Void>
    private let poke: AsyncStream<Void>.Continuation

    init() {
        (pokes, poke) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// One element whenever there may be something; ends when the task is cancelled.
    var arrivals: AsyncStream<Void> { pokes }

    func add(_ state: ObservedProcess) {
        change { contents in
            if contents.states.count < Self.limit { contents.states.append(state) } else { contents.needsPoll = true }
        }
    }

    func expectStop(of key: ProcessTracker.Key) {
        change { contents in
            if contents.expectedStops.count < Self.limit { contents.expectedStops.append(key) } else { contents.needsPoll = true }
        }
    }

    func requestPoll() {
        change { $0.needsPoll = true }
    }

    /// The processes of which changes wait.
    var busy: Set<ProcessTracker.Key> {
        contents.withLock { Set($0.states.map { ProcessTracker.Key($0.state) }) }
    }

    /// Drops the changes of some processes, which a look at everything is to make up for.
    func drop(_ keys: Set<ProcessTracker.Key>) {
        change { contents in
            contents.states.removeAll { keys.contains(ProcessTracker.Key($0.state)) }
            contents.needsPoll = true
        }
    }

    /// Everything that is there.
    func take() -> Contents {
        contents.withLock { contents in
            defer { contents = Contents() }
            return contents
        }
    }

    private func change(_ body: (inout Contents) -> Void) {
        contents.withLock { body(&$0) }
        poke.yield()
    }
}
