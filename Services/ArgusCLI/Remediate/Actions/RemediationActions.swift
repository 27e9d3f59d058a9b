// What is done to processes and told to people.

import ArgusBus
import ArgusShared
import ProcessCompose

/// Carries decisions out.
struct RemediationActions: Sendable {
    let compose: ProcessComposeClient
    let bus: Bus
    let edge: EdgeClient
    let set: RemediationPolicySet
    let isDryRun: Bool
    let report: RemediationReport

    /// Whether people were told.
    enum Telling: Sendable {
        case told(String)
        case nobody(String)
        case failed(String)
    }

    static let dryRun = "dry run: nothing was done"
    static let readiness = Duration.seconds(60)
    static let patience = Duration.seconds(2)

    // MARK: Before an attempt

    /// Why an attempt is not needed or not possible; nil if nothing speaks against it, as far as process-compose can be asked.
    func obstacle(to decision: RemediationDecision, _ policy: RemediationPolicy) async -> String? {
        guard [.restart, .stop, .scale].contains(decision.action), let processes = try? await compose.processes() else { return nil }
        guard let process = processes.first(where: { $0.isCalled(decision.process, in: decision.namespace) }) else {
            return "process-compose at \(compose.endpoint.description) has no such process"
        }
        switch policy.action {
        case .restart: return Self.reasonNotToRestart(process, after: decision.trigger)
        case .stop: return process.isAlive ? nil : "does not run"
        case .scale(let count):
            let replicas = Self.replicas(of: process, among: processes)
            return replicas.count == count ? "has \(count) \(count == 1 ? "replica" : "replicas") already" : nil
        case .command, .alert: return nil
        }
    }

    static func reasonNotToRestart(_ process: ObservedProcess, after trigger: RemediationDecision.Trigger) -> String? {
        guard process.isAlive else { return nil }
        let isOver: Bool
        switch trigger.kind {
        case .crashed, .stopped: isOver = true
        case .unhealthy: isOver = process.state.readiness == .ready
        case .started, .restarted, .healthy, .statusChanged: isOver = false
        }
        if isOver { return process.state.readiness == .ready ? "is healthy again" : "runs again" }
        let began = Timestamp.now().adding(milliseconds: -Int64(process.age / .milliseconds(1)))
        let isAnotherRun = process.age > .zero && began > trigger.timestamp.adding(milliseconds: 1000)
        return isAnotherRun ? "has been restarted since" : nil
    }

    /// Which of `processes` run and are as healthy as they can say.
    func well(among processes: [ProcessKey]) async -> [ProcessKey] {
        let observed = (try? await compose.processes()) ?? []
        return processes.filter { key in
            observed.contains { $0.isCalled(key.name, in: key.namespace) && $0.isWell }
        }
    }

    // MARK: Attempts

    /// Does what was decided.
    func perform(_ decision: RemediationDecision, _ policy: RemediationPolicy) async -> RemediationEngine.Outcome {
        if isDryRun { return .succeeded(Self.dryRun) }
        do {
            switch policy.action {
            case .restart: return .succeeded(try await restart(decision))
            case .stop:
                await announce(decision.process, decision.namespace)
                try await compose.stop(decision.process)
                return .succeeded("stopped")
            case .scale(let count): return .succeeded(try await scale(decision, to: count))
            case .command(let command, let timeout):
                return await run(command, timeout: .milliseconds(timeout), for: decision)
            case .alert:
                return .succeeded(try await raise(decision, policy, key: "\(Self.alertKey(decision))/\(decision.trigger.sequence)"))
            }
        } catch let error as ProcessComposeError {
            return .failed(error.message)
        } catch let error as CommandLineError {
            return .failed(error.message)
        } catch {
            return .failed("\(error)")
        }
    }

    /// Restarts a process, and after it those that need it and run.
    private func restart(_ decision: RemediationDecision) async throws -> String {
        var done: [String] = []
        let before = try await compose.processes()
        try await restart(decision.process, decision.namespace)
        var last = before.first { $0.isCalled(decision.process, in: decision.namespace) }
        for name in decision.dependents {
            guard let dependent = before.first(where: { $0.state.name == name }), dependent.isAlive else { continue }
            guard let previous = last, await isReady(previous) else {
                let waited = "\((done.last ?? decision.process)) was not ready within \(Self.readiness)"
                throw CommandLineError(.failure, "restarted, but \(waited), so \(name), which needs it, was left alone")
            }
            try await restart(name, dependent.state.namespace)
            done.append(name)
            last = dependent
        }
        return done.isEmpty ? "restarted" : "restarted, and after it \(done.joined(separator: ", "))"
    }

    private func restart(_ name: String, _ namespace: String) async throws {
        await announce(name, namespace)
        try await compose.restart(name)
    }

    /// Waits until a process runs in another run than `before`, and is ready if it can say so.
    private func isReady(_ before: ObservedProcess) async -> Bool {
        let deadline = ContinuousClock.now + Self.readiness
        while ContinuousClock.now < deadline {
            let now = (try? await compose.processes())?.first { $0.isCalled(before.state.name, in: before.state.namespace) }
            if let now, now.isWell, !before.isAlive || now.state.pid != before.state.pid { return true }
            guard (try? await Task.sleep(for: .milliseconds(200))) != nil else { return false }
        }
        return false
    }

    private func scale(_ decision: RemediationDecision, to count: Int) async throws -> String {
        let processes = try await compose.processes()
        let process = processes.first { $0.isCalled(decision.process, in: decision.namespace) }
        let replicas = process.map { Self.replicas(of: $0, among: processes) } ?? []
        let base = replicas.count > 1 ? Self.base(of: decision.process) : decision.process
        for replica in replicas.dropFirst(count) { await announce(replica.state.name, replica.state.namespace) }
        try await compose.scale(base, to: count)
        return "scaled to \(count)"
    }

    /// The replicas of the process that `process` is one of.
    private static func replicas(of process: ObservedProcess, among processes: [ObservedProcess]) -> [ObservedProcess] {
        let base = base(of: process.state.name)
        guard base != process.state.name else { return [process] }
        return processes.filter {
            $0.state.namespace == process.state.namespace && self.base(of: $0.state.name) == base && $0.state.name != base
        }
        .sorted { $0.state.name < $1.state.name }
    }

    /// `worker` of `worker-3`.
    private static func base(of name: String) -> String {
        guard let dash = name.lastIndex(of: "-"), dash != name.startIndex, Int(name[name.index(after: dash)...]) != nil else { return name }
        return String(name[..<dash])
    }

    /// Says on the bus that a process is about to end on purpose. Best effort: without it the end may be reported as a crash.
    private func announce(_ name: String, _ namespace: String) async {
        do throws(BusError) {
            try bus.send(ProcessIntent(namespace: namespace, name: name).json, to: Subjects.processIntents)
            try await bus.flush(timeout: Self.patience)
        } catch {
            try? report.note("that \(namespace)/\(name) ends on purpose could not be announced: \(error.message)")
        }
    }

    private func run(_ command: [String], timeout: Duration, for decision: RemediationDecision) async -> RemediationEngine.Outcome {
        var environment = Surroundings.current.environment
        for (name, value) in Self.variables(decision) { environment[name] = value }
        let event = (try? await bus.message(stream: Streams.processEvents().name, sequence: decision.trigger.sequence))?.payload
        let program = RemediationProgram(command: command, environment: environment, input: event ?? decision.json, timeout: timeout)
        return await program.run().outcome(of: command[0], timeout)
    }

    /// What a program finds in its environment.
    static func variables(_ decision: RemediationDecision) -> [String: String] {
        var variables = [
            "ARGUS_PROCESS": decision.process, "ARGUS_NAMESPACE": decision.namespace, "ARGUS_EVENT_TYPE": decision.trigger.kind.rawValue,
            "ARGUS_EVENT_TIME": decision.trigger.timestamp.rfc3339, "ARGUS_POLICY": decision.policy,
            "ARGUS_ATTEMPT": "\(decision.attempt)", "ARGUS_MAX_ATTEMPTS": "\(decision.maximumAttempts)",
            "ARGUS_REMEDIATION_ID": decision.id,
        ]
        if let code = decision.trigger.exitCode { variables["ARGUS_EXIT_CODE"] = "\(code)" }
        return variables
    }
}

extension ObservedProcess {
    fileprivate func isCalled(_ name: String, in namespace: String) -> Bool {
        state.name == name && state.namespace == namespace
    }

    fileprivate var isWell: Bool {
        isAlive && state.status != ProcessStatus.terminating && (!state.hasReadinessProbe || state.readiness == .ready)
    }
}
