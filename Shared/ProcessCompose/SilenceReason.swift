// Why a server did not answer, for people.

import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// An error of a connection or a client, in a few words instead of a framework's.
public struct SilenceReason: Sendable, CustomStringConvertible {
    /// As it is shown: `Connection refused`, `no answer in time`.
    public let description: String

    /// The reason that an error stands for.
    public init(_ error: any Error) {
        description =
            switch error {
            case let error as HTTPClientError where error == .connectTimeout || error == .deadlineExceeded: "no answer in time"
            case let error as NIOConnectionError:
                error.connectionErrors.first.map { Self($0.error).description } ?? "the name \(error.host) is unknown"
            case is HTTPParserError: "what answers there does not speak HTTP"
            case let error as IOError: String(cString: strerror(error.errnoCode))
            case let error as HTTPClientError: error.shortDescription
            default: "\(error)"
            }
    }
}
