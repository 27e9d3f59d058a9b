// What a command finds around it: environment, output, terminal.

import Foundation
import Glibc

/// The surroundings of a command. A test puts others in place.
struct Surroundings: Sendable {
    var environment: [String: String]
    /// Takes bytes for standard output.
    var standardOutput: @Sendable ([UInt8]) throws -> Void
    /// Takes bytes for standard error.
    var standardError: @Sendable ([UInt8]) throws -> Void
    /// Whether standard output is a terminal.
    var isTerminal: Bool
    /// Seconds that local time is ahead of UTC at a Unix time.
    var utcOffset: @Sendable (Int64) -> Int

    /// Those of this task.
    @TaskLocal static var current = Surroundings.ofProcess

    /// A variable; empty is as good as none.
    subscript(variable: String) -> String? {
        environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static let ofProcess = Surroundings(
        environment: ProcessInfo.processInfo.environment,
        standardOutput: { try write($0, to: STDOUT_FILENO) },
        standardError: { try write($0, to: STDERR_FILENO) },
        isTerminal: isatty(STDOUT_FILENO) == 1,
        utcOffset: { time in
            var seconds = time_t(time)
            var parts = tm()
            return localtime_r(&seconds, &parts) == nil ? 0 : parts.tm_gmtoff
        })

    /// Makes sure that what is opened later does not get the number of a standard descriptor that whoever started the program has closed,
    /// and with it what is meant for that one. Writing to it goes on being an error.
    static func holdStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 { _ = open("/dev/null", O_RDONLY) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, -1)
            } else if errno == EPIPE {
                throw OutputClosed()
            } else if errno != EINTR {
                throw CommandLineError(.failure, "the output cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }
}
