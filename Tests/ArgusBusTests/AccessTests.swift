// Who may connect, how, and what they may do.

import ArgusShared
import Foundation
import TestSupport
import Testing

@testable import ArgusBus

@Suite struct AccessTests {
    private func refused(_ server: NATSServer, _ change: (inout BusConfiguration) -> Void) async throws -> BusError {
        try await BusError.thrown { _ = try await server.connect(change) }
    }

    private func roundTrip(_ bus: Bus) async throws {
        try await bus.ensure(StreamDefinition(name: "S", subjects: ["s.>"]))
        #expect(try await bus.publish(bytes("1"), to: "s.a").stream == "S")
        await bus.drain()
    }

    @Test func userAndPassword() async throws {
        try await withDeadline {
            let server = try await NATSServer.start(extraConfiguration: "authorization { user: argus, password: secret }")
            for password in ["wrong", nil] {
                let error = try await refused(server) { ($0.user, $0.password) = ("argus", password) }
                #expect(error.code == .permissionDenied, "\(error)")
                #expect(!error.message.contains("secret"))
            }
            #expect(try await refused(server) { _ in }.code == .permissionDenied)
            try await roundTrip(server.connect { ($0.user, $0.password) = ("argus", "secret") })
        }
    }

    @Test func token() async throws {
        try await withDeadline {
            let server = try await NATSServer.start(extraConfiguration: "authorization { token: tok }")
            let error = try await refused(server) { $0.token = "other" }
            #expect(error.code == .permissionDenied)
            try await roundTrip(server.connect { $0.token = "tok" })
        }
    }

    @Test func nkey() async throws {
        try await withDeadline {
            let (seed, other) = (NKey.makeSeed(), NKey.makeSeed())
            let publicKey = try #require(NKey.publicKey(ofSeed: seed))
            #expect(publicKey.count == 56 && publicKey.hasPrefix("U"))
            let server = try await NATSServer.start(extraConfiguration: "authorization { users: [ { nkey: \(publicKey) } ] }")
            let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: directory) }
            let file = directory.appendingPathComponent("seed").path
            try Data("# of user argus\n\(seed)\n".utf8).write(to: URL(fileURLWithPath: file))
            try await roundTrip(server.connect { $0.nkeySeedFile = file })
            try Data(other.utf8).write(to: URL(fileURLWithPath: file))
            #expect(try await refused(server) { $0.nkeySeedFile = file }.code == .permissionDenied)
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: file))
            #expect(try await refused(server) { $0.nkeySeedFile = file }.code == .invalidArgument)
            #expect(try await refused(server) { $0.nkeySeedFile = file + ".none" }.code == .invalidArgument)
            #expect(try await refused(server) { $0.credentialsFile = file + ".none" }.code == .invalidArgument)
        }
    }

    /// The example of the nkeys documentation.
    @Test func publicKeyOfASeed() {
        #expect(
            NKey.publicKey(ofSeed: "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY")
                == "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4")
        #expect(NKey.publicKey(ofSeed: "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCV3VY") == nil)
        #expect(NKey.publicKey(ofSeed: "") == nil)
    }

    @Test func permissions() async throws {
        try await withDeadline {
            let server = try await NATSServer.start(
                extraConfiguration: """
                    authorization {
                      users: [
                        { user: admin, password: a }
                        { user: limited, password: b, permissions: {
                            publish: { allow: ["s.allowed", "$JS.API.>", "echo"] }
                            subscribe: { allow: ["_INBOX_limited.>"] } } }
                      ]
                    }
                    """)
            let admin = try await server.connect { ($0.user, $0.password) = ("admin", "a") }
            try await admin.ensure(StreamDefinition(name: "S", subjects: ["s.>"]))

            let error = try await refused(server) { ($0.user, $0.password) = ("limited", "b") }
            #expect(error.code == .permissionDenied, "the default inbox is not this user's: \(error)")

            let limited = try await server.connect {
                ($0.user, $0.password, $0.inboxPrefix) = ("limited", "b", "_INBOX_limited")
            }
            #expect(try await limited.publish(bytes("1"), to: "s.allowed").sequence == 1)
            let began = ContinuousClock.now
            let denied = try await BusError.thrown { try await limited.publish(bytes("1"), to: "s.denied", timeout: .seconds(20)) }
            #expect(denied.code == .permissionDenied)
            #expect(denied.message.contains("s.denied"))
            #expect(!denied.isRetriable)
            #expect(ContinuousClock.now - began < .seconds(15), "noticed, not timed out")
            // A subscription that is not allowed ends.
            for await _ in limited.subscribe(to: "secret", capacity: 1) { Issue.record("nothing may come") }
            #expect(try await limited.publish(bytes("2"), to: "s.allowed").sequence == 2)
            let replay = try await limited.replay(stream: "S", from: 1)
            #expect(try await replay.next(max: 2, wait: .seconds(5)).isEmpty == false)
            await limited.drain()
            await admin.drain()
        }
    }

    @Test func aListWithADeadFirstServer() async throws {
        try await withDeadline {
            let server = try await NATSServer.start()
            let dead = try FreePort.next()
            let list = "nats://127.0.0.1:\(dead), \(server.url)"
            try await roundTrip(server.connect { $0.servers = [list] })
            let began = ContinuousClock.now
            let error = try await refused(server) {
                $0.servers = ["nats://127.0.0.1:\(dead)"]
                $0.connectTimeout = .milliseconds(500)
            }
            #expect(error.code == .disconnected)
            #expect(error.message.contains("\(dead)"))
            #expect(ContinuousClock.now - began < .seconds(20))
            #expect(try await refused(server) { $0.servers = [] }.code == .invalidArgument)
            #expect(try await refused(server) { $0.servers = ["nats://127.0.0.1:port"] }.code == .invalidArgument)
        }
    }

    @Test func connectsWhenTheServerComes() async throws {
        try await withDeadline {
            let port = try FreePort.next()
            var configuration = BusConfiguration(servers: ["nats://127.0.0.1:\(port)"], name: "test")
            configuration.connectTimeout = nil
            async let connecting = Bus.connect(configuration, logger: quiet)
            let server = try await NATSServer.start(port: port)
            try await roundTrip(await connecting)
            await server.stop()
        }
    }
}
