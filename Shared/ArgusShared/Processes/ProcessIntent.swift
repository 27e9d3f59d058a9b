// An announcement: one of us is about to stop a process.

/// Who will be stopped or restarted on purpose.
public struct ProcessIntent: Sendable, Hashable {
    public var namespace: String
    public var name: String

    /// The intent to stop or restart a process.
    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// The intent as JSON.
    public var json: [UInt8] {
        JSONValue.object([.init("namespace", .string(namespace)), .init("name", .string(name))]).bytes
    }

    /// Reads an intent; nil for anything else.
    public init?(parsing bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let namespace = value["namespace"]?.stringValue,
            let name = value["name"]?.stringValue
        else { return nil }
        self.init(namespace: namespace, name: name)
    }
}
