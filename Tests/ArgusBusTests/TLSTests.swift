// Encrypted connections, with an authority made for the test.

import ArgusBus
import ArgusShared
import Foundation
import TestSupport
import Testing

@Suite struct TLSTests {
    /// A directory with `ca.pem`, and certificates and keys named `server`, `stranger` (another host's) and `client`.
    private final class Certificates: Sendable {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("argus-tls-\(UUID().uuidString)").path

        init() async throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try await openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=argus-test-ca")
            for (name, host) in [("server", "IP:127.0.0.1"), ("stranger", "DNS:elsewhere.example"), ("client", "DNS:client")] {
                try Data("subjectAltName=\(host)\n".utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name).ext"))
                try await openssl("req -newkey rsa:2048 -nodes -keyout \(name).key -out \(name).csr -subj /CN=\(name)")
                try await openssl(
                    "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile \(name).ext -out \(name).pem")
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        private func openssl(_ arguments: String) async throws {
            let process = try ChildProcess(
                executable: "/usr/bin/openssl", arguments: arguments.split(separator: " ").map(String.init), workingDirectory: directory,
                output: directory + "/openssl.log")
            guard await process.waitForExit(timeout: .seconds(20)) == 0 else { throw TestSupportError("openssl \(arguments)") }
        }

        func configuration(_ name: String, verify: Bool = false) -> String {
            """
            tls { cert_file: "\(directory)/\(name).pem", key_file: "\(directory)/\(name).key", ca_file: "\(directory)/ca.pem", verify: \(verify) }
            """
        }
    }

    private func roundTrip(
        _ server: NATSServer, _ tls: BusConfiguration.TLSConfiguration, within limit: Duration = .seconds(20)
    ) async throws {
        let bus = try await server.connect {
            $0.tls = tls
            $0.connectTimeout = limit
        }
        try await bus.ensure(StreamDefinition(name: "S", subjects: ["s"]))
        #expect(try await bus.publish([UInt8](repeating: 7, count: 1 << 20), to: "s").sequence > 0)
        #expect(try await bus.lastMessage(stream: "S", subject: "s")?.payload.count == 1 << 20)
        await bus.drain()
    }

    @Test func theServersCertificateIsChecked() async throws {
        try await withDeadline(.seconds(60)) {
            let certificates = try await Certificates()
            let ca = certificates.directory + "/ca.pem"
            let server = try await NATSServer.start(extraConfiguration: certificates.configuration("server"))
            try await roundTrip(server, .init(caFile: ca))
            try await roundTrip(server, .init(verify: false))
            let unknown = try await BusError.thrown { try await roundTrip(server, .init(), within: .seconds(1)) }
            #expect(unknown.code == .disconnected, "the system does not know this authority")
            #expect(try await BusError.thrown { try await roundTrip(server, .init(caFile: ca + ".none")) }.code == .invalidArgument)

            let stranger = try await NATSServer.start(extraConfiguration: certificates.configuration("stranger"))
            #expect(
                try await BusError.thrown { try await roundTrip(stranger, .init(caFile: ca), within: .seconds(1)) }.code == .disconnected)
        }
    }

    @Test func ourOwnCertificate() async throws {
        try await withDeadline(.seconds(60)) {
            let certificates = try await Certificates()
            let directory = certificates.directory
            let server = try await NATSServer.start(extraConfiguration: certificates.configuration("server", verify: true))
            try await roundTrip(
                server, .init(caFile: directory + "/ca.pem", certificateFile: directory + "/client.pem", keyFile: directory + "/client.key")
            )
            let error = try await BusError.thrown { try await roundTrip(server, .init(caFile: directory + "/ca.pem"), within: .seconds(1)) }
            #expect(error.code == .disconnected || error.code == .permissionDenied)
        }
    }
}
