// One instance: waits for leadership, leads, and waits again.

import ArgusBus
import ArgusShared

/// An instance of `argus remediate`.
struct Remediator: Sendable {
    let bus: Bus
    let set: RemediationPolicySet
    let settings: RemediateOptions.Settings
    let actions: RemediationActions
    let report: RemediationReport

    /// Works until cancelled.
    func run() async throws {
        try await bus.ensure(Buckets.leases)
        try await bus.ensure(Streams.remediations)
        try await waitForEvents()
        // A dry run beside an instance that acts must not keep it from acting.
        let lease = LeaderLease(
            bus, name: set.name + (settings.isDryRun ? ".dry-run" : ""), owner: settings.instance, duration: settings.lease)
        while true {
            let term = try await acquire(lease)
            try await lead(term, lease)
            try Task.checkCancellation()
            try report.note("\(settings.instance) has lost the lease and waits for it")
        }
    }

    private func acquire(_ lease: LeaderLease) async throws -> LeaderLease.Term {
        var told: String?
        while true {
            if let term = try await lease.acquire() { return term }
            if let holder = await lease.holder, holder != told {
                told = holder
                try report.note("\(settings.instance) stands by: \(holder) leads")
            }
            try await Task.sleep(for: lease.interval)
        }
    }

    /// Leads until the lease is lost.
    private func lead(_ term: LeaderLease.Term, _ lease: LeaderLease) async throws {
        var work: RemediationTerm?
        do {
            let begun = try await RemediationTerm(
                term, bus: bus, lease: lease, instance: settings.instance, set: set, actions: actions, report: report)
            work = begun
            try report.note("\(settings.instance) leads (term \(term.epoch)) with \(text(set.policies.count)) of \"\(set.name)\"")
            try await begun.run()
        } catch {
            guard Task.isCancelled else { return try note(error) }
            // Whoever waits need not wait for the lease to run out; that takes a task that is not cancelled.
            if let position = await work?.settled { await Task { await lease.release(position: position) }.value }
            throw error
        }
    }

    /// Tells why a term ended, if waiting for another one makes sense.
    private func note(_ error: any Error) throws {
        switch error {
        case is RemediationTerm.Lost: break
        case let error as BusError where error.isRetriable: try report.note("the event bus failed: \(error.message)")
        default: throw error
        }
    }

    /// process-adapter makes the stream of events; it may come later than this program.
    private func waitForEvents() async throws {
        let stream = Streams.processEvents().name
        guard try await !exists(stream) else { return }
        try report.note("the bus has no stream \(stream) yet: process-adapter creates it")
        while try await !exists(stream) { try await Task.sleep(for: .seconds(1)) }
    }

    private func exists(_ stream: String) async throws(BusError) -> Bool {
        do throws(BusError) {
            _ = try await bus.streamInfo(stream)
            return true
        } catch {
            guard error.code == .notFound || error.isRetriable else { throw error }
            return false
        }
    }

    private func text(_ count: Int) -> String {
        count == 1 ? "1 policy" : "\(count) policies"
    }
}
