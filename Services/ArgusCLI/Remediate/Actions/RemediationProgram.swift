// Running a program: its arguments as they are, no shell, bounded in time and output.

import Foundation
import Glibc
import Synchronization

/// A program to run once.
struct RemediationProgram: Sendable {
    /// The program's absolute path and its arguments.
    var command: [String]
    /// All of it.
    var environment: [String: String]
    /// For its standard input; at most what a pipe holds.
    var input: [UInt8]
    var timeout: Duration

    /// How it ended.
    struct Ending: Sendable, Equatable {
        enum Cause: Sendable, Equatable {
            case exited(Int32)
            case signalled(Int32)
            case timedOut
            case notStarted(String)
        }

        var cause: Cause
        /// The end of what it printed.
        var output = ""

        /// What that means for the attempt.
        func outcome(of program: String, _ timeout: Duration) -> RemediationEngine.Outcome {
            let said = output.isEmpty ? "" : ": \(output)"
            switch cause {
            case .exited(0): return .succeeded("\(program) ended well\(said)")
            case .exited(let code): return .failed("\(program) ended with exit code \(code)\(said)")
            case .signalled(let number): return .failed("\(program) was ended by signal \(number)\(said)")
            case .timedOut: return .failed("\(program) did not end within \(timeout)\(said)")
            case .notStarted(let why): return .failed("\(program) could not be started: \(why)")
            }
        }
    }

    /// Bytes that are kept of the output.
    private static let outputLimit = 1024
    /// Between asking a program to end and ending it.
    private static let grace = Duration.seconds(2)

    /// Runs it to its end. A cancelled task ends it and all that it started.
    func run() async -> Ending {
        let isCancelled = Atomic(false)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A thread of its own: it blocks.
                Thread.detachNewThread { continuation.resume(returning: follow(isCancelled)) }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
    }

    private func follow(_ isCancelled: borrowing Atomic<Bool>) -> Ending {
        var (stdin, stdout): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard pipe(&stdin) == 0, pipe(&stdout) == 0 else {
            defer { for descriptor in stdin + stdout where descriptor >= 0 { close(descriptor) } }
            return Ending(cause: .notStarted(String(cString: strerror(errno))))
        }
        for descriptor in stdin + stdout { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        for descriptor in [stdin[1], stdout[0]] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        defer { close(stdout[0]) }
        // The pipe holds it all, so the program need not read it.
        let count = input.withUnsafeBytes { write(stdin[1], $0.baseAddress, $0.count) }
        close(stdin[1])
        guard count == input.count else {
            close(stdin[0])
            close(stdout[1])
            return Ending(cause: .notStarted("its input is too large"))
        }
        let child: pid_t
        do {
            defer {
                close(stdin[0])
                close(stdout[1])
            }
            var pid: pid_t = 0
            let code = spawn(&pid, input: stdin[0], output: stdout[1])
            guard code == 0 else { return Ending(cause: .notStarted(String(cString: strerror(code)))) }
            child = pid
        }
        return wait(for: child, output: stdout[0], isCancelled)
    }

    private func wait(for child: pid_t, output descriptor: Int32, _ isCancelled: borrowing Atomic<Bool>) -> Ending {
        let deadline = ContinuousClock.now + timeout
        var killing: ContinuousClock.Instant?
        var isKilled = false
        var output: [UInt8] = []
        var isOpen = true
        while true {
            var waiting = pollfd(fd: isOpen ? descriptor : -1, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, 20)
            isOpen = isOpen && Self.read(descriptor, &output)
            var status: Int32 = 0
            if waitpid(child, &status, WNOHANG) == child {
                // What it started and left behind may hold the pipe open: only what is there is read.
                _ = Self.read(descriptor, &output)
                if killing != nil { kill(-child, SIGKILL) }
                let signal = status & 0x7F
                let cause: Ending.Cause =
                    killing != nil ? .timedOut : signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
                return Ending(cause: cause, output: Self.text(output))
            }
            let now = ContinuousClock.now
            if killing == nil, now > deadline || isCancelled.load(ordering: .relaxed) {
                kill(-child, SIGTERM)
                killing = now
            } else if let since = killing, !isKilled, now - since > Self.grace {
                kill(-child, SIGKILL)
                isKilled = true
            }
        }
    }

    /// Reads what is there; false when there will be nothing more.
    private static func read(_ descriptor: Int32, _ output: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            output += buffer[..<count]
            if output.count > outputLimit { output.removeFirst(output.count - outputLimit) }
        }
    }

    private static func text(_ bytes: [UInt8]) -> String {
        Table.printable(String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Starts it as the leader of a group of its own, with signals as they are by default and no descriptors but the standard ones.
    private func spawn(_ pid: inout pid_t, input: Int32, output: Int32) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
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
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var argv: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + variables { free(pointer) } }
        return posix_spawn(&pid, command[0], &actions, &attributes, &argv, &variables)
    }
}
