// The console's folder in memory, and what each file answers.

import ArgusService
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import OTLPCollector

@Suite struct ConsoleFilesTests {
    /// A folder that goes with the test.
    final class Folder {
        let path = NSTemporaryDirectory() + "argus-console-\(UUID().uuidString)"

        init(_ files: [String: String]) throws {
            try FileManager.default.createDirectory(atPath: path + "/assets", withIntermediateDirectories: true)
            for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
        }

        deinit {
            try? FileManager.default.removeItem(atPath: path)
        }

        /// What the folder is refused with.
        func refusal(limits: ConsoleFiles.Limits = .init()) -> String? {
            do {
                _ = try ConsoleFiles(directory: path, limits: limits)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    static func file(_ name: String = "main-A1.js", gzip: String? = "packed", caching: ConsoleFile.Caching = .immutable) -> ConsoleFile {
        ConsoleFile(name: name, bytes: Array("plain".utf8), gzip: gzip.map { Array($0.utf8) }, caching: caching)
    }

    @Test func aFolderIsReadWithItsCompressedSiblings() throws {
        let folder = try Folder([
            "index.html": "<p>", "index.html.gz": "<gz>", "assets/main-A1.js": "let", "assets/main-A1.js.gz": "gz",
            "assets/icon-B2.svg": "<svg>",
            "assets/.hidden": "no", "secret.txt": "no",
        ])
        let files = try ConsoleFiles(directory: folder.path)
        #expect(Set(files.assets.keys) == ["main-A1.js", "icon-B2.svg"])
        #expect(files.page.answer(to: [:]).headers[.vary] == "Accept-Encoding")
        #expect(files.assets["icon-B2.svg"]?.answer(to: [.acceptEncoding: "gzip"]).headers[.contentEncoding] == nil)
    }

    @Test func aFolderThatIsNotTheConsoleIsRefusedBySentence() throws {
        let empty = try Folder([:])
        let reason = "has no index.html: give it a folder that deploy/build-console made, or leave it empty"
        #expect(empty.refusal() == "CONSOLE_DIR is \"\(empty.path)\", which \(reason).")
        #expect(throws: StartError.self) { try ConsoleFiles(directory: "/nowhere") }
        let large = try Folder(["index.html": "<p>", "assets/a-1.js": "12345678", "assets/b-1.js": "12345678"])
        #expect(large.refusal(limits: .init(files: 1))?.contains("holds more than 1 files") == true)
        #expect(large.refusal(limits: .init(bytes: 18))?.contains("holds more than") == true)
        #expect(large.refusal(limits: .init(files: 2, bytes: 19)) == nil)
    }

    @Test(arguments: [
        ("main-A1.js", "text/javascript; charset=utf-8"), ("main-A1.css", "text/css; charset=utf-8"), ("icon-A1.svg", "image/svg+xml"),
        ("main-A1.js.map", "application/json"), ("index.html", "text/html; charset=utf-8"), ("what", "application/octet-stream"),
    ])
    func typesFollowNames(name: String, type: String) {
        #expect(Self.file(name).answer(to: [:]).headers[.contentType] == type)
    }

    @Test(arguments: [
        (nil, false), ("", false), ("gzip", true), ("br, gzip, deflate", true), ("GZIP;q=0.5", true), ("gzip;q=0", false),
        ("gzip; q=0.000", false), ("*", true), ("*;q=0", false), ("*, gzip;q=0", false), ("identity", false), ("x-gzip", true),
        ("gzip;q=nonsense", false), (";;,,", false),
    ])
    func gzipGoesToWhomItMay(header: String?, isTaken: Bool) {
        #expect(ConsoleFile.takesGzip(header) == isTaken)
        var request: HTTPFields = [:]
        request[.acceptEncoding] = header
        let answer = Self.file().answer(to: request)
        #expect(answer.headers[.contentEncoding] == (isTaken ? "gzip" : nil))
        #expect(answer.headers[.contentLength] == (isTaken ? "6" : "5"))
    }

    @Test func eachEncodingHasAStrongTag() throws {
        let file = Self.file()
        let plain = try #require(file.answer(to: [:]).headers[.eTag])
        let packed = try #require(file.answer(to: [.acceptEncoding: "gzip"]).headers[.eTag])
        #expect(plain != packed && plain.hasPrefix("\"") && plain.utf8.count == 34)
        #expect(Self.file(gzip: nil).answer(to: [:]).headers[.eTag] == plain)
        let known = file.answer(to: [.ifNoneMatch: "\"other\", W/\(plain)"])
        #expect(known.status == .notModified && known.headers[.eTag] == plain && known.body.contentLength == 0)
        #expect(known.headers[.cacheControl] == "public, max-age=31536000, immutable" && known.headers[.vary] == "Accept-Encoding")
        let other = file.answer(to: [.ifNoneMatch: plain, .acceptEncoding: "gzip"])
        #expect(other.status == .notModified && other.headers[.eTag] == plain)
        #expect(file.answer(to: [.ifNoneMatch: "\(plain), \(packed)", .acceptEncoding: "gzip"]).headers[.eTag] == packed)
        #expect(file.answer(to: [.ifNoneMatch: "*"]).status == .notModified)
        #expect(file.answer(to: [.ifNoneMatch: String(plain.dropLast())]).status == .ok)
    }

    @Test func everyAnswerCarriesThePolicy() throws {
        for request in [[:], [.ifNoneMatch: "*"]] as [HTTPFields] {
            let headers = Self.file(caching: .revalidate).answer(to: request).headers
            let policy = try #require(headers[.contentSecurityPolicy])
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; ") && !policy.contains("unsafe"))
            #expect(policy.contains("connect-src 'self';") && policy.hasSuffix("frame-ancestors 'none'"))
            #expect(headers[.xContentTypeOptions] == "nosniff" && headers[.cacheControl] == "no-cache")
            for (name, value) in [("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin")] {
                let name = try #require(HTTPField.Name(name))
                #expect(headers[name] == value)
            }
        }
    }

    @Test(arguments: [
        ("/", true), ("/traces", true), ("/traces/abc", true), ("/traces/", true), ("/alerts/a/b/c", true), ("/apis", true),
        ("/api", false), ("/api/nothing", false), ("/ws", false), ("/ws/x", false), ("/jaeger/x", false), ("/metrics", false),
        ("/metrics/x", false), ("/v1/alerts", false), ("/v2/enqueue", false), ("/assets", false), ("/favicon.ico", false),
        ("/runs/nightly.2", true), ("/../runs", false), ("/..", false), ("//api/x", false),
    ])
    func pagesAreWhatIsNeitherFileNorDoor(path: String, isPage: Bool) {
        #expect(ConsoleRoutes.isPage(path) == isPage)
    }
}
