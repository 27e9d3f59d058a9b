// An observation under construction: what a program says of a workflow, a run or a plugin.

public import ArgusShared
import Foundation

/// The kind of an event: its level says what must be named.
public typealias EventType = ObservationType

/// One observation event.
///
/// ```swift
/// try observer.emit(
///     Event(.runStarted).withClient("org_123").withWorkflow("wf_abc").withRun("run_xyz").withData(RunStarted(trigger: .init(.schedule))))
/// ```
public struct Event: Sendable, Hashable {
    /// The event as it travels.
    public private(set) var observation: ObservationEvent
    private var dataFailure: String?

    /// An event that happens now, under an identifier of its own.
    public init(_ type: EventType) {
        observation = ObservationEvent(type)
    }

    /// An event that was received.
    public init(_ observation: ObservationEvent) {
        self.observation = observation
    }

    /// Names the client whose workflow it is: all levels.
    public func withClient(_ id: String) -> Event { with { $0.observation.clientID = id } }

    /// Names the workflow: all levels.
    public func withWorkflow(_ id: String) -> Event { with { $0.observation.workflowID = id } }

    /// Names the run: levels 2 and 3.
    public func withRun(_ id: String) -> Event { with { $0.observation.runID = id } }

    /// Names the node of the workflow that the plugin runs for: level 3.
    public func withNode(_ id: String) -> Event { with { $0.observation.nodeID = id } }

    /// Replaces the identifier, under which the event counts once however often it is emitted.
    public func withID(_ id: String) -> Event { with { $0.observation.id = id } }

    /// Replaces the time at which it happened.
    public func withTimestamp(_ timestamp: Timestamp) -> Event { with { $0.observation.timestamp = timestamp } }

    /// Attaches data, encoded now. What cannot be encoded makes the event invalid: ``validate()`` says why.
    public func withData(_ data: some Encodable) -> Event {
        with { event in
            do {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                encoder.dateEncodingStrategy = .iso8601
                event.observation.data = try RawJSON(Array(encoder.encode(data)))
                event.dataFailure = nil
            } catch {
                event.dataFailure = "data cannot be encoded: \(error)"
            }
        }
    }

    /// Attaches data that is JSON already. What is no JSON makes the event invalid: ``validate()`` says why.
    public func withData(json: String) -> Event {
        with { event in
            do {
                event.observation.data = try RawJSON(Array(json.utf8))
                event.dataFailure = nil
            } catch {
                event.dataFailure = "data is no JSON: \(error)"
            }
        }
    }

    /// Checks that everything is named that the event's level needs.
    ///
    /// - Throws: ``ObserverError`` with the code `.invalidEvent`; its message names all that is wrong.
    public func validate() throws(ObserverError) {
        let type = observation.type
        guard dataFailure == nil || !isComplete else { throw ObserverError(.invalidEvent, "\(type.rawValue): \(dataFailure ?? "")") }
        guard !isComplete else { return }
        let missing = observation.missingFields.joined(separator: ", ")
        let data = dataFailure.map { "; \($0)" } ?? ""
        throw ObserverError(.invalidEvent, "\(type.rawValue) (level \(type.level)) lacks \(missing)\(data)")
    }

    private var isComplete: Bool {
        !observation.id.isEmpty && !observation.clientID.isEmpty && !observation.workflowID.isEmpty
            && (observation.type.level < 2 || !observation.runID.isEmpty) && (observation.type.level < 3 || !observation.nodeID.isEmpty)
    }

    private func with(_ change: (inout Event) -> Void) -> Event {
        var copy = self
        change(&copy)
        return copy
    }
}
