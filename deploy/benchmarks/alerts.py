"""The alert path: sustained load, webhooks, take-over, beside the limits of the machine and a peer."""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import time

from benchmarks.harness import Bench, Suite, call, call_ok, free_port, nats_server, stat, wait_for, BenchError


class AlertSuite(Suite):
    def __init__(self, binaries, data, processors=1):
        self.processors = processors
        super().__init__(binaries, data)

    def start_services(self):
        self.ports |= {name: free_port() for name in ["INGEST", "API"]}
        self.api = f"http://127.0.0.1:{self.ports['API']}"
        self.ingest = f"http://127.0.0.1:{self.ports['INGEST']}"
        ready = [self.start_service("ingest-gateway", self.ports["INGEST"])]
        ready += [self.start_service("grouping-processor", free_port()) for _ in range(self.processors)]
        return [*ready, self.start_service("alert-api", self.ports["API"])]


class AlertBench(Bench):
    all_parts = "a,b,c,d,e,f"
    products = ["ingest-gateway", "grouping-processor", "alert-api"]

    def measure(self):
        if "d" in self.parts:
            self.limits()
        if self.parts & set("abcf"):
            self.suite_parts()
        if "d" in self.parts:
            self.alertmanager()
        if "e" in self.parts:
            self.take_over()

    def configure(self, suite, managers=16, webhook=None):
        rule = call("POST", f"{suite.api}/v1/grouping-rules", {"name": "by class", "grouping_key": "class", "time_window_minutes": 60})
        ids = []
        for index in range(managers):
            body = {"name": f"team {index}", "grouping_rule_id": rule["id"]}
            if webhook:
                body["notification_config"] = {"webhook_url": f"http://127.0.0.1:{webhook}/hook"}
            ids.append(call("POST", f"{suite.api}/v1/event-managers", body)["id"])
        return ids

    def counted(self, suite, managers):
        """The events that GET /v1/alerts shows: the sum of event_count over all pages."""
        total = 0
        for manager in managers:
            cursor = ""
            while True:
                page = call("GET", f"{suite.api}/v1/alerts?event_manager_id={manager}&limit=1000{cursor}")
                total += sum(alert["event_count"] for alert in page["alerts"])
                if not page.get("next_cursor"):
                    break
                cursor = f"&cursor={page['next_cursor']}"
        return total

    def visible(self, suite, managers, expected):
        start = time.monotonic()
        seen = 0
        while time.monotonic() - start < 300:
            seen = self.counted(suite, managers)
            if seen >= expected:
                break
            time.sleep(0.2)
        if seen != expected:
            raise BenchError(f"{expected} events were accepted, GET /v1/alerts shows {seen}")
        return time.monotonic() - start

    def sustained(self, part, suite, batch, goal):
        managers = self.configure(suite)
        path = "/v1/events" if batch == 1 else "/v1/events/batch"
        before = suite.usage()
        result = self.generate(
            "load", port=suite.ports["INGEST"], path=path, connections=256 if batch == 1 else 16, seconds=self.options.seconds, batch=batch,
            managers=",".join(managers))
        delay = self.visible(suite, managers, result["accepted_events"])
        after = suite.usage()
        latency = result["latency"]
        what = "single-event POSTs" if batch == 1 else f"events in batches of {batch}"
        cpu = {name: (after[name][0] - before[name][0]) * 1e6 / result["accepted_events"] for name in after}
        self.raw[part] = result["events_per_second"]
        self.row(part, f"{what}, {result['seconds']:.0f} s", f"{result['events_per_second']:,.0f}/s", goal,
                 f"{result['refused_requests']} refused, {result['failed_requests']} failed")
        self.row(part, "POST latency p50 / p99 / max",
                 f"{latency['p50_ms']:.1f} / {latency['p99_ms']:.1f} / {latency['max_ms']:.1f} ms", "p99 < 50 ms" if batch == 1 else "")
        self.row(part, "all of them in GET /v1/alerts", f"yes, {delay:.1f} s after the last POST")
        self.row(part, "CPU an event", ", ".join(f"{name} {cost:.1f} us" for name, cost in cpu.items()))

    def suite_parts(self):
        data = self.scratch / "suite"
        suite = AlertSuite(self.bin, data)
        try:
            if "a" in self.parts:
                self.sustained("a", suite, 1, "16,700/s")
            if "b" in self.parts:
                self.sustained("b", suite, 100, "100,000/s")
            if "c" in self.parts:
                self.webhooks(suite)
            if "f" in self.parts:
                for name, (_, memory) in sorted(suite.usage().items()):
                    self.row("f", f"resident memory of {name}", f"{memory:.0f} MiB")
        finally:
            suite.stop()

    def webhooks(self, suite):
        for rate in [1000, 5000]:
            port = free_port()
            managers = self.configure(suite, webhook=port)
            result = self.generate(
            "load",     port=suite.ports["INGEST"], connections=64, seconds=max(5, self.options.seconds / 3), rate=rate, parent_every=50,
                webhook_port=port, managers=",".join(managers))
            latency = result["webhook_latency"]
            self.row("c", f"POST to webhook at {rate:,} events/s, p50 / p99",
                     f"{latency['p50_ms']:.1f} / {latency['p99_ms']:.1f} ms", "p99 < 100 ms",
                     f"{result['webhooks']} webhooks, {result['webhooks_missing']} missing")

    def limits(self):
        """What the machine gives: raw acknowledged JetStream publishes, and nginx answering 202."""
        server = nats_server()
        for sync in ["", "sync_interval: always"]:
            port = free_port()
            store = self.scratch / f"raw-{port}"
            config = self.scratch / f"raw-{port}.conf"
            config.write_text(f'listen: 127.0.0.1:{port}\njetstream {{ store_dir: "{store}"\n {sync} }}\n')
            process = subprocess.Popen([server, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait_for("nats-server's start", 10, lambda: socket.create_connection(("127.0.0.1", port), 1))
                rates = []
                for _ in range(3):
                    result = subprocess.run(
                        [self.bin / "argus-bench", "publish", "--nats", f"nats://127.0.0.1:{port}", "--seconds", "3"],
                        capture_output=True, text=True, check=True)
                    rates.append(json.loads(result.stdout)["per_second"])
                name = "fsync each" if sync else "no fsync"
                self.raw[f"publish {name}"] = statistics.median(rates)
                self.row("d", f"raw acknowledged JetStream publishes, {name}", f"{statistics.median(rates):,.0f}/s", "", "median of 3")
            finally:
                process.terminate()
                process.wait()
        if shutil.which("nginx"):
            self.nginx()

    def nginx(self):
        port = free_port()
        config = self.scratch / "nginx.conf"
        config.write_text(
            f"worker_processes 1; daemon off; pid {self.scratch}/nginx.pid; error_log {self.scratch}/nginx.log;\n"
            f"events {{ worker_connections 512; }}\nhttp {{ access_log off; client_body_temp_path {self.scratch}/body;\n"
            f"keepalive_requests 100000000; server {{ listen 127.0.0.1:{port}; location / {{ return 202; }} }} }}\n")
        process = subprocess.Popen(["nginx", "-c", str(config), "-p", str(self.scratch)], stderr=subprocess.DEVNULL)
        try:
            wait_for("nginx's start", 10, lambda: socket.create_connection(("127.0.0.1", port), 1))
            result = self.generate("load", port=port, connections=64, seconds=5, managers="m")
            self.raw["nginx"] = result["requests_per_second"]
            self.row("d", "nginx answering 202 to the same POSTs", f"{result['requests_per_second']:,.0f}/s", "", "same generator")
        finally:
            process.terminate()
            process.wait()

    def alertmanager(self):
        program = shutil.which("prometheus-alertmanager")
        if not program:
            return
        port = free_port()
        config = self.scratch / "alertmanager.yml"
        config.write_text("route:\n  receiver: none\n  group_by: [class]\nreceivers:\n- name: none\n")
        process = subprocess.Popen(
            [program, f"--config.file={config}", f"--storage.path={self.scratch}/alertmanager", f"--web.listen-address=127.0.0.1:{port}",
             "--cluster.listen-address="], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for("Alertmanager's start", 20, lambda: call_ok(f"http://127.0.0.1:{port}/-/ready"))
            for batch in [1, 100]:
                result = self.generate("load", port=port, path="/api/v2/alerts", format="alertmanager", connections=32,
                                   seconds=min(10, self.options.seconds), batch=batch)
                self.raw[f"alertmanager {batch}"] = result["events_per_second"]
                self.row("d", f"Alertmanager, batches of {batch} (memory only)", f"{result['events_per_second']:,.0f}/s")
        finally:
            process.terminate()
            process.wait()

    def take_over(self):
        """A partition with 100,000 live alerts changes hands: by SIGTERM and by SIGKILL."""
        live = 10_000 if self.options.quick else 100_000
        for name, number in [("SIGTERM", signal.SIGTERM), ("SIGKILL", signal.SIGKILL)]:
            data = self.scratch / f"takeover-{name}"
            suite = AlertSuite(self.bin, data, processors=2)
            try:
                managers = self.configure(suite, managers=1)
                accepted = 0
                while accepted < live:
                    result = self.generate("load", port=suite.ports["INGEST"], path="/v1/events/batch", connections=4, seconds=5, batch=100,
                                       managers=managers[0], keys=live, classes=1000)
                    accepted += result["accepted_events"]
                self.visible(suite, managers, accepted)
                self.row("e", f"take-over with {live:,} live alerts after {name}",
                         f"{self.interruption(suite, managers[0], number):.2f} s", "< 3 s")
            finally:
                suite.stop()

    def interruption(self, suite, manager, number):
        """Seconds from the signal to the owner until an event posted after it shows in the API."""
        owner = self.owner(suite, manager)
        start = time.monotonic()
        os.kill(owner, number)
        key = f"probe-{time.monotonic_ns()}"
        event = {"event_manager_id": manager, "summary": "probe", "severity": "low", "action": "trigger", "class": key, "dedupKey": key}
        call("POST", f"{suite.ingest}/v1/events", event)
        wait_for("the take-over", 60, lambda: call_ok(f"{suite.api}/v1/alerts/{key}"))
        return time.monotonic() - start

    def owner(self, suite, manager):
        """The process that uses most CPU while only this manager's partition has events."""
        def cpu():
            return {pid: int(stat(pid)[11]) + int(stat(pid)[12]) for pid in suite.pids("grouping-processor")}
        before = cpu()
        self.generate("load", port=suite.ports["INGEST"], connections=16, seconds=2, managers=manager)
        after = cpu()
        return max(after, key=lambda pid: after[pid] - before.get(pid, 0))

    def ratios(self):
        for part, name in [("a", "single POSTs"), ("b", "batches of 100")]:
            for limit in ["publish fsync each", "publish no fsync", "nginx", "alertmanager 1", "alertmanager 100"]:
                if part in self.raw and limit in self.raw:
                    yield f"{name} / {limit}", self.raw[part] / self.raw[limit]
