// A nats-server with JetStream on a free port, with a store of its own.

import Foundation
public import Glibc
import Synchronization

/// A real nats-server that ends with the test.
///
/// The executable is `ARGUS_NATS_SERVER`, else `.argus/venv/bin/nats-server` in the repository, else the one in `PATH`.
public final class NATSServer: Sendable {
    /// The port on 127.0.0.1.
    public let port: Int
    /// Where streams are kept.
    public let storeDirectory: String
    /// What the server logs.
    public let logFile: String
    private let configurationFile: String
    private let scratchDirectory: String
    private let process: Mutex<ChildProcess?>

    /// `nats://127.0.0.1:port`.
    public var url: String { "nats://127.0.0.1:\(port)" }

    /// Starts a server and waits until it answers.
    ///
    /// - Parameters:
    ///   - syncAlways: Whether what is acknowledged is on disk.
    ///   - extraConfiguration: Lines added to the configuration file.
    ///   - storeDirectory: nil is a new directory that is removed in the end.
    ///   - port: nil is a free one.
    public static func start(
        syncAlways: Bool = false, maxPayload: Int = 8 << 20, extraConfiguration: String = "", storeDirectory: String? = nil,
        port: Int? = nil
    ) async throws -> NATSServer {
        var attempts = port == nil ? 5 : 1
        while true {
            attempts -= 1
            let server = try NATSServer(
                port: port ?? FreePort.next(), syncAlways: syncAlways, maxPayload: maxPayload, extra: extraConfiguration,
                store: storeDirectory)
            do {
                try await server.launch()
                return server
            } catch  where attempts > 0 {
                continue
            }
        }
    }

    private init(port: Int, syncAlways: Bool, maxPayload: Int, extra: String, store: String?) throws {
        self.port = port
        scratchDirectory = FileManager.default.temporaryDirectory.appendingPathComponent("argus-nats-\(UUID().uuidString)").path
        storeDirectory = store ?? scratchDirectory + "/store"
        logFile = scratchDirectory + "/server.log"
        configurationFile = scratchDirectory + "/server.conf"
        process = Mutex(nil)
        try FileManager.default.createDirectory(atPath: scratchDirectory, withIntermediateDirectories: true)
        let configuration = """
            listen: "127.0.0.1:\(port)"
            server_name: "test-\(port)"
            max_payload: \(maxPayload)
            max_pending: 256MB
            jetstream {
              store_dir: "\(storeDirectory)"
              max_memory_store: 1GB
              max_file_store: 64GB
              \(syncAlways ? "sync_interval: always" : "")
            }
            \(extra)

            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: configurationFile))
    }

    deinit {
        process.withLock { $0 = nil }
        try? FileManager.default.removeItem(atPath: scratchDirectory)
    }

    /// Sends a signal to the server, by default the one it cannot catch.
    public func kill(signal: Int32 = SIGKILL) {
        process.withLock { $0?.terminate(signal: signal) }
    }

    /// Ends the server if it still runs (with SIGKILL) and starts it again on the same port and store.
    public func restart() async throws {
        if let old = process.withLock({ $0 }) {
            old.terminate(signal: SIGKILL)
            _ = await old.waitForExit(timeout: .seconds(10))
        }
        try await launch()
    }

    /// Ends the server in good order.
    public func stop() async {
        guard let old = process.withLock({ $0 }) else { return }
        old.terminate(signal: SIGTERM)
        // A server that was stopped with SIGSTOP does not hear SIGTERM before it is continued.
        old.terminate(signal: SIGCONT)
        if await old.waitForExit(timeout: .seconds(10)) == nil { old.terminate(signal: SIGKILL) }
        process.withLock { $0 = nil }
    }

    /// What the server logged so far.
    public var log: String {
        (try? String(contentsOfFile: logFile, encoding: .utf8)) ?? ""
    }

    private func launch() async throws {
        let child = try ChildProcess(
            executable: Self.executable(), arguments: ["-c", configurationFile], environment: nil, workingDirectory: scratchDirectory,
            output: logFile)
        process.withLock { $0 = child }
        let deadline = ContinuousClock.now + .seconds(15)
        while !answers() {
            guard child.isRunning else { throw TestSupportError("nats-server ended at once:\n\(log)") }
            guard ContinuousClock.now < deadline else { throw TestSupportError("nats-server does not answer:\n\(log)") }
            try await Task.sleep(for: .milliseconds(10))
        }
        guard child.isRunning else { throw TestSupportError("nats-server ended, another one has the port:\n\(log)") }
    }

    /// Whether something on the port greets as NATS servers do.
    private func answers() -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else { return false }
        var greeting = [UInt8](repeating: 0, count: 4)
        return recv(descriptor, &greeting, 4, Int32(MSG_WAITALL)) == 4 && greeting.elementsEqual("INFO".utf8)
    }

    private static func executable() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["ARGUS_NATS_SERVER"] { return named }
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .path
        let candidates =
            [repository + "/.argus/venv/bin/nats-server", FileManager.default.currentDirectoryPath + "/.argus/venv/bin/nats-server"]
            + (environment["PATH"] ?? "").split(separator: ":").map { $0 + "/nats-server" }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw TestSupportError("no nats-server found: set ARGUS_NATS_SERVER to its path")
        }
        return found
    }
}
