// Runs the dashboard on the terminal.

import ArgusBus
import ArgusShared
import Dispatch
import Synchronization

/// The dashboard with all that is alive around it.
final class TopSession: Sendable {
    /// Frames are at least so far apart.
    static let frameTime = Duration.milliseconds(100)
    private static let mostEffects = 32

    private let model: Mutex<TopModel>
    private let look: TopLook
    private let encoder: FrameEncoder
    private let calls: TopCalls
    private let feeds: @Sendable (@escaping @Sendable (TopInput) -> Void) -> TopFeeds
    private let news = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let effects = AsyncStream.makeStream(of: TopEffect.self, bufferingPolicy: .bufferingOldest(mostEffects))
    /// Writing to a terminal blocks while it is slow.
    private let drawing = DispatchQueue(label: "argus.top.drawing")

    init(address: String, look: TopLook, encoder: FrameEncoder, bus: Bus, edge: EdgeClient, calls: TopCalls) {
        model = Mutex(TopModel(address: address))
        self.look = look
        self.encoder = encoder
        self.calls = calls
        feeds = { deliver in TopFeeds(bus: bus, edge: edge, deliver: deliver) }
    }

    /// Runs until the person ends it, the terminal goes, or the task is cancelled.
    func run() async throws {
        let terminal = Terminal.current
        let input = TerminalInput { [weak self] event in self?.take(event) }
        guard let input else { throw CommandLineError(.failure, "top cannot open a pipe: there are too many open files") }
        take(.resized)
        try terminal.enter()
        defer { terminal.leave() }
        input.start()
        defer { input.end() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.feeds { self.receive($0) }.run() }
            group.addTask { await self.tick() }
            group.addTask { try await self.draw() }
            group.addTask { await self.carryOut(input) }
            // Whichever ends first ends all. A frame that the terminal does not take must not hold that up.
            defer {
                group.cancelAll()
                terminal.leave()
            }
            try await group.next()
        }
    }

    private func receive(_ input: TopInput) {
        let effects = model.withLock { $0.apply(input, at: .now()) }
        for effect in effects { self.effects.continuation.yield(effect) }
        news.continuation.yield()
    }

    private func take(_ event: TerminalInput.Event) {
        switch event {
        case .keys(let keys): for key in keys { receive(.key(key)) }
        case .resized:
            let (width, height) = Terminal.current.size
            receive(.size(width: width, height: height))
        case .suspend: effects.continuation.yield(.suspend)
        case .closed: effects.continuation.yield(.end)
        }
    }

    private func tick() async {
        while !Task.isCancelled {
            receive(.tick)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    private func draw() async throws {
        for await _ in news.stream {
            let frame = model.withLock { $0.frame(at: .now(), look: look) }
            let encoder = encoder
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                drawing.async { continuation.resume(with: Result { try Terminal.current.show(frame, with: encoder) }) }
            }
            try await Task.sleep(for: Self.frameTime)
        }
    }

    /// Returns when the person wants to end.
    private func carryOut(_ input: TerminalInput) async {
        await withDiscardingTaskGroup { group in
            for await effect in effects.stream {
                switch effect {
                case .end:
                    group.cancelAll()
                    return
                case .suspend: input.suspend()
                case .redraw: Terminal.current.invalidate()
                case .load(let subject): group.addTask { self.receive(.details(subject, await self.calls.load(subject))) }
                case .perform(let action): group.addTask { self.receive(await self.calls.perform(action)) }
                }
            }
        }
    }
}
