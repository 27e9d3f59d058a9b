// What a client orders.

import ArgusService
import ArgusShared
import HTTPTypes

/// The body of `POST /orders`; members beside these are the client's own business.
struct OrderDraft: Sendable, Equatable {
    let item: String
    let quantity: Int

    private static let longestItem = 200
    private static let quantities = 1...10_000

    /// - Throws: `APIError` 400 where the body is no JSON object, 422 where a member is missing or wrong.
    init(parsing body: [UInt8]) throws {
        guard let value = try? JSONValue(parsing: body), case .object = value else {
            throw APIError.badRequest(code: "malformed_json", message: "The body must be a JSON object.")
        }
        guard let item = value["item"]?.stringValue, (1...Self.longestItem).contains(item.utf8.count) else {
            throw Self.invalid("item", "a string of 1 to \(Self.longestItem) bytes")
        }
        guard let quantity = value["quantity"]?.integerValue, Self.quantities.contains(Int(quantity)) else {
            throw Self.invalid("quantity", "a whole number from 1 to 10000")
        }
        self.item = item
        self.quantity = Int(quantity)
    }

    private static func invalid(_ field: String, _ wanted: String) -> APIError {
        APIError(.unprocessableContent, code: "invalid_field", message: "\(field) must be \(wanted).", field: field)
    }
}
