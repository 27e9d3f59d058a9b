// A real terminal, of which a test presses the keys and reads the screen.

import Foundation
import TestSupport

/// A shell in a tmux of its own, which ends with the test.
final class TmuxTerminal: Sendable {
    private let directory: String
    private let socket: String
    private let executable: String
    private let server: ChildProcess

    /// Starts a shell with these variables in a terminal of this size.
    static func start(width: Int, height: Int, environment: [String: String]) async throws -> TmuxTerminal {
        let terminal = try TmuxTerminal(environment: environment)
        try await eventually("tmux answers") {
            FileManager.default.fileExists(atPath: terminal.socket) && terminal.server.isRunning
        }
        try await terminal.tmux(
            "new-session", "-d", "-x", "\(width)", "-y", "\(height)", "exec bash --noprofile --rcfile '\(terminal.directory)/rc'")
        try await terminal.wait("the shell is ready") { $0.first == "$" }
        return terminal
    }

    private init(environment: [String: String]) throws {
        // The path of a socket must be short.
        directory = "/tmp/argus-tmux-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        socket = directory + "/socket"
        try Data("PS1='$ '\n".utf8).write(to: URL(fileURLWithPath: directory + "/rc"))
        let candidates = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/tmux" }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw TestSupportError("no tmux found: install it (Debian: apt-get install tmux)")
        }
        executable = found
        let variables = [
            "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8", "USER": "tester", "TZ": "UTC",
            "SHELL": "/bin/bash", "HISTFILE": "",
        ]
        server = try ChildProcess(
            executable: executable, arguments: ["-D", "-u", "-f", "/dev/null", "-S", socket],
            environment: variables.merging(environment) { $1 }, workingDirectory: directory)
    }

    deinit {
        server.terminate()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The lines on the screen.
    var screen: [String] {
        get async throws { try await tmux("capture-pane", "-p").components(separatedBy: "\n").dropLast() }
    }

    /// The lines on the screen with the sequences that style them.
    var styledScreen: String {
        get async throws { try await tmux("capture-pane", "-p", "-e") }
    }

    /// Whether the alternate screen, and whether the cursor is shown: `1 0` while a dashboard is there.
    var modes: String {
        get async throws { try await tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").trimmingCharacters(in: .newlines) }
    }

    /// The process that the shell runs.
    var child: Int32 {
        get async throws {
            let shell = try await tmux("display-message", "-p", "#{pane_pid}").trimmingCharacters(in: .newlines)
            let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
            guard let pid = children.split(separator: " ").first.flatMap({ Int32($0) }) else {
                throw TestSupportError("the shell runs nothing: \(try await screen)")
            }
            return pid
        }
    }

    /// Presses keys by tmux's names: `Enter`, `C-c`, `PPage`, ...
    func press(_ keys: String...) async throws {
        try await tmux(["send-keys"] + keys)
    }

    /// Types text.
    func type(_ text: String) async throws {
        try await tmux("send-keys", "-l", text)
    }

    /// Types a command line into the shell.
    func run(_ command: String) async throws {
        try await type(command)
        try await press("Enter")
    }

    func resize(width: Int, height: Int) async throws {
        try await tmux("resize-window", "-x", "\(width)", "-y", "\(height)")
    }

    /// Waits until the screen is as wanted; the error shows how it was instead.
    @discardableResult
    func wait(_ what: String, within limit: Duration = .seconds(20), _ condition: ([String]) -> Bool) async throws -> [String] {
        let deadline = ContinuousClock.now + limit
        while true {
            let lines = try await screen
            if condition(lines) { return lines }
            guard ContinuousClock.now < deadline else {
                throw TestSupportError("not within \(limit): \(what); the screen is:\n" + lines.joined(separator: "\n"))
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits until some line contains each of these texts.
    @discardableResult
    func wait(for texts: String...) async throws -> [String] {
        try await wait("\(texts)") { lines in texts.allSatisfy { text in lines.contains { $0.contains(text) } } }
    }

    @discardableResult
    private func tmux(_ arguments: String...) async throws -> String {
        try await tmux(arguments)
    }

    @discardableResult
    private func tmux(_ arguments: [String]) async throws -> String {
        let file = directory + "/" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: file) }
        let client = try ChildProcess(
            executable: executable, arguments: ["-u", "-S", socket] + arguments, environment: ["LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"],
            output: file)
        let status = await client.waitForExit(timeout: .seconds(10))
        let output = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        guard status == 0 else { throw TestSupportError("tmux \(arguments) ended with \(status.map { "\($0)" } ?? "nothing"): \(output)") }
        return output
    }
}
