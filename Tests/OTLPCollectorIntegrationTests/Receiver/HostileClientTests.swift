// What no well-behaved client would send, over a plain socket.

import ArgusBus
import Foundation
import GRPCCore
import Glibc
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import OTLPCollector

@Suite struct HostileClientTests {
    private static func exchange(_ port: Int, _ parts: [String], close: Bool = false) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try talk(port, parts, close) }) }
        }
    }

    /// Sends the parts and reads until the server closes.
    private static func talk(_ port: Int, _ parts: [String], _ close: Bool) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(descriptor) }
        var patience = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else { throw TestSupportError("cannot connect") }
        for part in parts {
            let bytes = Array(part.utf8)
            _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
        if close { return "" }
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return count == 0 ? text : text + "(no end)" }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
    }

    private static func post(_ length: Int, _ more: String = "") -> String {
        "POST /v1/traces HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-protobuf\r\ncontent-length: \(length)\r\n\(more)\r\n"
    }

    @Test func aBodyThatDoesNotComeIsNotWaitedFor() async throws {
        var settings = ReceiverSettings()
        settings.limits.bodyTimeout = .milliseconds(300)
        settings.limits.lingerTimeout = .milliseconds(300)
        try await ReceiverFixture.run(settings) { fixture async throws in
            let answer = try await Self.exchange(fixture.httpPort, [Self.post(1000), "abc"])
            #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.hasSuffix("too long to arrive"))
            try await eventually("nothing is kept") { fixture.receivers.inFlightBytes == 0 && fixture.receivers.connections == 0 }
        }
    }

    @Test func aBodyThatIsTooLargeIsRefusedBeforeItComes() async throws {
        var settings = ReceiverSettings()
        settings.limits.lingerTimeout = .milliseconds(300)
        try await ReceiverFixture.run(settings) { fixture async throws in
            let declared = try await Self.exchange(fixture.httpPort, [Self.post(100 << 20)])
            #expect(declared.hasPrefix("HTTP/1.1 413 ") && !declared.hasSuffix("(no end)"))
            let asked = try await Self.exchange(fixture.httpPort, [Self.post(100 << 20, "expect: 100-continue\r\n")])
            #expect(asked.hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func whoAsksMaySend() async throws {
        try await ReceiverFixture.run { fixture async throws in
            let answer = try await Self.exchange(
                fixture.httpPort, [Self.post(0, "expect: 100-continue\r\nconnection: close\r\n")])
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
        }
    }

    @Test func requestsInARowAreAnsweredInTheirOrder() async throws {
        try await ReceiverFixture.run { fixture async throws in
            let answer = try await Self.exchange(
                fixture.httpPort,
                [Self.post(0) + "GET /v1/traces HTTP/1.1\r\nhost: a\r\n\r\n" + Self.post(3) + "abc" + Self.post(0, "connection: close\r\n")]
            )
            let statuses = answer.components(separatedBy: "HTTP/1.1 ").dropFirst().map { String($0.prefix(3)) }
            #expect(statuses == ["200", "405", "400", "200"])
        }
    }

    @Test func whatIsNotHTTPIsRefused() async throws {
        try await ReceiverFixture.run { fixture async throws in
            #expect(try await Self.exchange(fixture.httpPort, ["\u{1}\u{2}\u{3} rubbish\r\n\r\n"]).hasPrefix("HTTP/1.1 400 "))
            _ = try await Self.exchange(fixture.grpcPort, ["GET / HTTP/1.1\r\nhost: a\r\n\r\n"])
            #expect(try await fixture.send(ReceiverRequests.traces(1)).status == 200)
            try await eventually("it is gone") { fixture.receivers.grpc.connections == 0 }
        }
    }

    @Test func connectionsBeyondTheMostAreClosed() async throws {
        var settings = ReceiverSettings()
        settings.maximumConnections = 1
        settings.limits.bodyTimeout = .seconds(2)
        settings.limits.lingerTimeout = .milliseconds(100)
        try await ReceiverFixture.run(settings) { fixture async throws in
            async let first = Self.exchange(fixture.httpPort, [Self.post(10)])
            try await eventually("one is open") { fixture.receivers.http.connections == 1 }
            #expect(try await Self.exchange(fixture.httpPort, []) == "")
            #expect(fixture.receivers.http.connections == 1)
            #expect(try await first.hasPrefix("HTTP/1.1 408 "))
            try await eventually("there is room again") { try await fixture.send(ReceiverRequests.traces(1)).status == 200 }
        }
    }

    @Test func clientsThatLeaveTakeTheirBytesWithThem() async throws {
        try await ReceiverFixture.run { fixture async throws in
            for _ in 0..<50 {
                _ = try await Self.exchange(fixture.httpPort, [Self.post(1_000_000), String(repeating: "x", count: 10_000)], close: true)
            }
            try await eventually("nothing is kept") { fixture.receivers.inFlightBytes == 0 && fixture.receivers.http.connections == 0 }
        }
    }

    @Test func moreThanMayBeInFlightIsRefusedAndNotKept() async throws {
        var settings = ReceiverSettings()
        settings.maximumRequest = 1 << 20
        settings.maximumInFlight = 1 << 20
        try await ReceiverFixture.run(settings) { fixture async throws in
            let holder = Task { try await Self.exchange(fixture.httpPort, [Self.post(1_000_000), String(repeating: "x", count: 900_000)]) }
            defer { holder.cancel() }
            try await eventually("one holds most of it") { fixture.receivers.inFlightBytes == 900_000 }
            let answer = try await fixture.send(ReceiverRequests.traces(10, padding: 20_000))
            #expect(answer.status == 503 && answer.headers["retry-after"] == ["1"])
            try await GRPCExporter.run(port: fixture.grpcPort) { exporter async throws in
                let failure = await exporter.failure(ReceiverRequests.traces(10, padding: 20_000))
                #expect(failure?.code == .unavailable)
                #expect(await exporter.accepts(ReceiverRequests.traces(1)), "there is room for a small one")
            }
        }
    }
}
