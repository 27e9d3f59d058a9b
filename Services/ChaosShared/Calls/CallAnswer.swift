// What a service answers to a call, and its JSON.

import ArgusShared

/// The answer to a call over the bus; statuses are those of HTTP.
public struct CallAnswer: Sendable, Equatable {
    /// Why a call failed.
    public struct Failure: Sendable, Equatable {
        /// Stable name, such as `database_lock`.
        public let code: String
        /// For people.
        public let message: String
        /// The service that failed, which need not be the one that was called.
        public let service: String

        /// A failure of a service.
        public init(code: String, message: String, service: String) {
            self.code = code
            self.message = message
            self.service = service
        }
    }

    /// 200, or why not.
    public let status: Int
    /// nil where the call succeeded.
    public let failure: Failure?
    /// Results by name.
    public let results: [String: String]

    /// Success.
    public static func success(_ results: [String: String]) -> CallAnswer {
        CallAnswer(status: 200, failure: nil, results: results)
    }

    /// Failure.
    public static func failure(status: Int, code: String, message: String, service: String) -> CallAnswer {
        CallAnswer(status: status, failure: Failure(code: code, message: message, service: service), results: [:])
    }

    /// Whether asking again gives the same answer: it is not that somebody did not answer in time or could not be reached.
    public var isFinal: Bool { status != 503 && status != 504 }

    private init(status: Int, failure: Failure?, results: [String: String]) {
        self.status = status
        self.failure = failure
        self.results = results
    }
}

extension CallAnswer {
    /// Reads an answer; nil where it is none.
    init?(parsing bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let status = value["status"]?.integerValue else { return nil }
        var results: [String: String] = [:]
        if case .object(let members) = value["results"] ?? .null {
            for member in members { results[member.name] = member.value.stringValue }
        }
        self.status = Int(status)
        self.results = results
        failure = value["error"].flatMap { error in
            guard let code = error["code"]?.stringValue, let message = error["message"]?.stringValue else { return nil }
            return Failure(code: code, message: message, service: error["service"]?.stringValue ?? "")
        }
        guard (failure == nil) == (status == 200) else { return nil }
    }

    /// The answer as JSON.
    var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.integer("status", status)
        if let failure {
            writer.key("error")
            writer.beginObject()
            writer.string("code", failure.code)
            writer.string("message", failure.message)
            writer.string("service", failure.service)
            writer.endObject()
        }
        writer.key("results")
        writer.beginObject()
        for (name, value) in results.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }
}

/// What is ordered: what every call of the demonstration carries.
public struct OrderLine: Sendable, Equatable {
    /// The order's identifier.
    public let orderID: String
    /// What is ordered.
    public let item: String
    /// How many.
    public let quantity: Int

    /// A line of an order.
    public init(orderID: String, item: String, quantity: Int) {
        self.orderID = orderID
        self.item = item
        self.quantity = quantity
    }

    /// Reads a line; nil where it is none.
    public init?(parsing bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let orderID = value["order_id"]?.stringValue,
            let item = value["item"]?.stringValue, let quantity = value["quantity"]?.integerValue
        else { return nil }
        self.init(orderID: orderID, item: item, quantity: Int(quantity))
    }

    /// The line as JSON.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("order_id", orderID)
        writer.string("item", item)
        writer.integer("quantity", quantity)
        writer.endObject()
        return writer.bytes
    }
}
