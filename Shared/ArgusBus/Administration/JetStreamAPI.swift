// Requests to $JS.API and what their errors mean.

import ArgusShared

extension Transport {
    /// Sends an idempotent request to `$JS.API.<api>` and returns its answer; it is sent again after a lost connection.
    func request(api: String, _ body: JSONValue? = nil, timeout: Duration) async throws(BusError) -> JSONValue {
        let message = try await exchange(
            Exchanges.Request(subject: "$JS.API.\(api)", headers: [:], payload: body?.bytes ?? [], resends: true, timeout: timeout))
        if message.status == 503 { throw BusError(.noResponders, "JetStream does not answer $JS.API.\(api)") }
        return try JetStreamError.check(message.payload, "$JS.API.\(api)")
    }
}

/// JetStream's error objects.
enum JetStreamError {
    /// The parsed answer, unless it is an error.
    static func check(_ payload: [UInt8], _ what: String) throws(BusError) -> JSONValue {
        let answer: JSONValue
        do {
            answer = try JSONValue(parsing: payload, limits: .trusted)
        } catch {
            throw BusError(.protocolViolation, "the answer to \(what) is not JSON: \(error)")
        }
        if let error = answer["error"] { throw busError(error, what) }
        return answer
    }

    private static func busError(_ error: JSONValue, _ what: String) -> BusError {
        let text = error["description"]?.stringValue ?? "no description"
        let number = Int(error["err_code"]?.integerValue ?? 0)
        let status = Int(error["code"]?.integerValue ?? 0)
        return BusError(code(number, status, text), "\(what): \(text)", serverCode: number)
    }

    private static func code(_ number: Int, _ status: Int, _ text: String) -> BusError.Code {
        switch number {
        case 10071, 10164, 10070: .wrongLastSequence
        case 10077 where text.contains("maximum"), 10002, 10023, 10028, 10047: .streamFull
        case 10054: .payloadTooLarge
        case 10014, 10037, 10059: .notFound
        case 10013, 10058, 10148, 10105: .alreadyExists
        case 10039, 10076: .noResponders
        default: .server
        }
    }
}
