"""What a person sees of a simulation: a progress bar while it runs, and the summary."""

import os
import sys
import threading
import time
from collections import Counter

from simulation.comparison import INVENTORY, ORDER, PAYMENT
from simulation.orders import quantile

BAR = 40


class Progress:
    """A bar on a terminal; a line every tenth elsewhere."""

    def __init__(self, total, quiet):
        self.total = total
        self.quiet = quiet
        self.is_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.lock = threading.Lock()
        self.tenths = 0
        self.drawn = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.clear()

    def placed(self, done):
        failed = sum(not order.is_success for order in done)
        text = f"{len(done)}/{self.total} orders, {failed} failed"
        if self.is_terminal:
            filled = BAR * len(done) // self.total
            self.draw(f"[{'#' * filled}{'.' * (BAR - filled)}] {text}", len(done) == self.total)
        elif not self.quiet and len(done) * 10 // self.total > self.tenths:
            self.tenths = len(done) * 10 // self.total
            print(text, file=sys.stderr, flush=True)

    def waiting(self, good, checks):
        if self.is_terminal:
            self.draw(f"waiting for Argus to take everything in: {good} of {checks} checks hold", True)

    def draw(self, text, always):
        with self.lock:
            if self.quiet or (not always and time.monotonic() - self.drawn < 0.05):
                return
            self.drawn = time.monotonic()
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def clear(self):
        if self.is_terminal and not self.quiet:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


class Report:
    """The summary."""

    def __init__(self, run, comparison):
        self.run = run
        self.comparison = comparison

    def print(self, verify):
        self.orders()
        self.services()
        self.edges()
        self.verdict(verify)

    def orders(self):
        run, traces = self.run, [trace for trace in self.comparison.traces.values()]
        total, failed = len(run.orders), len(run.failed)
        broken = sum(trace["error_count"] > 0 for trace in traces)
        stored = [self.comparison.server_seconds(order) for order in run.orders if order.trace_id in self.comparison.traces]
        rows = [("", "client", "Argus")]
        rows.append(("orders, traces", f"{total}", f"{len(traces)}"))
        rows.append(("succeeded", f"{total - failed}", f"{len(traces) - broken}"))
        rows.append(("failed", f"{failed}", f"{broken}"))
        rows.append(("error rate", share(failed, total), share(broken, len(traces))))
        for name, part in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("max", 1)):
            rows.append((f"latency {name}", milliseconds(run.quantile(part)), milliseconds(quantile(stored, part))))
        table(rows)
        causes = Counter(f"{order.status or 'no answer'} {order.message or order.error}" for order in run.failed)
        for cause, count in causes.most_common():
            print(f"  {count} x {cause}")
        if run.lateness > run.interval:
            print(f"  This machine was busy: an order was sent {milliseconds(run.lateness)} late.")

    def services(self):
        rows = [("of the same time, Argus:", "spans", "errors", "p50", "p95", "p99")]
        for node in self.comparison.service_map.get("nodes", []):
            if node["service"] in (ORDER, PAYMENT, INVENTORY) or self.comparison.is_alone:
                times = [milliseconds(node[f"{name}_us"] / 1e6) for name in ("p50", "p95", "p99")]
                rows.append((node["service"], f"{node['spans']}", f"{node['errors']}", *times))
        table(rows)

    def edges(self):
        rows = [("service map", "calls", "errors", "p50", "p95", "p99")]
        for edge in self.comparison.edges():
            times = [milliseconds(edge[f"{name}_us"] / 1e6) for name in ("p50", "p95", "p99")]
            rows.append((f"{edge['caller']} -> {edge['callee']}", f"{edge['calls']}", f"{edge['errors']}", *times))
        table(rows)
        numbers = self.comparison.dashboard
        print(f"dashboard: {numbers.get('total_traces', 0)} traces, {numbers.get('total_logs', 0)} logs, "
              f"{numbers.get('total_errors', 0)} errors")

    def verdict(self, verify):
        checks = self.comparison.checks
        print()
        for check in checks:
            if verify or not check.holds:
                print(f"{'ok      ' if check.holds else 'DIFFERS '}{check.what}: expected {check.expected}, found {check.found}")
        if self.comparison.agrees:
            print(f"Argus and the client agree ({len(checks)} checks, {self.comparison.seconds:.1f} s after the last order).")
        else:
            print(f"Argus and the client disagree, {self.comparison.seconds:.0f} s after the last order.")


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print()
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def share(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"


def milliseconds(seconds):
    return f"{seconds * 1000:,.1f} ms"
