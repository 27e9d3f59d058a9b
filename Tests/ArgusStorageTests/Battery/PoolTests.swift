// Many callers at once: bounds, order, cancellation, closing.

import Synchronization
import TestSupport
import Testing

@testable import ArgusStorage

extension StorageBattery {
    @Suite struct Pool {
        private func prepare(_ database: any Database) async throws {
            try await database.write { connection in
                try connection.execute(
                    "CREATE TABLE n (id \(connection.dialect.bigint) PRIMARY KEY, v \(connection.dialect.bigint) NOT NULL)")
                try connection.insert(into: "n", columns: ["id", "v"], rows: [[1, 0], [2, 0]])
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func readersGoOnWhileWriting(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await prepare(database)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<50 {
                        group.addTask {
                            try await database.write { connection in
                                try connection.execute("UPDATE n SET v = v + ? WHERE id = 1", [1])
                                try connection.execute("UPDATE n SET v = v - ? WHERE id = 2", [1])
                            }
                        }
                        group.addTask {
                            let sum = try await database.read { try $0.first("SELECT SUM(v) FROM n") { try $0.integer(0) } }
                            #expect(sum == 0)
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await database.read { try $0.first("SELECT v FROM n WHERE id = 1") { try $0.integer(0) } } == 50)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func noMoreConnectionsThanAllowed(_ driver: StorageConfiguration.Driver) async throws {
            let limit: (inout StorageConfiguration) -> Void = {
                $0.readers = 3
                $0.maximumOpen = 3
                $0.maximumIdle = 2
            }
            try await withDatabase(driver, limit) { database, _ in
                let running = Running()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<60 {
                        group.addTask {
                            try await database.read { connection in
                                running.enter()
                                defer { running.leave() }
                                _ = try connection.query("SELECT 1") { try $0.integer(0) }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(running.most >= 1 && running.most <= 3)
                let allowed = driver == .sqlite ? 4 : 2
                try await eventually("connections are idle or gone") {
                    let statistics = database.statistics
                    return statistics.open <= allowed && statistics.idle == statistics.open && statistics.waiting == 0
                }
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func waitersAreBounded(_ driver: StorageConfiguration.Driver) async throws {
            let limit: (inout StorageConfiguration) -> Void = {
                $0.readers = 1
                $0.maximumOpen = 1
                $0.maximumWaiting = 2
            }
            try await withDatabase(driver, limit) { database, _ in
                let gate = Gate()
                let began = Shared(false)
                async let first: Void = database.read { _ in
                    began.update { $0 = true }
                    gate.pass()
                }
                try await eventually("the first call runs") { began.value }
                async let second: Void = database.read { _ in }
                async let third: Void = database.read { _ in }
                try await eventually("two calls wait") { database.statistics.waiting == 2 }
                let error = try await failure { try await database.read { _ in } }
                #expect(error.code == .busy)
                #expect(error.isRetriable)
                #expect(database.statistics.refused == 1)
                gate.open()
                _ = try await (first, second, third)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func cancellingAWaiterLeavesNothing(_ driver: StorageConfiguration.Driver) async throws {
            let limit: (inout StorageConfiguration) -> Void = {
                $0.readers = 1
                $0.maximumOpen = 1
            }
            try await withDatabase(driver, limit) { database, _ in
                let gate = Gate()
                let runs = Shared(0)
                let running = Task {
                    try await database.read { _ in
                        runs.update { $0 += 1 }
                        gate.pass()
                        return "completed"
                    }
                }
                try await eventually("the first call runs") { runs.value == 1 }
                let waiters = (0..<100).map { _ in Task { try await database.read { _ in runs.update { $0 += 1 } } } }
                try await eventually("all wait") { database.statistics.waiting == 100 }
                for waiter in waiters[..<99] { waiter.cancel() }
                running.cancel()
                for waiter in waiters[..<99] { #expect(try await failure { try await waiter.value }.code == .cancelled) }
                #expect(database.statistics.waiting == 1)
                gate.open()
                #expect(try await running.value == "completed")
                try await waiters[99].value
                #expect(runs.value == 2)

                let cancelled = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await database.read { _ in }
                }
                _ = await cancelled.result
                try await database.ping()
                #expect(database.statistics.waiting == 0)
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func callersTakeTurns(_ driver: StorageConfiguration.Driver) async throws {
            let adjust: (inout StorageConfiguration) -> Void = { $0.maximumOpen = 1 }
            try await withDatabase(driver, adjust) { database, _ in
                let gate = Gate()
                let order = Shared<[Int]>([])
                let began = Shared(false)
                async let first: Void = database.write { _ in
                    began.update { $0 = true }
                    gate.pass()
                }
                try await eventually("the first call runs") { began.value }
                var tasks: [Task<Void, any Error>] = []
                for number in 0..<20 {
                    tasks.append(Task { try await database.write { _ in order.update { $0.append(number) } } })
                    try await eventually("it waits") { database.statistics.waiting == number + 1 }
                }
                gate.open()
                try await first
                for task in tasks { try await task.value }
                #expect(order.value == Array(0..<20))
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func closingWaitsForWhatRuns(_ driver: StorageConfiguration.Driver) async throws {
            let adjust: (inout StorageConfiguration) -> Void = { $0.maximumOpen = 1 }
            try await withDatabase(driver, adjust) { database, configuration in
                try await prepare(database)
                let gate = Gate()
                let isClosed = Shared(false)
                let began = Shared(false)
                async let running = database.write { connection in
                    try connection.execute("UPDATE n SET v = 42 WHERE id = 1")
                    began.update { $0 = true }
                    gate.pass()
                    let isEarly = !isClosed.value
                    #expect(isEarly)
                    return "done"
                }
                try await eventually("it runs") { began.value }
                let waiter = Task { try await database.write { _ in } }
                try await eventually("it waits") { database.statistics.waiting == 1 }
                let closing = Task {
                    await database.close()
                    isClosed.update { $0 = true }
                }
                #expect(try await failure { try await waiter.value }.code == .closed)
                #expect(try await failure { try await database.write { _ in } }.code == .closed)
                gate.open()
                #expect(try await running == "done")
                await closing.value
                #expect(database.statistics.open == 0)
                await database.close()
                #expect(try await failure { try await database.ping() }.code == .closed)

                let again = try await open(configuration)
                #expect(try await again.read { try $0.first("SELECT v FROM n WHERE id = 1") { try $0.integer(0) } } == 42)
                await again.close()
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func twoProgramsInEachOthersWay(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, configuration in
                try await prepare(database)
                var impatient = configuration
                impatient.busyTimeout = .milliseconds(100)
                let other = try await open(impatient)
                let gate = Gate()
                let began = Shared(false)
                async let holder = database.write { connection in
                    try connection.execute("UPDATE n SET v = 1 WHERE id = 1")
                    began.update { $0 = true }
                    gate.pass()
                }
                try await eventually("the lock is held") { began.value }
                let error = try await failure { try await other.write { _ = try $0.execute("UPDATE n SET v = 2 WHERE id = 1") } }
                #expect(error.code == .busy, "\(error)")
                #expect(error.isRetriable)
                gate.open()
                _ = try await holder
                try await other.write { _ = try $0.execute("UPDATE n SET v = v + 2 WHERE id = 1") }
                #expect(try await database.read { try $0.first("SELECT v FROM n WHERE id = 1") { try $0.integer(0) } } == 3)
                await other.close()
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func blockingBodiesDoNotStopOtherTasks(_ driver: StorageConfiguration.Driver) async throws {
            let adjust: (inout StorageConfiguration) -> Void = { $0.readers = 16 }
            try await withDatabase(driver, adjust) { database, _ in
                let gate = Gate()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<16 { group.addTask { try await database.read { _ in gate.pass() } } }
                    try await eventually("all block") { database.statistics.open - database.statistics.idle >= 16 }
                    for _ in 0..<16 { gate.open() }
                    try await group.waitForAll()
                }
            }
        }

        @Test(arguments: StorageConfiguration.Driver.allCases)
        func upkeep(_ driver: StorageConfiguration.Driver) async throws {
            try await withDatabase(driver) { database, _ in
                try await database.write { connection in
                    try connection.execute("CREATE TABLE big (b \(connection.dialect.blob))")
                    try connection.insert(into: "big", columns: ["b"], rows: (0..<64).map { _ in [.blob(.random(32_768))] })
                }
                let full = try await database.size()
                #expect(full > 2_000_000)
                try await database.write { _ = try $0.execute("DELETE FROM big") }
                try await database.vacuum()
                #expect(try await database.size() < full - 1_000_000)
                try await database.ping()
            }
        }
    }
}

/// How many bodies run at the same time.
private final class Running: Sendable {
    private let counts = Mutex((now: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    func enter() {
        counts.withLock { counts in
            counts.now += 1
            counts.most = max(counts.most, counts.now)
        }
    }

    func leave() { counts.withLock { $0.now -= 1 } }
}

extension [UInt8] { fileprivate static func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255) } } }
