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
        let address = "\(settings.host):\(settings.port)"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            self.init(
                "Port \(settings.port) on \(settings.host) is already taken: stop what listens there or set \(SettingName.httpPort).")
        case EACCES:
            self.init("Port \(settings.port) needs privileges this process does not have: set \(SettingName.httpPort) to 1024 or more.")
        case EADDRNOTAVAIL:
            self.init("\(settings.host) is not an address of this machine: set \(SettingName.httpHost).")
        default:
            self.init("Cannot listen on \(address): \(error).")
        }
    }
}
