// Tokens, scopes and rate limits.

import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import ArgusService

private func hash(_ token: String) -> String {
    SHA256.hash(data: Data(token.utf8)).map { String(format: "%02x", $0) }.joined()
}

private func request(_ authorization: String?) -> Request {
    var fields = HTTPFields()
    if let authorization { fields[.authorization] = authorization }
    return Request(
        head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/", headerFields: fields),
        body: RequestBody(buffer: ByteBuffer()))
}

@Suite struct AuthTests {
    private func policy(_ tokens: String) throws -> AuthPolicy {
        let settings = ServiceSettings(environment: ["ARGUS_TOKENS": tokens], defaults: ["ARGUS_TOKENS": ""])
        let auth = AuthSettings(settings)
        try settings.validate()
        return AuthPolicy(settings: auth)
    }

    private func status(_ body: () throws -> Void) -> Int? {
        do {
            try body()
            return nil
        } catch {
            return APIError(translating: error).status.code
        }
    }

    @Test func scopesDecide() throws {
        let policy = try policy("sender:ingest:\(hash("s")),reader:read+ingest:\(hash("r")),boss:admin:\(hash("b").uppercased())")
        #expect(try policy.authorize(request("Bearer s"), .ingest).name == "sender")
        #expect(status { _ = try policy.authorize(request("Bearer s"), .read) } == 403)
        #expect(try policy.authorize(request("bearer  r"), .read).name == "reader")
        #expect(status { _ = try policy.authorize(request("Bearer r"), .admin) } == 403)
        for scope in [Scope.ingest, .read, .admin] {
            #expect(try policy.authorize(request("Bearer b"), scope).name == "boss")
        }
    }

    @Test(arguments: [nil, "", "Bearer", "Bearer ", "Basic s", "Bearer x", "Bearer S", "s", "Bearer s s"])
    func everythingElseIsRefused(header: String?) throws {
        let policy = try policy("sender:ingest:\(hash("s"))")
        #expect(status { _ = try policy.authorize(request(header), .ingest) } == 401)
    }

    @Test func anEmptyTokenIsNoToken() throws {
        let policy = try policy("odd:ingest:\(hash(""))")
        #expect(status { _ = try policy.authorize(request("Bearer "), .ingest) } == 401)
    }

    @Test func withoutTokensTheDoorsAreOpen() throws {
        let policy = try policy("")
        #expect(policy.isOpen)
        #expect(try policy.authorize(request(nil), .admin) == .anonymous)
        #expect(try policy.authorize(request("Bearer whatever"), .admin) == .anonymous)
    }

    @Test func anotherVerifierIsAsked() throws {
        let policy = try policy("sender:ingest:\(hash("s"))")
        let manager = Identity(name: "manager:m1", scopes: .ingest)
        let ask = { (key: String) in key == "routing-key" ? manager : nil }
        #expect(try policy.authorize(request("Bearer routing-key"), .ingest, alternative: ask) == manager)
        #expect(status { _ = try policy.authorize(request("Bearer routing-key"), .read, alternative: ask) } == 403)
        #expect(status { _ = try policy.authorize(request("Bearer other"), .ingest, alternative: ask) } == 401)
    }

    @Test(arguments: [
        "zzz-token", "a:read", "a:write:00", ":read:\(hash("x"))", "a:read:\(hash("x"))0", "a::\(hash("x"))", "a:read+:\(hash("x"))",
        "a:read:zz\(hash("x").dropFirst(2))", "a:read:\(hash("x")),a:read:\(hash("y"))",
    ])
    func malformedTokensAreNamedByNumberOnly(text: String) {
        let settings = ServiceSettings(environment: ["ARGUS_TOKENS": text])
        _ = AuthSettings(settings)
        #expect(throws: ConfigurationError.self) { try settings.validate() }
        do { try settings.validate() } catch {
            #expect(error.problems.count == 1)
            #expect(!error.description.contains(text))
        }
    }

    @Test func comparisonLooksAtEveryByte() {
        let left = [UInt8](repeating: 7, count: 32)
        #expect(ConstantTime.areEqual(left, left))
        for index in 0..<32 {
            var right = left
            right[index] ^= 1
            #expect(!ConstantTime.areEqual(left, right))
        }
        #expect(!ConstantTime.areEqual(left, Array(left.dropLast())))
        #expect(ConstantTime.areEqual([], []))
    }
}

@Suite struct RateLimiterTests {
    private let start = ContinuousClock.now

    @Test func aBucketRefills() {
        let limiter = RateLimiter(perSecond: 10, burst: 20)
        #expect(limiter.wait(20, key: "a", now: start) == nil)
        #expect(limiter.wait(1, key: "a", now: start) == .milliseconds(100))
        #expect(limiter.wait(1, key: "b", now: start) == nil)
        #expect(limiter.wait(5, key: "a", now: start + .milliseconds(500)) == nil)
        #expect(limiter.wait(1, key: "a", now: start + .milliseconds(500)) != nil)
        #expect(limiter.wait(20, key: "a", now: start + .seconds(60)) == nil)
        #expect(limiter.wait(1, key: "a", now: start + .seconds(60)) != nil)
    }

    @Test func aBatchBeyondTheBurstIsSlowedNotShutOut() {
        let limiter = RateLimiter(perSecond: 10, burst: 10)
        #expect(limiter.wait(100, key: "a", now: start) == nil)
        #expect(limiter.wait(100, key: "a", now: start + .seconds(9)) != nil)
        #expect(limiter.wait(100, key: "a", now: start + .seconds(10)) == nil)
    }

    @Test func theTableIsBounded() {
        let registry = MetricsRegistry()
        let limiter = RateLimiter(perSecond: 1, burst: 10, maxEntries: 5, metrics: registry)
        for index in 0..<100 { #expect(limiter.wait(5, key: "k\(index)", now: start + .milliseconds(index)) == nil) }
        #expect(limiter.entryCount == 5)
        #expect(registry.counter(MetricName.rateLimiterEvictions).value == 95)
        #expect(limiter.wait(1, key: "new", now: start + .seconds(60)) == nil)
        #expect(limiter.entryCount == 1)
    }

    @Test func zeroIsWithoutLimit() throws {
        let limiter = RateLimiter(perSecond: 0)
        for _ in 0..<1_000 { try limiter.take(1_000_000, for: .anonymous) }
        #expect(limiter.entryCount == 0)
    }
}
