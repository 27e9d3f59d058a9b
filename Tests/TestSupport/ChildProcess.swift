// A process that a test started, and that does not outlive it.

public import Glibc
import Synchronization

/// A child started with `posix_spawn`. When the last reference goes, it is killed.
public final class ChildProcess: Sendable {
    private enum State {
        case running
        case ended(Int32)
    }

    /// The process id.
    public let pid: Int32
    private let state = Mutex(State.running)

    /// Starts `executable` (an absolute path) with `arguments` (without the program's name).
    ///
    /// - Parameters:
    ///   - environment: The whole environment; nil hands on this process's own.
    ///   - workingDirectory: nil hands on this process's own.
    ///   - output: A file that standard output and error are appended to; nil discards them.
    public init(
        executable: String, arguments: [String] = [], environment: [String: String]? = nil, workingDirectory: String? = nil,
        output: String? = nil
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Descriptors that libraries opened without O_CLOEXEC; closing one that is not open is no error here.
        for descriptor: Int32 in 3..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let command = (workingDirectory.map { ["/usr/bin/env", "-C", $0] } ?? []) + [executable] + arguments
        var argv: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment?.map { strdup("\($0.key)=\($0.value)") } ?? []
        variables.append(nil)
        defer { for pointer in argv + variables { free(pointer) } }
        var child: pid_t = 0
        let code =
            environment == nil
            ? posix_spawn(&child, command[0], &actions, &attributes, &argv, environ)
            : posix_spawn(&child, command[0], &actions, &attributes, &argv, &variables)
        guard code == 0 else { throw TestSupportError("cannot start \(executable): \(String(cString: strerror(code)))") }
        pid = child
    }

    deinit {
        guard isRunning else { return }
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    }

    /// Whether it has not ended yet.
    public var isRunning: Bool {
        exitCode == nil
    }

    /// How it ended: its exit code, or 128 and the signal that ended it; nil while it runs.
    public var exitCode: Int32? {
        state.withLock { state in
            if case .ended(let code) = state { return code }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
            let signal = status & 0x7F
            let code = signal == 0 ? status >> 8 & 0xFF : 128 + signal
            state = .ended(code)
            return code
        }
    }

    /// Sends a signal, if it still runs.
    public func terminate(signal: Int32 = SIGTERM) {
        state.withLock { state in
            if case .running = state { kill(pid, signal) }
        }
    }

    /// Waits for its end: its exit code (128 and the signal's number if a signal ended it), or nil after `timeout`.
    public func waitForExit(timeout: Duration) async -> Int32? {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let exitCode { return exitCode }
            guard ContinuousClock.now < deadline else { return nil }
            // A cancelled sleep returns at once, which would turn this into a busy loop.
            if (try? await Task.sleep(for: .milliseconds(2))) == nil { await Task.yield() }
        }
    }
}
