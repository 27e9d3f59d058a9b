// An exporter by gRPC, as SDKs have it, with bytes for messages.

import GRPCCore
import GRPCNIOTransportHTTP2Posix

@testable import OTLPCollector

/// Bytes as messages.
private struct Raw: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] { bytes.withUnsafeBytes { Array($0) } }
}

/// A client with one connection.
struct GRPCExporter: Sendable {
    typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

    let client: Client

    /// Runs a client while `body` does its work.
    static func run<Value: Sendable>(
        port: Int, _ body: @Sendable (GRPCExporter) async throws -> Value
    ) async throws -> Value {
        let transport = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext,
            config: .defaults { $0.compression.enabledAlgorithms = .all })
        return try await withGRPCClient(transport: transport) { try await body(GRPCExporter(client: $0)) }
    }

    /// The answer to one call.
    ///
    /// - Throws: `RPCError`.
    func export(
        _ request: [UInt8], path: String = ExportSignal.traces.grpcPath, token: String? = nil, gzip: Bool = false
    ) async throws -> [UInt8] {
        var options = CallOptions.defaults
        options.compression = gzip ? .gzip : CompressionAlgorithm.none
        options.maxRequestMessageBytes = 1 << 30
        options.timeout = .seconds(30)
        var metadata = Metadata()
        if let token { metadata.addString("Bearer \(token)", forKey: "authorization") }
        let parts = path.split(separator: "/")
        return try await client.unary(
            request: ClientRequest(message: request, metadata: metadata),
            descriptor: MethodDescriptor(fullyQualifiedService: String(parts[0]), method: String(parts[1])), serializer: Raw(),
            deserializer: Raw(), options: options
        ) { response in try response.message }
    }

    /// Whether a call succeeds without anything rejected.
    func accepts(_ request: [UInt8], path: String = ExportSignal.traces.grpcPath, gzip: Bool = false) async -> Bool {
        (try? await export(request, path: path, gzip: gzip))?.isEmpty == true
    }

    /// How a call that should fail ended.
    func failure(
        _ request: [UInt8], path: String = ExportSignal.traces.grpcPath, token: String? = nil, gzip: Bool = false
    ) async -> RPCError? {
        do {
            _ = try await export(request, path: path, token: token, gzip: gzip)
            return nil
        } catch {
            return error as? RPCError
        }
    }
}
