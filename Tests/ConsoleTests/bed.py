"""What tests and pictures of the console stand on: the browser, a suite, and what of it they look at."""

import time

import telemetry
from suite import LoneCollector, eventually

SPANS_PER_REQUEST = 2_500


class Bed:
    def __init__(self, stack, browser, suite):
        self.stack, self.browser, self.suite = stack, browser, suite
        self.own = None

    def visit(self, path="/", **options):
        return self.browser.visit(self.suite.url, path, **options)

    def collector(self):
        """The collector that tests may kill and purge; started when the first one asks for it."""
        if not self.own:
            self.own = self.stack.enter_context(LoneCollector())
        return self.own

    def prepare(self):
        """Sends what the tests look for, and waits until the demo has something of everything."""
        self.large, spans = telemetry.large_trace(telemetry.LARGE)
        for first in range(0, len(spans), SPANS_PER_REQUEST):
            self.suite.send("traces", telemetry.traces("large", spans[first:first + SPANS_PER_REQUEST]))
        self.hostile, spans = telemetry.hostile_trace()
        self.suite.send("traces", telemetry.traces(telemetry.HOSTILE_SERVICE, spans))
        self.suite.send("logs", telemetry.logs(telemetry.HOSTILE_SERVICE, telemetry.hostile_logs(self.hostile)))
        self.alert = f"console-{time.time_ns()}"
        self.suite.event("trigger", self.alert, summary="A disk is nearly full", severity="high", **{"class": "disk", "source": "server-1"})
        # The demo's own runs fail by chance.
        self.suite.report_run("failed")
        self.find()
        get = self.suite.get
        eventually("the alert is known", lambda: get(f"/v1/alerts/{self.alert}?event_manager_id=demo"))
        eventually("all spans are stored", lambda: get(f"/api/traces/{self.large}")["span_count"] == telemetry.LARGE)

    def find(self):
        """Finds what the demo makes: an order, if possible one that failed, and a workflow run that failed."""
        get = self.suite.get
        orders = eventually("orders are traced", lambda: [one for one in get("/api/traces?service=chaos-order&range=1h")["traces"] if one["span_count"] > 3])
        self.trace = max(orders, key=lambda trace: (trace["error_count"] > 0, trace["span_count"]))["trace_id"]
        self.span = get(f"/api/traces/{self.trace}")["spans"][0]["span_id"]
        self.failed_run = eventually("a workflow run failed", lambda: get("/api/runs?status=failed&range=1h")["runs"], 90)[0]
        eventually("an order logged something", lambda: get("/api/logs?service=chaos-order&range=1h")["logs"])
