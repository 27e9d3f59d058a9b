// What the bus's tests have in common.

import ArgusBus
import ArgusShared
import Logging
import TestSupport

/// A logger that says nothing.
let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension NATSServer {
    /// A bus connected to this server.
    func connect(_ change: (inout BusConfiguration) -> Void = { _ in }) async throws -> Bus {
        var configuration = BusConfiguration(servers: [url], name: "test")
        configuration.connectTimeout = .seconds(10)
        change(&configuration)
        return try await Bus.connect(configuration, logger: quiet)
    }
}

extension BusError {
    /// The error that `body` throws, which must be a `BusError`.
    static func thrown(_ body: () async throws -> Void) async throws -> BusError {
        do {
            try await body()
        } catch let error as BusError {
            return error
        }
        throw TestSupportError("nothing was thrown")
    }
}

/// The bytes of a text.
func bytes(_ text: String) -> [UInt8] {
    Array(text.utf8)
}

/// The text of bytes.
func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
}
