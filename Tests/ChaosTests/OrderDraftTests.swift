// What a client may order.

import ArgusService
import HTTPTypes
import Testing

@testable import ChaosOrder

@Suite struct OrderDraftTests {
    @Test func anOrderIsReadAndTheRestIsTheClientsOwn() throws {
        let draft = try OrderDraft(parsing: Array(#"{"item":"book","quantity":2,"customer":{"id":7}}"#.utf8))
        #expect(draft.item == "book" && draft.quantity == 2)
    }

    @Test(arguments: [
        ("item", #"{"quantity":2}"#), ("item", #"{"item":"","quantity":2}"#), ("item", #"{"item":7,"quantity":2}"#),
        ("quantity", #"{"item":"a"}"#), ("quantity", #"{"item":"a","quantity":0}"#), ("quantity", #"{"item":"a","quantity":10001}"#),
        ("quantity", #"{"item":"a","quantity":1.5}"#), ("quantity", #"{"item":"a","quantity":"2"}"#),
    ])
    func whatIsWrongIsNamed(_ field: String, _ body: String) {
        let error = #expect(throws: APIError.self) { try OrderDraft(parsing: Array(body.utf8)) }
        #expect(error?.status == .unprocessableContent && error?.field == field)
    }

    @Test(arguments: ["", "[]", "{", #""x""#])
    func whatIsNoObjectIsRefused(_ body: String) {
        let error = #expect(throws: APIError.self) { try OrderDraft(parsing: Array(body.utf8)) }
        #expect(error?.status == .badRequest)
    }

    @Test func anOrderMustEndBeforeItsRequestDoes() {
        let settings = ServiceSettings(
            environment: ["CHAOS_ORDER_TIMEOUT": "30s", "HTTP_REQUEST_TIMEOUT": "20s"], defaults: OrderSettings.defaults)
        _ = OrderSettings(settings)
        #expect(throws: ConfigurationError.self) { try settings.validate() }
    }
}
