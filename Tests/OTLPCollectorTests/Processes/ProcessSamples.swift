// Processes for the tests of the mirror.

import ArgusShared

@testable import OTLPCollector

/// Makes events and samples.
enum SampleProcess {
    static let noon: Int64 = 1_800_000_000_000

    static func state(
        _ name: String = "api", namespace: String = "default", status: String = "Running", restarts: Int64 = 0
    ) -> ProcessState {
        var state = ProcessState(name: name, namespace: namespace, status: status)
        state.isRunning = status == "Running"
        state.restarts = restarts
        state.pid = state.isRunning ? 42 : 0
        state.memory = 1 << 20
        state.cpu = 1.5
        return state
    }

    static func event(
        _ kind: ProcessEvent.Kind, _ name: String = "api", namespace: String = "default", status: String? = nil, at time: Int64 = noon
    ) -> ProcessEvent {
        let isOver = [.crashed, .stopped].contains(kind)
        return ProcessEvent(
            kind, state: state(name, namespace: namespace, status: status ?? (isOver ? "Completed" : "Running")),
            at: Timestamp(milliseconds: time))
    }

    static func sample(
        _ states: [ProcessState], instance: String = "", age: Duration = .seconds(60), at time: Int64 = noon
    ) -> ProcessSample {
        ProcessSample(instance: instance, at: Timestamp(milliseconds: time), processes: states.map { .init(state: $0, age: age) })
    }
}
