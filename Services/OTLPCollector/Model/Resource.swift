// Who made a span or a log: the process, and the library in it.

import ArgusOTLP

/// OTLP `Resource`: the process or other thing that telemetry is about.
struct Resource: Sendable, Hashable {
    /// The service of a resource that has no `service.name`.
    static let unknownService = "unknown_service"

    var attributes: [Attribute] = []
    var droppedAttributes: UInt32 = 0
    /// The schema of the attributes; empty if not given.
    var schemaURL = ""

    /// The text of `service.name`; ``unknownService`` if it is absent or empty.
    var service: String {
        guard let value = attributes.first(where: { $0.key == "service.name" })?.value else { return Self.unknownService }
        let text = AttributeText.text(of: value) ?? ""
        return text.isEmpty ? Self.unknownService : text
    }
}

/// OTLP `InstrumentationScope`: the library that made the telemetry.
struct Scope: Sendable, Hashable {
    var name = ""
    var version = ""
    var attributes: [Attribute] = []
    var droppedAttributes: UInt32 = 0
    /// The schema of what is in the scope; empty if not given.
    var schemaURL = ""
}
