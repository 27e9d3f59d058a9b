// A private PostgreSQL server for tests.

import Foundation
public import Glibc
import Synchronization

/// PostgreSQL 15 on a free port of the loopback interface, with its data in a temporary folder.
///
/// As root, the server runs as the user `postgres`, since it refuses to run as root. It is ended by its process id.
public final class PostgresServer: Sendable {
    /// The port it listens on; stays the same over restarts.
    public let port: Int
    private let folder: String
    private let binaries: String
    private let options: [String]
    private let process = Mutex<ChildProcess?>(nil)

    /// Creates a cluster and starts it; returns when it answers.
    ///
    /// - Parameter options: settings such as `max_connections=20`, over defaults that trade durability for speed.
    public init(options: [String] = []) async throws {
        port = try FreePort.next()
        binaries = ProcessInfo.processInfo.environment["ARGUS_POSTGRES_BIN"] ?? "/usr/lib/postgresql/15/bin"
        folder = NSTemporaryDirectory() + "argus-postgres-\(UUID().uuidString)"
        self.options = options
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        if geteuid() == 0 {
            guard let user = getpwnam("postgres") else { throw TestSupportError("there is no user postgres to run PostgreSQL as") }
            chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        do {
            let initdb = try run(
                "initdb", ["-D", data, "-A", "trust", "-U", "argus", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"])
            guard await initdb.waitForExit(timeout: .seconds(60)) == 0 else { throw TestSupportError("initdb failed: \(log)") }
            try await start()
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    deinit {
        process.withLock { process in
            // The postmaster ends its children on SIGQUIT; SIGKILL, which ends them within a second, is for those that do not listen.
            process?.terminate(signal: SIGQUIT)
            let deadline = ContinuousClock.now + .seconds(5)
            while process?.isRunning == true, ContinuousClock.now < deadline { usleep(2000) }
            process = nil
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The address of a database, for libpq.
    public func dsn(_ database: String = "postgres") -> String {
        "postgres://argus@127.0.0.1:\(port)/\(database)"
    }

    /// Creates an empty database and returns its address.
    public func createDatabase() async throws -> String {
        let name = "t_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        let create = try run("createdb", ["-h", "127.0.0.1", "-p", "\(port)", "-U", "argus", name])
        guard await create.waitForExit(timeout: .seconds(30)) == 0 else { throw TestSupportError("createdb failed: \(log)") }
        return dsn(name)
    }

    /// Starts the server, which must not be running, on the data it has; returns when it answers.
    public func start() async throws {
        let defaults = [
            "listen_addresses=127.0.0.1", "port=\(port)", "unix_socket_directories=", "fsync=off", "full_page_writes=off",
            "shared_buffers=64MB", "max_connections=500", "log_min_messages=warning",
        ]
        let settings = (defaults + options).flatMap { ["-c", $0] }
        // After SIGKILL the children of the last server hold on to its memory for a moment.
        try await eventually("PostgreSQL answers: \(log)", within: .seconds(60)) {
            let isRunning = process.withLock { $0?.isRunning ?? false }
            if !isRunning {
                let server = try run("postgres", ["-D", data] + settings)
                process.withLock { $0 = server }
            }
            let ready = try run("pg_isready", ["-q", "-h", "127.0.0.1", "-p", "\(port)", "-U", "argus", "-d", "postgres"])
            return await ready.waitForExit(timeout: .seconds(10)) == 0
        }
    }

    /// Ends the server with a signal and waits for its end: SIGINT closes connections and shuts down cleanly, SIGKILL does not.
    public func stop(signal: Int32 = SIGINT) async throws {
        let running = process.withLock { process in
            defer { process = nil }
            return process
        }
        running?.terminate(signal: signal)
        guard await running?.waitForExit(timeout: .seconds(30)) != nil || running == nil else {
            throw TestSupportError("PostgreSQL did not end: \(log)")
        }
    }

    private var data: String { folder + "/data" }

    private var log: String {
        (try? String(contentsOfFile: folder + "/log", encoding: .utf8)).map { String($0.suffix(2000)) } ?? ""
    }

    private func run(_ program: String, _ arguments: [String]) throws -> ChildProcess {
        let log = folder + "/log"
        let path = binaries + "/" + program
        guard geteuid() == 0 else {
            return try ChildProcess(executable: path, arguments: arguments, workingDirectory: folder, output: log)
        }
        return try ChildProcess(
            executable: "/usr/bin/setpriv",
            arguments: ["--reuid=postgres", "--regid=postgres", "--init-groups", path] + arguments,
            workingDirectory: folder, output: log)
    }
}
