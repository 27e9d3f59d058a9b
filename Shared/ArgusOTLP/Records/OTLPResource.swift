// Resources and scopes, decoded.

/// OTLP `Resource` and the schema URL beside it.
public struct OTLPResource: Sendable, Hashable {
    public var attributes: [Attribute]
    public var droppedAttributesCount: UInt32
    public var schemaURL: String

    /// A resource.
    public init(attributes: [Attribute] = [], droppedAttributesCount: UInt32 = 0, schemaURL: String = "") {
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.schemaURL = schemaURL
    }

    /// The resource of an item in place.
    public init(_ view: ResourceView) {
        self.init(
            attributes: view.attributes.decoded(), droppedAttributesCount: view.droppedAttributesCount,
            schemaURL: String(decoding: view.schemaURL, as: UTF8.self))
    }
}

/// OTLP `InstrumentationScope` and the schema URL beside it.
public struct OTLPScope: Sendable, Hashable {
    public var name: String
    public var version: String
    public var attributes: [Attribute]
    public var droppedAttributesCount: UInt32
    public var schemaURL: String

    /// A scope.
    public init(
        name: String = "", version: String = "", attributes: [Attribute] = [], droppedAttributesCount: UInt32 = 0, schemaURL: String = ""
    ) {
        self.name = name
        self.version = version
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.schemaURL = schemaURL
    }

    /// The scope of an item in place.
    public init(_ view: ScopeView) {
        self.init(
            name: String(decoding: view.name, as: UTF8.self), version: String(decoding: view.version, as: UTF8.self),
            attributes: view.attributes.decoded(), droppedAttributesCount: view.droppedAttributesCount,
            schemaURL: String(decoding: view.schemaURL, as: UTF8.self))
    }
}

/// The items of one resource, by scope: `ResourceSpans`, `ResourceLogs`.
public struct OTLPGroup<Item: Sendable & Hashable>: Sendable, Hashable {
    /// The items of one scope: `ScopeSpans`, `ScopeLogs`.
    public struct Scoped: Sendable, Hashable {
        public var scope: OTLPScope
        public var items: [Item]

        /// Items of a scope.
        public init(scope: OTLPScope, items: [Item]) {
            self.scope = scope
            self.items = items
        }
    }

    public var resource: OTLPResource
    public var scopes: [Scoped]

    /// Scopes of a resource.
    public init(resource: OTLPResource, scopes: [Scoped]) {
        self.resource = resource
        self.scopes = scopes
    }
}
