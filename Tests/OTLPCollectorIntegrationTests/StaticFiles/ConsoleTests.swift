// The console served by a whole collector.

import ArgusService
import ArgusShared
import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct ConsoleTests {
    static let page = "<!doctype html><title>Argus</title>"
    static let script = "export const answer = 42;"
    /// The script as gzip.
    static let packed = "H4sIAAAAAAACA0utKMgvKlFIzs8rLlFIzCsuTy1SsFUwMbIGAOBIdJYZAAAA"

    /// Builds a console in a folder of the bed.
    static func build(in bed: CollectorBed) throws -> String {
        let folder = bed.folder + "/console"
        try FileManager.default.createDirectory(atPath: folder + "/assets", withIntermediateDirectories: true)
        let packed = try #require(Data(base64Encoded: packed))
        let files = [
            "index.html": Data(page.utf8), "assets/main-A1B2C3D4.js": Data(script.utf8), "assets/main-A1B2C3D4.js.gz": packed,
        ]
        for (name, bytes) in files { try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
        return folder
    }

    @Test func itsPageStandsBehindEveryAddressAndItsFilesBehindTheirNames() async throws {
        let bed = try await CollectorBed()
        let environment = ["CONSOLE_DIR": try Self.build(in: bed), "ARGUS_TOKENS": CollectorBed.credential("secret", scope: "read")]
        try await bed.withInstance(environment) { instance in
            for path in ["/", "/traces", "/traces/abc", "/alerts/", "/runs?range=1h", "/a/b/c/d"] {
                let answer = try await instance.get(path)
                #expect(answer.status == 200 && answer.text == Self.page, "\(path): \(answer.text)")
                #expect(answer.headers["content-type"] == ["text/html; charset=utf-8"] && answer.headers["cache-control"] == ["no-cache"])
                #expect(answer.headers["content-security-policy"].count == 1 && answer.headers["vary"] == [])
            }
            let tag = try #require(try await instance.get("/").headers["etag"].first)
            let known = try await instance.send(.GET, "/logs", headers: [("if-none-match", tag)])
            #expect(known.status == 304 && known.body == [] && known.headers["etag"] == [tag])
            let head = try await instance.send(.HEAD, "/alerts")
            #expect(head.status == 200 && head.body == [] && head.headers["content-length"] == ["\(Self.page.utf8.count)"])

            let script = "/assets/main-A1B2C3D4.js"
            let plain = try await instance.send(.GET, script, headers: [("accept-encoding", "identity")])
            #expect(plain.text == Self.script && plain.headers["cache-control"] == ["public, max-age=31536000, immutable"])
            #expect(plain.headers["vary"] == ["Accept-Encoding"] && plain.headers["x-content-type-options"] == ["nosniff"])
            let packed = try await instance.send(.GET, script, headers: [("accept-encoding", "br, gzip")])
            #expect(packed.text == Self.script && packed.headers["content-encoding"] == ["gzip"])
            #expect(packed.headers["etag"] != plain.headers["etag"] && packed.headers["content-type"] == plain.headers["content-type"])
            let scriptHead = try await instance.send(.HEAD, script, headers: [("accept-encoding", "identity")])
            #expect(scriptHead.status == 200 && scriptHead.headers["content-length"] == ["\(Self.script.utf8.count)"])
        }
    }

    @Test func doorsKeepTheirAnswersAndNothingElseIsReadFromTheFolder() async throws {
        let bed = try await CollectorBed()
        let folder = try Self.build(in: bed)
        try Data("outside".utf8).write(to: URL(fileURLWithPath: bed.folder + "/outside.js"))
        try await bed.withInstance(["CONSOLE_DIR": folder, "ARGUS_TOKENS": CollectorBed.credential("secret", scope: "read")]) { instance in
            for path in [
                "/api/nothing", "/api", "/ws/x", "/jaeger", "/jaeger/nothing", "/metrics/x", "/v1/alerts", "/assets", "/assets/",
                "/assets/x.js", "/assets/main-A1B2C3D4.js.gz", "/assets/../index.html", "/assets/..%2f..%2foutside.js",
                "/assets/%2e%2e/%2e%2e/outside.js", "/../outside.js", "/index.html.gz", "/favicon.ico",
            ] {
                let answer = try await instance.get(path)
                #expect(answer.status == 404 && answer.code == "not_found", "\(path): \(answer.status) \(answer.text)")
            }
            #expect(try await instance.send(.POST, "/traces").status == 404)
            #expect(try await instance.get("/api/stats").status == 401)
            #expect(try await instance.get("/api/stats", token: "secret").status == 200)
            for path in ["/healthz", "/readyz", "/metrics"] { #expect(try await instance.get(path).status == 200) }
        }
    }

    @Test func withoutAFolderTheRootSaysWhatThisIs() async throws {
        let bed = try await CollectorBed()
        try await bed.withInstance { instance in
            let root = try await instance.get("/")
            #expect(try root.json["service"]?.stringValue == ServiceName.otlpCollector)
            #expect(try await instance.get("/traces").status == 404)
        }
        await #expect(throws: StartError.self) { try await bed.withInstance(["CONSOLE_DIR": bed.folder]) { _ in } }
    }
}
