// Insights of a language model: what is asked, what leaves, and what comes of failures.

import ArgusOTLP
import ArgusService
import ArgusShared
import HTTPTypes
import NIOHTTP1
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct InsightTests {
    static let traceID = TraceID(high: 0x4BF9_2F35_77B3_4DA6, low: 0xA3CE_929D_0E0E_4736)

    /// Runs a collector that asks a model server, with a log, its neighbours and its trace; `body` gets the log's identifier.
    static func withLog(
        _ environment: [String: String] = [:], azure: Bool = false,
        _ body: @escaping @Sendable (CollectorBed.Instance, ModelServer, String) async throws -> Void
    ) async throws {
        let bed = try await CollectorBed()
        let model = ModelServer()
        try await model.run { port in
            var variables = ["AI_ENABLED": "true"]
            if azure {
                variables["AZURE_OPENAI_ENDPOINT"] = "http://127.0.0.1:\(port)/"
                variables["AZURE_OPENAI_KEY"] = "azure key"
                variables["AZURE_OPENAI_DEPLOYMENT"] = "my model"
            } else {
                variables["OPENAI_BASE_URL"] = "http://127.0.0.1:\(port)/v1"
                variables["OPENAI_API_KEY"] = "open key"
                variables["OPENAI_MODEL"] = "small"
            }
            try await bed.withInstance(variables.merging(environment) { $1 }) { instance in
                try await body(instance, model, try await Self.storeLog(instance))
            }
        }
    }

    /// Stores what is asked about; returns the log's identifier.
    static func storeLog(_ instance: CollectorBed.Instance) async throws -> String {
        let now = CollectorBed.now
        var span = OTLPSpan(
            traceID: traceID, spanID: SpanID(value: 1), name: "charge", startTime: now - 2_000_000_000, endTime: now - 1_000_000_000)
        span.statusCode = 2
        span.statusMessage = "Gateway Timeout for bob@example.org"
        span.attributes = [Attribute("db.password", .string("span-secret"))]
        span.events = [.init(time: now, name: "exception", attributes: [Attribute("exception.message", .string("token=event-secret"))])]
        _ = try await instance.export("/v1/traces", CollectorBed.spans([span], service: "pay"))
        var log = CollectorBed.log("order failed: password=log-secret", severity: 17, time: now)
        log.traceID = traceID
        log.attributes = [
            Attribute("order.id", .int(42)), Attribute("http.request.header.authorization", .string("Bearer attribute-secret")),
        ]
        try await instance.store(
            logs: [CollectorBed.log("connecting to postgres://u:neighbour-secret@db/x", time: now - 3_000_000_000), log])
        let list = try await instance.get("/api/logs?severity=error").json
        return list["logs"]?[0]?["id"]?.stringValue ?? ""
    }

    @Test func aLogIsExplainedOnceAndWithoutSecrets() async throws {
        try await Self.withLog { instance, model, id in
            let first = try await instance.get("/api/logs/\(id)/insight")
            #expect(first.status == 200, "\(first.text)")
            #expect(try first.json["insight"]?.stringValue == "It is the database.")
            #expect(try first.json["model"]?.stringValue == "test-model")
            #expect(try first.json["cached"]?.boolValue == false)
            let second = try await instance.get("/api/logs/\(id)/insight")
            #expect(try second.json["cached"]?.boolValue == true)
            #expect(model.questions.count == 1)
            let question = try #require(model.questions.first)
            #expect(question.path == "/v1/chat/completions")
            #expect(question.authorization == "Bearer open key")
            #expect(question.body["model"]?.stringValue == "small")
            for part in ["order failed", "Gateway Timeout", "charge", "connecting to", "order.id: 42", "service: shop"] {
                #expect(question.text.contains(part), "\(part) is not in \(question.text)")
            }
            #expect(!question.text.contains("secret") && !question.text.contains("bob"), "\(question.text)")
            #expect(question.text.count <= InsightPrompt.Limit.total)
        }
    }

    @Test func azureIsAskedItsWay() async throws {
        try await Self.withLog(azure: true) { instance, model, id in
            #expect(try await instance.get("/api/logs/\(id)/insight").status == 200)
            let question = try #require(model.questions.first)
            #expect(question.path == "/openai/deployments/my%20model/chat/completions")
            #expect(question.query == "api-version=2024-10-21")
            #expect(question.apiKey == "azure key" && question.authorization == nil)
            #expect(question.body["model"] == nil)
        }
    }

    @Test func thoseWhoAskAtOnceShareAQuestion() async throws {
        try await Self.withLog { instance, model, id in
            model.behave(.init(delay: .milliseconds(300)))
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await instance.get("/api/logs/\(id)/insight").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == [Int](repeating: 200, count: 10))
            #expect(model.questions.count == 1)
        }
    }

    @Test func failuresAreToldApart() async throws {
        try await Self.withLog(["AI_TIMEOUT": "500ms"]) { instance, model, id in
            func outcome(_ behaviour: ModelServer.Behaviour) async throws -> (Int, String?) {
                model.behave(behaviour)
                let answer = try await instance.get("/api/logs/\(id)/insight")
                #expect(!answer.text.contains("open key") && !answer.text.contains("internal detail"))
                return (answer.status, answer.code)
            }
            #expect(
                try await outcome(.init(status: .internalServerError, body: #"{"error":"internal detail"}"#)) == (
                    502, "insight_unavailable"
                ))
            #expect(try await outcome(.init(status: .unauthorized)) == (502, "insight_misconfigured"))
            #expect(try await outcome(.init(status: .notFound)) == (502, "insight_misconfigured"))
            #expect(try await outcome(.init(status: .found, headers: [.location: "http://127.0.0.1:1/"])) == (502, "insight_unavailable"))
            #expect(try await outcome(.init(body: "no json")) == (502, "insight_unavailable"))
            #expect(try await outcome(.init(body: #"{"choices":[]}"#)) == (502, "insight_unavailable"))
            #expect(try await outcome(.init(delay: .seconds(3))) == (504, "insight_timeout"))
            model.behave(.init(status: .tooManyRequests, headers: [.retryAfter: "7"]))
            let limited = try await instance.get("/api/logs/\(id)/insight")
            #expect(limited.status == 429 && limited.code == "insight_rate_limited")
            #expect(limited.headers.first(name: "retry-after") == "7")
            // None of these is remembered.
            #expect(try await outcome(.init()) == (200, nil))
        }
    }

    @Test func questionsAreLimited() async throws {
        try await Self.withLog(["AI_RATE_LIMIT": "2"]) { instance, model, id in
            model.behave(.init(status: .internalServerError))
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await instance.get("/api/logs/\(id)/insight").status) }
            #expect(statuses == [502, 502, 429, 429])
            #expect(model.questions.count == 2)
        }
    }

    @Test func nobodyIsAskedAboutLogsThatAreNot() async throws {
        try await Self.withLog { instance, model, _ in
            #expect(try await instance.get("/api/logs/1/insight").status == 404)
            let malformed = try await instance.get("/api/logs/x/insight")
            #expect(malformed.status == 400 && malformed.field == "id")
            #expect(model.questions.isEmpty)
        }
    }

    @Test func aModelThatIsAwayIsABadGateway() async throws {
        let bed = try await CollectorBed()
        let environment = ["AI_ENABLED": "true", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "OPENAI_MODEL": "m", "AI_TIMEOUT": "5s"]
        try await bed.withInstance(environment) { instance in
            let id = try await Self.storeLog(instance)
            let answer = try await instance.get("/api/logs/\(id)/insight")
            #expect(answer.status == 502 || answer.status == 504)
        }
    }

    @Test func withoutAModelTheAnswerSaysHowToHaveOne() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            let answer = try await instance.get("/api/logs/1/insight")
            #expect(answer.status == 409 && answer.code == "insight_disabled")
            #expect(answer.text.contains("AI_ENABLED"))
        }
    }
}
