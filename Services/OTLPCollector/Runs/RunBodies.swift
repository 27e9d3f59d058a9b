// The bodies of answers about runs and workflows.

import ArgusOTLP
import ArgusShared

/// Writes what the routes of runs answer with.
enum RunBodies {
    /// A page of a list.
    static func page(_ page: RunQueries.Page, of query: RunQuery) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + page.runs.count * 600)
        writer.object { writer in
            writer.time("from", query.range.start)
            writer.time("to", query.range.end)
            writer.array("runs", page.runs) { writer, run in writer.object { $0.members(of: run) } }
            writer.string("next_cursor", page.next?.encoded(scope: query.scope))
        }
        return writer.bytes
    }

    /// A whole run.
    static func run(_ run: RunQueries.Run) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 + run.steps.count * 400)
        writer.object { writer in
            writer.members(of: run.row)
            let isRunning = run.row.facts.status == .running
            writer.array("steps", run.steps) { writer, step in
                writer.step(step.facts, of: run.row.facts.identity, isRunning: isRunning)
            }
            writer.bool("truncated", run.isTruncated)
        }
        return writer.bytes
    }

    /// Statistics of workflows.
    static func workflows(_ workflows: [WorkflowStatistics], isTruncated: Bool, _ range: TimeRange) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + workflows.count * 500)
        writer.object { writer in
            writer.time("from", range.start)
            writer.time("to", range.end)
            writer.array("workflows", workflows) { writer, workflow in writer.object { $0.members(of: workflow) } }
            writer.bool("truncated", isTruncated)
        }
        return writer.bytes
    }

    /// The members of an error that say which runs may be meant.
    static func candidates(_ runs: [RunIdentity]) -> [UInt8] {
        var writer = JSONWriter(capacity: 64 + runs.count * 100)
        writer.beginArray()
        for run in runs {
            writer.object { writer in
                writer.string("client_id", run.client)
                writer.string("workflow_id", run.workflow)
            }
        }
        writer.endArray()
        return Array("\"candidates\":".utf8) + writer.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func members(of row: RunRow) {
        let facts = row.facts
        string("run_id", facts.identity.run)
        string("client_id", facts.identity.client)
        string("workflow_id", facts.identity.workflow)
        string("trace_id", facts.identity.traceID.hex)
        string("status", facts.status.rawValue)
        object("trigger") { writer in
            writer.string("type", facts.trigger)
            writer.string("source", facts.triggerSource)
        }
        time("started_at", milliseconds: facts.began)
        // False: the beginning has not been reported, and the first thing heard of the run stands in for it.
        bool("has_start", facts.started != nil)
        time("ended_at", milliseconds: facts.finished)
        microseconds("duration_us", milliseconds: facts.duration)
        string("error", facts.error)
        object("nodes") { writer in
            writer.integer("total", row.nodes)
            writer.integer("succeeded", row.succeeded)
            writer.integer("failed", row.failed)
            writer.integer("skipped", row.skipped)
        }
        time("last_event_at", milliseconds: facts.lastEvent)
    }

    fileprivate mutating func step(_ facts: StepFacts, of run: RunIdentity, isRunning: Bool) {
        object { writer in
            writer.string("node_id", facts.node)
            writer.integer("attempt", facts.attempt)
            writer.string("plugin_type", facts.pluginType)
            writer.string("status", facts.ended == nil && !isRunning ? "unfinished" : facts.status)
            writer.string("error", facts.end?.error)
            writer.time("started_at", milliseconds: facts.began)
            writer.time("ended_at", milliseconds: facts.finished)
            writer.microseconds("duration_us", milliseconds: facts.duration)
            writer.string("span_id", run.spanID(node: facts.node, attempt: facts.attempt).hex)
        }
    }

    fileprivate mutating func members(of workflow: WorkflowStatistics) {
        string("client_id", workflow.name.client)
        string("workflow_id", workflow.name.workflow)
        string("name", workflow.published?.name)
        string("version", workflow.published?.version)
        string("status", workflow.published?.status)
        time("published_at", milliseconds: workflow.published?.time)
        integer("runs", workflow.runs)
        for status in RunStatus.allCases {
            key(status.rawValue)
            integer(workflow.counts[status] ?? 0)
        }
        key("success_rate")
        if let rate = workflow.successRate { double((rate * 1e6).rounded() / 1e6) } else { null() }
        microseconds("duration_p50_us", milliseconds: workflow.duration(0.5))
        microseconds("duration_p95_us", milliseconds: workflow.duration(0.95))
        key("last_run")
        if let last = workflow.last {
            object { writer in
                writer.string("run_id", last.run)
                writer.string("status", last.status.rawValue)
                writer.time("started_at", milliseconds: last.began)
                writer.microseconds("duration_us", milliseconds: last.duration)
            }
        } else {
            null()
        }
    }

    /// A member with a time of RFC 3339, or null.
    private mutating func time(_ name: StaticString, milliseconds: Int64?) {
        key(name)
        timestamp(milliseconds.map { Timestamp(milliseconds: $0) })
    }

    /// A member with a duration in microseconds, or null.
    private mutating func microseconds(_ name: StaticString, milliseconds: Int64?) {
        key(name)
        if let milliseconds { integer(milliseconds.multipliedReportingOverflow(by: 1000).partialValue) } else { null() }
    }
}
