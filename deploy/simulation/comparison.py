"""Holds what the client saw against what Argus says."""

import math
import time
from dataclasses import dataclass

ORDER, PAYMENT, INVENTORY = "chaos-order", "chaos-payment", "chaos-inventory"
# The finest rollup.
BUCKET = 10
# What a client's clock may differ by while it waits for its turn on a busy machine.
SLACK_SECONDS = 0.02


@dataclass
class Check:
    """One thing on which Argus and the client agree or do not."""

    what: str
    expected: str
    found: str
    holds: bool


class Comparison:
    """The checks of a run. They are made again until they hold or time is up, since Argus takes things in as they come."""

    def __init__(self, argus, run, is_alone):
        self.argus = argus
        self.run = run
        # Whether nobody else's traffic can be in the numbers.
        self.is_alone = is_alone
        self.traces = {}
        self.dashboard = {}
        self.service_map = {}
        self.checks = []
        self.seconds = 0.0
        self.start = math.floor(run.started / BUCKET) * BUCKET * 1000
        self.end = (math.floor(run.ended / BUCKET) + 1) * BUCKET * 1000

    @property
    def agrees(self):
        return all(check.holds for check in self.checks)

    def wait(self, seconds, progress):
        """Makes the checks until all hold, at most for so many seconds."""
        start = time.monotonic()
        while True:
            self.ask()
            self.checks = [*self.about_orders(), *self.about_traces(), *self.about_rollups()]
            self.seconds = time.monotonic() - start
            if self.agrees or self.seconds >= seconds:
                return
            progress.waiting(sum(check.holds for check in self.checks), len(self.checks))
            time.sleep(0.25)

    def ask(self):
        unsettled = [order.trace_id for order in self.run.orders if order.trace_id and not self.is_settled(order)]
        try:
            self.traces.update(self.argus.traces(unsettled))
            self.dashboard = self.argus.dashboard(self.start, self.end) or {}
            self.service_map = self.argus.service_map(self.start, self.end) or {}
            self.trouble = ""
        except OSError as error:
            self.trouble = str(error)

    def is_settled(self, order):
        return order.trace_id in self.traces and not self.trace_problem(order)

    # What the client saw.

    def about_orders(self):
        total = len(self.run.orders)
        answered = sum(order.status > 0 for order in self.run.orders)
        yield Check("every order was answered", f"{total}", f"{answered}", answered == total)
        identified = len({order.trace_id for order in self.run.orders if order.trace_id})
        yield Check("every answer names a trace of its own", f"{total}", f"{identified}", identified == total)
        yield Check("Argus answers every question", "no error", self.trouble or "no error", not self.trouble)

    # Trace by trace.

    def about_traces(self):
        orders = [order for order in self.run.orders if order.trace_id]
        stored = [order for order in orders if order.trace_id in self.traces]
        yield self.share("every order's trace is there", stored, orders)
        for what, problem in (
            ("every trace begins with POST /orders", self.root_problem),
            ("every trace has the services that the order reached", self.service_problem),
            ("a trace has errors if and only if its order failed", self.error_problem),
            ("no order took less time than its trace", self.time_problem),
            ("every trace has logs of every service it reached", self.log_problem),
        ):
            yield self.share(what, [order for order in stored if not problem(order)], stored)

    @staticmethod
    def share(what, good, of):
        return Check(what, f"{len(of)}", f"{len(good)}", len(good) == len(of))

    def trace_problem(self, order):
        problems = (self.root_problem, self.service_problem, self.error_problem, self.time_problem, self.log_problem)
        return any(problem(order) for problem in problems)

    def trace(self, order):
        return self.traces[order.trace_id]

    def root_problem(self, order):
        trace = self.trace(order)
        root = (trace["has_root"], trace["root_service"], trace["root_operation"])
        return root != (True, ORDER, "POST /orders")

    def service_problem(self, order):
        services = set(self.trace(order)["services"])
        least, most = self.reached(order)
        return not (least <= services <= most)

    def error_problem(self, order):
        errors = sum(span["status"]["code"] == "error" for span in self.trace(order)["spans"])
        return (errors > 0) == order.is_success or errors != self.trace(order)["error_count"]

    def time_problem(self, order):
        return self.server_seconds(order) > order.seconds + SLACK_SECONDS

    def log_problem(self, order):
        return not self.reached(order)[0] <= {log["service"] for log in self.trace(order)["logs"]}

    def server_seconds(self, order):
        roots = [span for span in self.trace(order)["spans"] if not span["parent_span_id"]]
        return max((span["duration_us"] for span in roots), default=0) / 1e6

    @staticmethod
    def reached(order):
        """The services that an order reached surely, and at most."""
        every = {ORDER, PAYMENT, INVENTORY}
        if order.is_success or order.service == INVENTORY and order.status == 500:
            return every, every
        if order.status == 500 and order.service == PAYMENT:
            return {ORDER, PAYMENT}, {ORDER, PAYMENT}
        if order.status == 500 and order.service == ORDER:
            return {ORDER}, {ORDER}
        return {ORDER}, every

    # All together.

    def about_rollups(self):
        total, failed = len(self.run.orders), len(self.run.failed)
        yield self.count("traces of the minute", self.dashboard.get("total_traces", 0), total, total)
        failing = {service["service_name"]: service["error_count"] for service in self.dashboard.get("top_failing_services", [])}
        yield self.count(f"errors of {ORDER}", failing.get(ORDER, 0), failed, total * 10)
        for caller, callee in ((ORDER, PAYMENT), (PAYMENT, INVENTORY)):
            edge = self.edge(caller, callee)
            least, most = self.calls(callee)
            yield self.count(f"calls {caller} -> {callee}", edge.get("calls", 0), least, most)
            least, most = self.failed_calls(callee)
            yield self.count(f"failed calls {caller} -> {callee}", edge.get("errors", 0), least, most)
        others = [edge for edge in self.edges() if {edge["caller"], edge["callee"]} <= {ORDER, PAYMENT, INVENTORY}]
        extra = [f"{edge['caller']} -> {edge['callee']}" for edge in others if edge not in self.expected_edges()]
        yield Check("no other calls between the three", "none", ", ".join(extra) or "none", not extra)

    def count(self, what, found, least, most):
        """Others' traffic may come on top where the suite is not ours alone."""
        holds = least <= found and (found <= most or not self.is_alone)
        expected = f"{least}" if least == most else f"{least} to {most}"
        return Check(what, expected if self.is_alone else f"at least {least}", f"{found}", holds)

    def edges(self):
        return self.service_map.get("edges", [])

    def edge(self, caller, callee):
        return next((edge for edge in self.edges() if (edge["caller"], edge["callee"]) == (caller, callee)), {})

    def expected_edges(self):
        return [self.edge(ORDER, PAYMENT), self.edge(PAYMENT, INVENTORY)]

    def calls(self, callee):
        """How many calls there were to a service, at least and at most."""
        reached = [self.reached(order) for order in self.run.orders]
        return sum(callee in least for least, _ in reached), sum(callee in most for _, most in reached)

    def failed_calls(self, callee):
        failed = self.run.failed
        if callee == PAYMENT:
            failed = [order for order in failed if order.service != ORDER or order.status != 500]
        else:
            failed = [order for order in failed if INVENTORY in self.reached(order)[1]]
        sure = [order for order in failed if order.status == 500]
        return len(sure), len(failed)
