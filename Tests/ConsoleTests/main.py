"""Tests of the web console in a real browser. Run by Tests/ConsoleTests/run."""

import argparse
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True

import telemetry  # noqa: E402
from browser import Browser  # noqa: E402
from runner import run_tests  # noqa: E402
from suite import ROOT, DemoSuite, Suite, eventually, read_endpoints  # noqa: E402

import test_pages  # noqa: E402, F401
import test_accessibility  # noqa: E402, F401

SPANS = 10_000
SPANS_PER_REQUEST = 2_500


class Bed:
    """What tests use: the browser, the demo's suite, and things of it that were there before the first test."""

    def __init__(self, browser, suite):
        self.browser, self.suite = browser, suite

    def visit(self, path="/", **options):
        return self.browser.visit(self.suite.url, path, **options)

    def prepare(self):
        """Sends what the tests look for, and waits until the demo has something of everything."""
        self.large, spans = telemetry.large_trace(SPANS)
        for first in range(0, SPANS, SPANS_PER_REQUEST):
            self.suite.send("traces", telemetry.traces("large", spans[first:first + SPANS_PER_REQUEST]))
        self.hostile, spans = telemetry.hostile_trace()
        self.suite.send("traces", telemetry.traces(telemetry.HOSTILE_SERVICE, spans))
        self.suite.send("logs", telemetry.logs(telemetry.HOSTILE_SERVICE, telemetry.hostile_logs(self.hostile)))
        self.alert = f"console-{time.time_ns()}"
        self.suite.event("trigger", self.alert, summary="A disk is nearly full", severity="high", **{"class": "disk", "source": "server-1"})
        get = self.suite.get
        orders = eventually("orders are traced", lambda: get("/api/traces?service=chaos-order&status=error&range=1h")["traces"], 60)
        self.trace = next((trace["trace_id"] for trace in orders if trace["span_count"] > 3), orders[0]["trace_id"])
        self.span = get(f"/api/traces/{self.trace}")["spans"][0]["span_id"]
        self.failed_run = eventually("a workflow run failed", lambda: get("/api/runs?status=failed&range=1h")["runs"], 90)[0]
        eventually("an order logged something", lambda: get("/api/logs?service=chaos-order&range=1h")["logs"])
        eventually("the alert is known", lambda: get(f"/v1/alerts/{self.alert}?event_manager_id=demo"))
        eventually("all spans are stored", lambda: get(f"/api/traces/{self.large}")["span_count"] == SPANS)


def main():
    parser = argparse.ArgumentParser(prog="Tests/ConsoleTests/run", description=__doc__)
    parser.add_argument("patterns", nargs="*", metavar="TEXT", help="run only the tests that have this in their names")
    parser.add_argument("--endpoints", metavar="FILE", help="use the suite that deploy/run --demo started; the tests change its data")
    parser.add_argument("--pictures", metavar="DIR", type=Path, default=ROOT / ".argus/console-tests", help="where pictures of failures go")
    options = parser.parse_args()
    for name, code in (("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)):
        signal.signal(getattr(signal, name), lambda *_, code=code: sys.exit(code))
    with ExitStack() as stack:
        suite = Suite(read_endpoints(options.endpoints)) if options.endpoints else stack.enter_context(DemoSuite())
        bed = Bed(stack.enter_context(Browser()), suite)
        bed.prepare()
        is_well = run_tests(bed, options.patterns, options.pictures)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
