// Tokens, routing keys and rates at the doors.

import ArgusShared
import TestSupport
import Testing

@testable import IngestGateway

@Suite(.timeLimit(.minutes(2))) struct CredentialTests {
    /// The hashes of the tokens `secret` and `looker`.
    private let tokens = """
        ci:ingest:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b,\
        viewer:read:d133efd9800e396abbeb9de0cc7a6f873d58159121a0fc587f8a2ec1208ad50a
        """

    private func bearer(_ token: String) -> [String: String] { ["Authorization": "Bearer \(token)"] }

    @Test func tokensAndRoutingKeysOpenTheDoors() async throws {
        try await Gateway.run(environment: ["ARGUS_TOKENS": tokens]) { gateway in
            try await gateway.putManager("m", routingKey: "R-m")
            try await gateway.putManager("n", routingKey: "R-n")
            let port = gateway.port
            let event = trigger("m", "k")
            #expect(try await post(port, "/v1/events", event).status == 401)
            #expect(try await post(port, "/v1/events", event, headers: bearer("wrong")).status == 401)
            #expect(try await post(port, "/v1/events", event, headers: bearer("looker")).status == 403)
            #expect(try await post(port, "/v1/events", event, headers: bearer("secret")).status == 202)
            #expect(try await post(port, "/v1/events", event, headers: bearer("R-m")).status == 202)
            let other = try await post(port, "/v1/events", event, headers: bearer("R-n"))
            #expect(other.status == 403)

            let batch = try await post(port, "/v1/events/batch", "[\(event),\(trigger("n", "k"))]", headers: bearer("R-n"))
            #expect(try batch.json["rejected"]?[0]?["code"]?.stringValue == "forbidden")
            #expect(try batch.json["accepted"]?.integerValue == 1)

            let alerts = #"[{"labels":{"alertname":"A"}}]"#
            #expect(try await post(port, "/api/v2/alerts", alerts, headers: bearer("R-m")).status == 200)
            #expect(try await post(port, "/api/v2/alerts?manager=n", alerts, headers: bearer("R-m")).status == 403)
            #expect(try await post(port, "/api/v2/alerts?manager=m", alerts).status == 401)

            let pagerDuty = #"{"routing_key":"R-m","event_action":"resolve","dedup_key":"k"}"#
            #expect(try await post(port, "/v2/enqueue", pagerDuty).status == 202)
        }
    }

    @Test func aNewRoutingKeyOpensTheDoorAtOnce() async throws {
        try await Gateway.run(environment: ["ARGUS_TOKENS": tokens]) { gateway in
            for number in 0..<10 {
                try await gateway.putManager("m", routingKey: "R-\(number)")
                #expect(try await post(gateway.port, "/v1/events", trigger("m", "k"), headers: bearer("R-\(number)")).status == 202)
                let body = #"{"routing_key":"R-\#(number)","event_action":"resolve","dedup_key":"k"}"#
                #expect(try await post(gateway.port, "/v2/enqueue", body).status == 202)
            }
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "k"), headers: bearer("R-0")).status == 401)
        }
    }

    @Test func eachCredentialHasItsRate() async throws {
        try await Gateway.run(environment: ["ARGUS_TOKENS": tokens, "ARGUS_RATE_LIMIT": "5"]) { gateway in
            try await gateway.putManager("m", routingKey: "R-m")
            let batch = "[" + (0..<5).map { trigger("m", "k\($0)") }.joined(separator: ",") + "]"
            #expect(try await post(gateway.port, "/v1/events/batch", batch, headers: bearer("secret")).status == 202)
            let refused = try await post(gateway.port, "/v1/events/batch", batch, headers: bearer("secret"))
            #expect(refused.status == 429)
            #expect(refused.headers["retry-after"] != nil)
            #expect(try await post(gateway.port, "/v1/events", trigger("m", "k"), headers: bearer("R-m")).status == 202)
        }
    }
}
