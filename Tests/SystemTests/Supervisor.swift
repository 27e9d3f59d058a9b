// A stand-in of process-compose that runs real processes: `deploy/compose-standin`.

import Foundation
import TestSupport

/// A supervisor whose processes crash on command.
struct Supervisor {
    let url: String

    /// Starts one and waits until it answers; it ends with the suite.
    ///
    /// - Parameter processes: its configuration, as JSON.
    static func start(in suite: Suite, processes: String) async throws -> Supervisor {
        let file = "\(suite.directory)/processes.json"
        try Data(processes.utf8).write(to: URL(fileURLWithPath: file))
        let port = try FreePort.next()
        let service = try suite.launch(
            "compose-standin", executable: "\(Suite.repository)/deploy/compose-standin",
            arguments: ["--port", "\(port)", "--config", file], port: port)
        try await eventually("the supervisor answers") { (try? await HTTP.get(service.url + "/live"))?.status == 200 }
        return Supervisor(url: service.url)
    }
}
