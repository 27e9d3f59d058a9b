// Dispatch's timers, made Sendable.

import Dispatch

/// Runs a body after a delay unless it is cancelled first.
///
/// `@unchecked Sendable`: a dispatch object; Dispatch documents `cancel` as callable from any thread.
struct Timeout: @unchecked Sendable {
    private static let queue = DispatchQueue(label: "argus.bus.timeouts")
    private let item: DispatchWorkItem

    init(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
        item = DispatchWorkItem(block: body)
        let nanoseconds = Int(clamping: min(max(delay, .zero), .seconds(86_400)).nanoseconds)
        Self.queue.asyncAfter(deadline: .now() + .nanoseconds(nanoseconds), execute: item)
    }

    func cancel() {
        item.cancel()
    }
}

/// Runs a body again and again until it is cancelled.
///
/// `@unchecked Sendable`: a dispatch object, not changed after `init`; Dispatch documents `cancel` as callable from any thread.
struct RepeatingTimer: @unchecked Sendable {
    private let source: any DispatchSourceTimer

    init(every milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
        source = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "argus.bus.timer"))
        source.schedule(deadline: .now() + .milliseconds(milliseconds), repeating: .milliseconds(milliseconds), leeway: .milliseconds(5))
        source.setEventHandler(handler: body)
        source.resume()
    }

    func cancel() {
        source.cancel()
    }
}
