// How to reach process-compose.

import ArgumentParser
import ProcessCompose

/// The options of commands that call process-compose.
struct ComposeOptions: ParsableArguments {
    @Option(
        name: .customLong("compose-url"),
        help: ArgumentHelp(
            "process-compose: http://host:port or unix:///path (COMPOSE_URL; \(ComposeEndpoint.defaultURL)).", valueName: "url"))
    var composeURL: String?

    @Option(name: .customLong("compose-port"), help: ArgumentHelp("Short for --compose-url http://127.0.0.1:PORT.", valueName: "port"))
    var composePort: Int?

    func validate() throws {
        guard composePort.map((1...65_535).contains) ?? true else { throw ValidationError("--compose-port must be from 1 to 65535.") }
    }

    /// A client of it; its token is PC_API_TOKEN.
    func client(_ surroundings: Surroundings = .current) throws -> ProcessComposeClient {
        let text =
            composeURL ?? composePort.map { "http://127.0.0.1:\($0)" } ?? surroundings["COMPOSE_URL"] ?? ComposeEndpoint.defaultURL
        guard let endpoint = ComposeEndpoint(text) else {
            throw CommandLineError(.usage, "\"\(text)\" is no address of process-compose; it must be http://host:port or unix:///path")
        }
        return ProcessComposeClient(endpoint: endpoint, token: surroundings["PC_API_TOKEN"], http: Calls.client, timeout: .seconds(30))
    }
}
