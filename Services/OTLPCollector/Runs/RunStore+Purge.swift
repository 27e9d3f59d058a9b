// Deletes everything.

import ArgusStorage

extension RunStore {
    /// Deletes all runs with their steps, and what is known of workflows, in one transaction; batches of observations wait for it. A run
    /// that is under way begins anew with its next observation. Numbers of runs go on where they were.
    ///
    /// - Returns: how many runs there were.
    @discardableResult
    func purge() async throws -> Int {
        let time = now()
        return try await database.write { connection in
            _ = try RunTransaction(now: time, connection)
            let runs = try connection.first("SELECT count(*) FROM runs") { Int(try $0.integer(0)) } ?? 0
            for table in ["runs", "run_steps", "workflows"] { try connection.executeScript(connection.dialect.emptying(table)) }
            return runs
        }
    }
}
