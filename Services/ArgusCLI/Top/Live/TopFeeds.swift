// What the dashboard follows on the bus.

import ArgusBus
import ArgusShared

/// Reads everything that the dashboard shows, for as long as it is wanted. What is not there yet is tried again.
struct TopFeeds: Sendable {
    static let retryTime = Duration.seconds(5)
    static let rateTime = Duration.seconds(2)
    static let alertTime = Duration.seconds(5)

    let bus: Bus
    let edge: EdgeClient
    let deliver: @Sendable (TopInput) -> Void

    /// Runs until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await followConnection() }
            group.addTask { await repeating { try await followEvents() } }
            group.addTask { await repeating { try await readLastEvents() } }
            group.addTask { await followSamples() }
            group.addTask { await followCommits() }
            group.addTask { await followAlerts() }
            group.addTask { await followRates() }
            group.addTask { await repeating { try await followServices() } }
        }
    }

    /// Runs `body` until it succeeds.
    private func repeating(_ body: () async throws -> Void) async {
        while !Task.isCancelled {
            do {
                return try await body()
            } catch {
                try? await Task.sleep(for: Self.retryTime)
            }
        }
    }

    private func followConnection() async {
        for await status in bus.statusUpdates() {
            switch status {
            case .connected: deliver(.connection(isUp: true))
            case .reconnecting, .closed: deliver(.connection(isUp: false))
            case .connecting: break
            }
        }
    }

    // MARK: Processes

    private func followEvents() async throws(BusError) {
        let stream = Streams.processEvents().name
        do throws(BusError) {
            let info = try await bus.streamInfo(stream)
            let wanted = UInt64(TopModel.mostEvents)
            let reader = try await bus.replay(
                stream: stream, subject: ProcessSubject.all, from: info.lastSequence > wanted ? info.lastSequence - wanted + 1 : 1)
            while true {
                for message in try await reader.next(max: 256, wait: .seconds(60)) {
                    if let event = try? ProcessEvent(parsing: message.payload) { deliver(.event(event)) }
                }
            }
        } catch {
            if error.code == .notFound { deliver(.noProcesses) }
            throw error
        }
    }

    /// The stream forgets; the bucket has the last event of processes to which nothing happened for long.
    private func readLastEvents() async throws {
        deliver(.known(try await TopReadings.lastEvents(bus)))
    }

    private func followSamples() async {
        for await message in bus.subscribe(to: Subjects.processSamples(instance: "*"), capacity: 64) {
            if let sample = try? ProcessSample(parsing: message.payload) { deliver(.sample(sample)) }
        }
    }

    // MARK: Alerts

    /// What is lost here under a flood is in the next list.
    private func followCommits() async {
        for await message in bus.subscribe(to: Streams.alerts.subjects[0], capacity: 256) {
            guard (message.headers[HeaderName.schema] ?? Schema.current) == Schema.current, let commit = try? Commit(message.payload)
            else { continue }
            deliver(.commit(commit))
        }
    }

    private func followAlerts() async {
        while !Task.isCancelled {
            do {
                deliver(.alerts(try await TopReadings.alerts(edge)))
            } catch {
                if !Task.isCancelled { deliver(.alertsFailed(Self.sentence(error))) }
            }
            try? await Task.sleep(for: Self.alertTime)
        }
    }

    static func sentence(_ error: any Error) -> String {
        Ending(error).complaint.map { $0.hasPrefix("argus: ") ? String($0.dropFirst(7)) : $0 } ?? "interrupted"
    }

    // MARK: Rates

    private func followRates() async {
        var partitions: Int?
        while !Task.isCancelled {
            if partitions == nil { partitions = await TopReadings.partitions(bus) }
            let (readings, backlog) = await TopReadings.streamCounts(bus, partitions: partitions ?? 0)
            if !readings.isEmpty { deliver(.rates(readings, backlog)) }
            try? await Task.sleep(for: Self.rateTime)
        }
    }

    /// What services tell of themselves, on a bus where they do.
    private func followServices() async throws {
        for try await update in bus.keyValue(Buckets.services).watch() {
            guard case .entry(let entry) = update, entry.operation == .put else { continue }
            let readings = TopReadings.serviceCounts(entry.value)
            if !readings.isEmpty { deliver(.rates(readings, nil)) }
        }
    }
}
