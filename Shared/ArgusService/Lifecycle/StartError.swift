// Why a service could not start, in one sentence.

import Foundation
import NIOCore

/// A reason not to start that a person can act on.
public struct StartError: Error, Sendable, CustomStringConvertible {
    /// One sentence.
    public let description: String

    /// Creates an error from a sentence.
    public init(_ sentence: String) {
        description = sentence
    }

    /// Why an HTTP server could not listen.
    init(binding settings: HTTPSettings, error: any Error) {
        self.init(
            binding: settings.host, settings.port, error: error, hostVariable: SettingName.httpHost, portVariable: SettingName.httpPort)
    }

    /// Why a server could not listen, naming the variables that say where it should.
    public init(binding host: String, _ port: Int, error: any Error, hostVariable: String, portVariable: String) {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            self.init(
                "Port \(port) on \(host) is already taken: stop what listens there or set \(portVariable).")
        case EACCES:
            self.init("Port \(port) needs privileges this process does not have: set \(portVariable) to 1024 or more.")
        case EADDRNOTAVAIL:
            self.init("\(host) is not an address of this machine: set \(hostVariable).")
        default:
            self.init("Cannot listen on \(host):\(port): \(error).")
        }
    }
}
