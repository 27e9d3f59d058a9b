// Which process events a command is about.

import ArgumentParser
import ArgusBus
import ArgusShared

/// The options that choose events.
struct ProcessSelection: ParsableArguments {
    @Option(
        name: .shortAndLong, help: ArgumentHelp("Only this process, of any namespace unless it says which.", valueName: "[namespace/]name"))
    var process: ProcessName?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Only events of this type; repeat it for several: \(names.joined(separator: ", ")).", valueName: "type"),
        completion: .list(names), transform: kind)
    var type: [ProcessEvent.Kind] = []

    private static let names = ProcessEvent.Kind.allCases.map(\.rawValue)

    /// Reads `crashed`, `status_changed` and so on; hyphens are as good as underscores.
    private static func kind(_ text: String) throws -> ProcessEvent.Kind {
        guard let kind = ProcessEvent.Kind(rawValue: text.replacing("-", with: "_")) else {
            throw ValidationError("There is no event type \"\(text)\"; there are \(names.joined(separator: ", ")).")
        }
        return kind
    }

    /// The events of the stream that may be meant: what a subject cannot say is for ``includes(_:)``.
    func events(on bus: Bus, since: Timestamp?, follows: Bool) -> ProcessEventSequence {
        let onlyType = Set(type).count == 1 ? type.first : nil
        if let process, !process.description.contains("/") {
            return ProcessEvents.subscribe(process: process.description, type: onlyType, on: bus, since: since, follows: follows)
        }
        if let onlyType { return ProcessEvents.subscribe(type: onlyType, on: bus, since: since, follows: follows) }
        return ProcessEvents.subscribe(on: bus, since: since, follows: follows)
    }

    /// Whether an event is meant.
    func includes(_ event: ProcessEvent) -> Bool {
        (type.isEmpty || type.contains(event.kind)) && process?.matches(event.state) != false
    }

    /// What an error of the bus means to somebody who wants process events.
    static func explaining<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as BusError where error.code == .notFound {
            throw CommandLineError(
                .notFound,
                "the bus has no stream \(Streams.processEvents().name): process-adapter creates it, and has never run on this bus")
        }
    }
}
