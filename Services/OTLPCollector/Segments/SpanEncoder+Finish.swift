// Makes a segment of the spans that were taken.

import ArgusOTLP

extension SpanEncoder {
    /// The order spans are stored in: by trace, then as they arrived.
    struct Grouping {
        /// Items in this order.
        var order: ContiguousArray<Int> = []
        /// For each item its place in the order.
        var places: ContiguousArray<Int> = []
        /// Traces that have spans, in the order of their first spans.
        var traces: [SpanBatch.Trace] = []
    }

    /// Everything a batch consists of.
    struct Result {
        var spans: [SpanBatch.Entry]
        var traces: [SpanBatch.Trace]
        var services: [String]
        /// For each span its place in the order of arrival.
        var arrivals: [Int32]
        var segment: SealedSegment
    }

    mutating func finish() -> Result {
        let grouping = group()
        let services = numberServices()
        var spans: [SpanBatch.Entry] = []
        spans.reserveCapacity(items.count)
        for item in grouping.order { spans.append(items[item].entry) }
        let parents = parents(grouping)
        let counted = rollups(grouping, services, parents)
        let minTime = items.reduce(Int64.max) { min($0, $1.entry.start) }
        var segment = SealedSegment(count: items.count)
        if !items.isEmpty {
            segment.minTime = minTime
            segment.maxTime = items.reduce(Int64.min) { max($0, $1.entry.start) }
            segment.body = body(grouping, parents, minTime)
            segment.terms = tables.terms.finish()
            segment.traces = parts(grouping, services, parents)
            segment.rollups = counted
        }
        return Result(
            spans: spans, traces: grouping.traces, services: services.names, arrivals: arrivals(grouping), segment: segment)
    }

    // MARK: Order

    private func group() -> Grouping {
        var grouping = Grouping()
        var next = ContiguousArray(repeating: 0, count: traces.count)
        for item in items { next[item.trace] += 1 }
        var place = 0
        for trace in next.indices {
            let count = next[trace]
            next[trace] = place
            guard count > 0 else { continue }
            let key = traces.keys[trace]
            grouping.traces.append(
                SpanBatch.Trace(traceID: TraceID(high: key.first, low: key.second), range: place..<(place + count)))
            place += count
        }
        grouping.order = ContiguousArray(repeating: 0, count: items.count)
        grouping.places = ContiguousArray(repeating: 0, count: items.count)
        for (item, span) in items.enumerated() {
            grouping.order[next[span.trace]] = item
            grouping.places[item] = next[span.trace]
            next[span.trace] += 1
        }
        return grouping
    }

    private func arrivals(_ grouping: Grouping) -> [Int32] {
        var arrivals = [Int32](repeating: 0, count: items.count)
        for (arrival, item) in itemOfSpan.enumerated() where item >= 0 { arrivals[grouping.places[item]] = Int32(arrival) }
        return arrivals
    }

    /// For each item the item of its parent; -1 if it is not here.
    private func parents(_ grouping: Grouping) -> ContiguousArray<Int> {
        var parents = ContiguousArray(repeating: -1, count: items.count)
        for (item, span) in items.enumerated() {
            guard let parent = span.entry.parentSpanID, let place = spans.number(UInt64(span.trace), parent.value) else { continue }
            parents[item] = itemOfSpan[place]
        }
        return parents
    }

    /// Services of the segment, in the order of their names.
    struct Services {
        var names: [String]
        /// Numbers of the names in the table of strings.
        var strings: [Int]
    }

    /// Replaces each item's origin by the place of its service in the list of services.
    private mutating func numberServices() -> Services {
        var used: Set<Int> = []
        var last = -1
        for item in items where Int(item.entry.service) != last {
            last = Int(item.entry.service)
            used.insert(tables.service(ofOrigin: last))
        }
        var named: [(name: String, string: Int)] = []
        for string in used { named.append((tables.string(string), string)) }
        named.sort { $0.name < $1.name }
        var places: [Int: Int32] = [:]
        for (place, service) in named.enumerated() { places[service.string] = Int32(place) }
        let ofOrigin = tables.services.map { places[$0] ?? 0 }
        for item in items.indices { items[item].entry.service = ofOrigin[Int(items[item].entry.service)] }
        return Services(names: named.map(\.name), strings: named.map(\.string))
    }

    // MARK: Rollups

    private mutating func rollups(_ grouping: Grouping, _ services: Services, _ parents: ContiguousArray<Int>) -> RollupDelta {
        var operations = RollupCounter()
        var edges = RollupCounter()
        for (item, span) in items.enumerated() {
            let entry = span.entry
            let bucket = RollupDelta.bucket(of: entry.start)
            let duration = entry.end - entry.start
            operations.add(bucket: bucket, Int(entry.service), span.name, duration: duration, isError: entry.isError)
            guard parents[item] >= 0 else { continue }
            let caller = items[parents[item]].entry.service
            guard caller != entry.service else { continue }
            edges.add(bucket: bucket, Int(caller), Int(entry.service), duration: duration, isError: entry.isError)
        }
        var delta = RollupDelta()
        operations.drain { bucket, service, operation, totals in
            let key = RollupDelta.OperationKey(bucket: bucket, service: services.names[service], operation: tables.string(operation))
            delta.operations[key] = totals
        }
        edges.drain { bucket, caller, callee, totals in
            delta.edges[.init(bucket: bucket, caller: services.names[caller], callee: services.names[callee])] = totals
        }
        return delta
    }

    // MARK: Body

    private mutating func body(_ grouping: Grouping, _ parents: ContiguousArray<Int>, _ minTime: Int64) -> [UInt8] {
        var list = ByteSink(capacity: 16 + grouping.traces.count * 24)
        var spans = ByteSink(capacity: tails.count + items.count * 48)
        list.appendVarint(grouping.traces.count)
        for trace in grouping.traces {
            list.reserve(24)
            list.putFixed(trace.traceID.high)
            list.putFixed(trace.traceID.low)
            list.putFixed(UInt32(trace.range.count))
            list.putFixed(UInt32(spans.count))
            var previous = minTime
            for place in trace.range {
                let item = grouping.order[place]
                let parent = parents[item]
                write(items[item], parent: parent < 0 ? nil : grouping.places[parent] - trace.range.lowerBound, after: previous, to: &spans)
                previous = items[item].entry.start
            }
        }
        var sink = ByteSink(capacity: spans.count + list.count + (1 << 16))
        sink.append(SegmentFormat.version)
        sink.append(UInt8(OTLPSignal.traces.rawValue))
        sink.appendVarint(items.count)
        sink.reserve(8)
        sink.putFixed(minTime)
        tables.write(to: &sink)
        sink.appendVarint(list.count + spans.count)
        sink.append(list.bytes)
        sink.append(spans.bytes)
        return sink.array()
    }

    private func write(_ item: Item, parent: Int?, after previous: Int64, to sink: inout ByteSink) {
        sink.reserve(70 + item.tail.count)
        var flags = item.flags
        if parent != nil {
            flags |= SegmentFormat.SpanFlag.parentIsLocal
        } else if item.entry.parentSpanID != nil {
            flags |= SegmentFormat.SpanFlag.parentIsForeign
        }
        sink.putFixed(flags)
        sink.putFixed(item.entry.spanID.value)
        if let parent {
            sink.putVarint(UInt64(parent))
        } else if let parent = item.entry.parentSpanID {
            sink.putFixed(parent.value)
        }
        sink.putSigned(item.entry.start &- previous)
        sink.putVarint(UInt64(item.entry.end - item.entry.start))
        sink.putVarint(UInt64(item.tail.count))
        sink.put(UnsafeRawBufferPointer(rebasing: tails.bytes[item.tail]))
    }

    // MARK: Traces

    private mutating func parts(_ grouping: Grouping, _ services: Services, _ parents: ContiguousArray<Int>) -> [TracePart] {
        var parts: [TracePart] = []
        parts.reserveCapacity(grouping.traces.count)
        var directories = DirectoryWriter(services: services.names)
        for trace in grouping.traces {
            var first = grouping.order[trace.range.lowerBound]
            var root = -1
            var end = Int64.min
            var errors = 0
            for place in trace.range {
                let item = grouping.order[place]
                let entry = items[item].entry
                directories.add(entry, isOrphan: entry.parentSpanID != nil && parents[item] < 0)
                end = max(end, entry.end)
                if entry.isError { errors += 1 }
                if entry.start < items[first].entry.start { first = item }
                if entry.parentSpanID == nil, root < 0 || entry.start < items[root].entry.start { root = item }
            }
            let directory = directories.finish()
            let earliest = name(first, services)
            parts.append(
                TracePart(
                    traceID: trace.traceID, spans: trace.range.count, errors: errors, start: earliest.start, end: end,
                    root: root < 0 ? nil : root == first ? earliest : name(root, services), first: earliest,
                    services: directory.services, directory: directory.bytes))
        }
        return parts
    }

    private mutating func name(_ item: Int, _ services: Services) -> TracePart.Name {
        let span = items[item]
        return TracePart.Name(
            service: services.names[Int(span.entry.service)], operation: tables.string(span.name), start: span.entry.start)
    }
}
