"""The observer SDK: what emitting an event costs the program that emits."""

from benchmarks.harness import Bench, Suite


class BusOnly(Suite):
    def start_services(self):
        return []


class ObserverBench(Bench):
    all_parts = "a"

    def measure(self):
        suite = BusOnly(self.bin, self.scratch / "observer")
        try:
            events = 20_000 if self.options.quick else 200_000
            result = self.generate("observe", nats=f"nats://127.0.0.1:{suite.ports['NATS']}", events=events)
            emit = result["emit"]
            self.row("a", f"emit, {events:,} events, p50 / p99 / p99.9",
                     f"{emit['p50_ms'] * 1e6:.0f} / {emit['p99_ms'] * 1e6:.0f} / {emit['p999_ms'] * 1e6:.0f} ns", "p99 < 1,000 ns")
        finally:
            suite.stop()
