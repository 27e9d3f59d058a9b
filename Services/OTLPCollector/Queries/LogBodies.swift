// The bodies of answers about logs.

import ArgusShared

/// Writes what the routes of logs answer with.
enum LogBodies {
    /// A page of a list.
    static func page(_ page: LogQueries.Page, of query: LogQuery) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + page.logs.count * 500)
        writer.object { writer in
            writer.time("from", query.condition.range.start)
            writer.time("to", query.condition.range.end)
            writer.array("logs", page.logs) { writer, log in writer.log(log) }
            writer.string("next_cursor", page.next?.encoded(scope: query.scope))
            writer.bool("truncated", page.isTruncated)
        }
        return writer.bytes
    }

    /// One log.
    static func log(_ log: LogRecord) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.log(log)
        return writer.bytes
    }

    /// A log and those around it.
    static func context(_ context: LogQueries.Context) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + (context.before.count + context.after.count + 1) * 500)
        writer.object { writer in
            writer.array("before", context.before) { writer, log in writer.log(log) }
            writer.key("log")
            writer.log(context.log)
            writer.array("after", context.after) { writer, log in writer.log(log) }
            writer.bool("truncated", context.isTruncated)
        }
        return writer.bytes
    }
}
