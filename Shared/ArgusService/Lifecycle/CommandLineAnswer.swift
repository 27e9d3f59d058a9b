// What a service answers on its command line instead of running: help, version, health of the one that runs.

import Foundation

/// A text and an exit code.
///
/// Services are configured by variables; the only options are `--help`, `--version` and `--healthcheck`, which asks the instance that runs
/// with the same variables and ends with 0 if it is alive, so that a container needs no HTTP client for its health check.
struct CommandLineAnswer {
    let text: String
    let exitCode: Int32

    /// nil when there are no arguments.
    init?(
        arguments: some Collection<String>, service: String, version: String, settings: ServiceSettings, flags: [CommandLineFlag] = []
    ) {
        guard let argument = arguments.first else { return nil }
        switch argument {
        case "--version":
            self.init(text: "\(service) \(version)", exitCode: 0)
        case "--help", "-h":
            self.init(text: Self.help(service: service, settings: settings, flags: flags), exitCode: 0)
        case "--healthcheck":
            let http = HTTPSettings(settings)
            do {
                try settings.validate()
                let isAlive = HealthProbe.isAlive(host: http.host, port: http.port)
                self.init(text: isAlive ? "alive" : "no answer from port \(http.port)", exitCode: isAlive ? 0 : 1)
            } catch {
                self.init(text: "\(error)", exitCode: 1)
            }
        default:
            self.init(text: "\(service): unknown argument \(argument); try --help", exitCode: 2)
        }
    }

    private init(text: String, exitCode: Int32) {
        self.text = text
        self.exitCode = exitCode
    }

    func giveAndExit() -> Never {
        FileHandle(fileDescriptor: exitCode == 0 ? STDOUT_FILENO : STDERR_FILENO).write(Data("\(text)\n".utf8))
        exit(exitCode)
    }

    private static func help(service: String, settings: ServiceSettings, flags: [CommandLineFlag]) -> String {
        let width = flags.map(\.name.count).max() ?? 0
        let options = flags.map { "  \($0.name)\(String(repeating: " ", count: width - $0.name.count))  \($0.help) (\($0.variable))\n" }
        let variables = settings.documentedVariables.map { "  \($0.name)\($0.standard.isEmpty ? "" : " (\($0.standard))")" }
        return """
            usage: \(service) [--help | --version | --healthcheck]\(flags.isEmpty ? "" : " [flags]")

            \(options.isEmpty ? "" : "Flags, each of which sets a variable:\n\(options.joined())\n")Configured by environment variables, with their defaults:
            \(variables.joined(separator: "\n"))
            """
    }
}

/// Asks a service on this machine whether it is alive.
enum HealthProbe {
    /// Whether `GET /healthz` answers 200 within two seconds.
    static func isAlive(host: String, port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(clamping: port).bigEndian
        address.sin_addr.s_addr = inet_addr(host == "0.0.0.0" || host == "localhost" ? "127.0.0.1" : host)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else { return false }
        let request = Array("GET /healthz HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return false }
        var answer = [UInt8](repeating: 0, count: 12)
        guard recv(descriptor, &answer, answer.count, Int32(MSG_WAITALL)) == answer.count else { return false }
        return answer.elementsEqual("HTTP/1.1 200".utf8)
    }
}
