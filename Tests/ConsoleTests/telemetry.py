"""Traces and logs as OTLP's JSON: large ones, and such as an attacker would send."""

import secrets
import time

MILLISECOND = 1_000_000
# Markup, a change of direction that would make "gnp.exe" read "exe.png", control characters.
HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script> \u202egnp.exe\u202c \u0007\u001b[31m \u2066x\u2069'
HOSTILE_SERVICE = '<b id="hostile">evil</b>\u202ecivres'
MEGABYTE = 1_000_000
# Spans of the large trace.
LARGE = 10_000


def attributes(values):
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def traces(service, spans):
    return {"resourceSpans": [{"resource": {"attributes": attributes({"service.name": service})}, "scopeSpans": [{"spans": spans}]}]}


def logs(service, records):
    return {"resourceLogs": [{"resource": {"attributes": attributes({"service.name": service})}, "scopeLogs": [{"logRecords": records}]}]}


def record(body, severity=9, **more):
    return {"timeUnixNano": str(time.time_ns()), "severityNumber": severity, "body": {"stringValue": body}, **more}


def span(trace, name, start, end, parent=None, **more):
    result = {"traceId": trace, "spanId": secrets.token_hex(8), "name": name, "kind": 1, "startTimeUnixNano": str(start), "endTimeUnixNano": str(end), **more}
    return result | ({"parentSpanId": parent} if parent else {})


def large_trace(count):
    """A trace of so many spans: a root whose children each have nine of their own; one in a hundred failed. Returns its id and the spans."""
    trace, start = secrets.token_hex(16), time.time_ns() - 30_000 * MILLISECOND
    length = 10_000 * MILLISECOND
    spans = [span(trace, "GET /large", start, start + length, kind=2)]
    groups = (count - 1) // 10
    for group in range(groups):
        begin = start + group * length // groups
        width = length // groups
        parent = span(trace, f"batch {group}", begin, begin + width, spans[0]["spanId"])
        spans.append(parent)
        for index in range(9):
            failed = {"status": {"code": 2, "message": "deadline exceeded"}} if len(spans) % 100 == 99 else {}
            spans.append(span(trace, f"item {group}.{index}", begin + index * width // 9, begin + (index + 1) * width // 9, parent["spanId"], **failed))
    while len(spans) < count:
        spans.append(span(trace, "last", start + length - MILLISECOND, start + length, spans[0]["spanId"]))
    return trace, spans


def hostile_trace():
    """A trace whose every text is hostile, and one of its attributes a megabyte."""
    trace, start = secrets.token_hex(16), time.time_ns() - 5_000 * MILLISECOND
    values = attributes({HOSTILE: HOSTILE, "long": "x" * MEGABYTE, "__proto__": "polluted"})
    root = span(trace, HOSTILE, start, start + 100 * MILLISECOND, attributes=values, status={"code": 2, "message": HOSTILE},
                events=[{"name": HOSTILE, "timeUnixNano": str(start), "attributes": values[:1]}])
    return trace, [root, span(trace, "n" * 5_000, start, start + 50 * MILLISECOND, root["spanId"])]


def hostile_logs(trace):
    return [
        record(HOSTILE, 17, traceId=trace, attributes=attributes({HOSTILE: HOSTILE})),
        record("L" * MEGABYTE, 13, traceId=trace),
        record("line one\nline two\r\nline three\ttab", 9, traceId=trace),
    ]
