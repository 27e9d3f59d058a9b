// `/api/dlq` over HTTP.

import ArgusService
import ArgusShared
import Crypto
import Foundation
import Hummingbird
import Logging
import TestSupport
import Testing

@testable import OTLPCollector

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

@Suite struct DeadLetterRoutesTests {
    private struct Door: Sendable {
        let port: Int

        func send(_ method: String, _ path: String, token: String?) async throws -> (status: Int, json: JSONValue) {
            var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
            request.httpMethod = method
            if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
            let (body, response) = try await URLSession.shared.data(for: request)
            let status = try #require(response as? HTTPURLResponse).statusCode
            return (status, (try? JSONValue(parsing: Array(body))) ?? .null)
        }
    }

    private func withDoor(_ rig: WriterRig, _ body: @escaping @Sendable (Door) async throws -> Void) async throws {
        let tokens = [("reader", "read"), ("boss", "admin")].map { name, scope in
            "\(name):\(scope):\(SHA256.hash(data: Data(name.utf8)).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())"
        }
        let bootstrap = ServiceBootstrap.testing(
            name: "otlp-collector", environment: ["HTTP_PORT": "0", "ARGUS_TOKENS": tokens.joined(separator: ",")], logLevel: .critical)
        let router = makeRouter(metrics: bootstrap.metrics, health: HealthChecks())
        let access = Access(
            policy: AuthPolicy(settings: AuthSettings(bootstrap.settings)), limiter: RateLimiter(perSecond: 0, metrics: bootstrap.metrics))
        DeadLetterRoutes(directory: rig.directory, replay: rig.replay, outage: rig.outage).add(to: router, access: access)
        let settings = HTTPSettings(bootstrap.settings)
        try bootstrap.settings.validate()
        let server = makeHTTPServer(router: router, settings: settings, metrics: bootstrap.metrics, logger: bootstrap.logger)
        try await ServiceApplication(listeners: [server]).withRunning(logger: WriterRig.quiet) {
            try await body(Door(port: try await server.port()))
        }
        await rig.close()
    }

    private func message(_ sequence: UInt64, _ text: String) -> TelemetryMessage {
        TelemetryMessage(signal: .traces, sequence: sequence, published: 1, payload: Array(text.utf8))
    }

    @Test func filesAreListedReplayedAndDeleted() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let rig = try await WriterRig.open(.init(natsURL: server.url, folder: folder.path))
            try await rig.directory.write([message(1, "a\nb")], signal: .traces, items: 2, reason: "the database is away")
            try await rig.directory.write([message(2, "poison")], signal: .traces, items: 1, reason: "never", aside: true)
            try await rig.directory.write([message(3, "c")], signal: .traces, items: 1, reason: "away")
            let ids = try await rig.directory.page(after: nil, limit: 10).entries.map(\.id.text)
            try await withDoor(rig) { door in
                let list = try await door.send("GET", "/api/dlq", token: "reader")
                #expect(list.status == 200)
                #expect(list.json["total"]?.integerValue == 3)
                #expect(list.json["files"]?[0]?["id"]?.stringValue == ids[0])
                #expect(list.json["files"]?[0]?["state"]?.stringValue == "pending")
                #expect(list.json["files"]?[0]?["kind"]?.stringValue == "traces")
                #expect(list.json["files"]?[0]?["items"]?.integerValue == 2)
                #expect(list.json["files"]?[0]?["reason"]?.stringValue == "the database is away")
                #expect((list.json["files"]?[0]?["bytes"]?.integerValue ?? 0) > 100)
                #expect(list.json["files"]?[0]?["created"]?.stringValue?.hasSuffix("Z") == true)
                #expect(list.json["files"]?[1]?["state"]?.stringValue == "aside")
                let page = try await door.send("GET", "/api/dlq?limit=1&after=\(ids[0])", token: "reader")
                #expect(page.json["files"]?[0]?["id"]?.stringValue == ids[1])
                #expect(page.json["next"]?.stringValue == ids[1])

                let replayed = try await door.send("POST", "/api/dlq/\(ids[0])/replay", token: "boss")
                #expect(replayed.status == 200)
                #expect(replayed.json["stored"]?.integerValue == 2)
                #expect(try await door.send("POST", "/api/dlq/\(ids[0])/replay", token: "boss").status == 404)
                let poison = try await door.send("POST", "/api/dlq/\(ids[1])/replay", token: "boss")
                #expect(poison.status == 422)
                #expect(poison.json["error"]?["code"]?.stringValue == "cannot_be_stored")
                #expect(rig.asideFiles.count == 2)
                #expect(try await door.send("DELETE", "/api/dlq/\(ids[1])", token: "boss").status == 204)
                #expect(rig.asideFiles.isEmpty)
                #expect(try await door.send("DELETE", "/api/dlq/\(ids[2])", token: "boss").status == 204)
                #expect(rig.files.isEmpty)
                #expect(try await rig.items == ["a", "b"])
            }
        }
    }

    @Test func onlyAdministratorsChangeAnythingAndOnlyOurFiles() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let folder = try WriterFolder()
            let rig = try await WriterRig.open(.init(natsURL: server.url, folder: folder.path))
            try await rig.directory.write([message(1, "a")], signal: .traces, items: 1, reason: "away")
            let id = try await rig.directory.pendingIDs()[0].text
            let victim = folder.path + "/victim.json"
            try Data("precious".utf8).write(to: URL(fileURLWithPath: victim))
            try await withDoor(rig) { door in
                #expect(try await door.send("GET", "/api/dlq", token: nil).status == 401)
                #expect(try await door.send("POST", "/api/dlq/\(id)/replay", token: "reader").status == 403)
                #expect(try await door.send("DELETE", "/api/dlq/\(id)", token: "reader").status == 403)
                #expect(try await door.send("GET", "/api/dlq?limit=0", token: "reader").status == 400)
                #expect(try await door.send("GET", "/api/dlq?after=..", token: "reader").status == 400)
                #expect(try await door.send("GET", "/api/dlq?color=red", token: "reader").status == 400)
                for name in ["..%2Fvictim", "batch_..%2F..%2Fvictim", "%2e%2e%2fvictim", "victim", "batch_none", "batch_%00"] {
                    for (method, suffix) in [("DELETE", ""), ("POST", "/replay")] {
                        let answer = try await door.send(method, "/api/dlq/\(name)\(suffix)", token: "boss")
                        #expect([400, 404].contains(answer.status), "\(method) \(name): \(answer.status)")
                    }
                }
                #expect(FileManager.default.fileExists(atPath: victim))
                #expect(rig.files == [id + ".json"])
            }
        }
    }

    @Test func aReplayWhileTheDatabaseIsAwayIsRefusedForNow() async throws {
        try await withDeadline(.seconds(60)) {
            let server = try await NATSServer.start()
            let postgres = try await PostgresServer()
            let folder = try WriterFolder()
            let rig = try await WriterRig.open(
                .init(natsURL: server.url, postgres: try await postgres.createDatabase(), folder: folder.path))
            try await rig.directory.write([message(1, "a")], signal: .traces, items: 1, reason: "away")
            let id = try await rig.directory.pendingIDs()[0].text
            try await postgres.stop()
            try await withDoor(rig) { door in
                #expect(try await door.send("POST", "/api/dlq/\(id)/replay", token: "boss").status == 503)
                #expect(rig.files == [id + ".json"])
                try await postgres.start()
                #expect(try await door.send("POST", "/api/dlq/\(id)/replay", token: "boss").status == 200)
            }
        }
    }
}
