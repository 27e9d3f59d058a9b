"""The telemetry path: spans and logs accepted and stored, queries over what is stored, beside the limits of the machine and a peer."""

import json
import os
import resource
import secrets
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

from benchmarks.harness import Bench, BenchError, ROOT, Suite, call, free_port, wait_for

POSTGRES = Path("/usr/lib/postgresql/15/bin")


class Postgres:
    """A PostgreSQL of our own, on a socket and a port of its own."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.port = free_port()
        self.directory.mkdir()
        if os.geteuid() == 0:
            for path in [self.directory, *list(self.directory.parents)[:2]]:
                path.chmod(path.stat().st_mode | 0o055)
            shutil.chown(self.directory, "postgres", "postgres")
        self.dsn = f"postgres://argus@127.0.0.1:{self.port}/postgres"
        self.run("initdb", "-D", self.directory / "data", "-U", "argus", "--auth=trust", "-E", "UTF8")
        self.process = subprocess.Popen(
            self.command("postgres", "-D", self.directory / "data", "-p", str(self.port), "-h", "127.0.0.1", "-k", self.directory,
                         "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_for("PostgreSQL's start", 30, lambda: subprocess.run(
            [POSTGRES / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port)], capture_output=True).returncode == 0)

    def command(self, program, *arguments):
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.geteuid() == 0 else []
        return [*prefix, POSTGRES / program, *arguments]

    def run(self, program, *arguments):
        result = subprocess.run(self.command(program, *arguments), capture_output=True, text=True, cwd="/")
        if result.returncode != 0:
            raise BenchError(f"{program}: {result.stderr.strip()}")

    def psql(self, script):
        return subprocess.run(
            [POSTGRES / "psql", "-q", "-v", "ON_ERROR_STOP=1", self.dsn], input=script, text=True, check=True, capture_output=True).stdout

    def cpu(self):
        """CPU seconds of all its processes, also those that ended."""
        ticks = 0
        for pid in [self.process.pid, *children(self.process.pid)]:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            ticks += int(fields[11]) + int(fields[12])
            if pid == self.process.pid:
                ticks += int(fields[13]) + int(fields[14])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(2)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def children(pid):
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def in_flight(transport, batch):
    """As many requests at a time by either transport: streams of four connections, or connections of their own."""
    streams = 4 if batch > 1 else 64
    return {"connections": 4, "streams": streams} if transport == "grpc" else {"connections": 4 * streams, "streams": 1}


class TelemetrySuite(Suite):
    def __init__(self, binaries, data, dsn=None):
        self.dsn = dsn
        super().__init__(binaries, data)

    def start_services(self):
        self.ports |= {name: free_port() for name in ["API", "GRPC", "HTTP"]}
        self.api = f"http://127.0.0.1:{self.ports['API']}"
        database = {"DB_DRIVER": "postgres", "DB_DSN": self.dsn} if self.dsn else {}
        return [self.start_service(
            "otlp-collector", self.ports["API"], OTLP_GRPC_PORT=str(self.ports["GRPC"]), OTLP_HTTP_PORT=str(self.ports["HTTP"]),
            DLQ_DIR=str(self.data / "dlq"), RETENTION_BYTES="0", **database)]

    def stored(self, signal):
        """Spans or log records stored so far."""
        return call("GET", f"{self.api}/api/stats")["stored"]["spans" if signal == "traces" else "logs"]


class TelemetryBench(Bench):
    all_parts = "a,b,c,d,e"
    products = ["otlp-collector"]

    def measure(self):
        if "c" in self.parts:
            self.limits()
        if "a" in self.parts:
            self.ingest("a", "SQLite")
        if "b" in self.parts:
            self.ingest("b", "PostgreSQL")
        if "d" in self.parts:
            self.queries()
        if "e" in self.parts:
            self.overload()

    # --- ingestion --------------------------------------------------------------------------------------------------

    def ingest(self, part, database):
        for signal in ["traces", "logs"]:
            for transport in ["grpc", "http"]:
                for batch in [512, 100, 1]:
                    self.sustained(part, database, signal, transport, batch, "trace")
        self.sustained(part, database, "traces", "http", 512, "service")

    def sustained(self, part, database, signal, transport, batch, layout):
        data = self.scratch / f"{part}-{signal}-{transport}-{batch}-{layout}"
        postgres = Postgres(self.scratch / f"{data.name}-pg") if database == "PostgreSQL" else None
        suite = None
        try:
            suite = TelemetrySuite(self.bin, data, postgres.dsn if postgres else None)
            before, generator = suite.usage(), generator_cpu()
            database_before = postgres.cpu() if postgres else 0
            start = time.monotonic()
            peak = PeakMemory(suite)
            result = self.generate(
                "telemetry", port=suite.ports["GRPC" if transport == "grpc" else "HTTP"], transport=transport, signal=signal, batch=batch,
                layout=layout, seconds=self.options.seconds / 6, **in_flight(transport, batch))
            accepted = result["accepted_items"]
            wait_for("storing", 600, lambda: suite.stored(signal) >= accepted)
            elapsed = time.monotonic() - start
            if suite.stored(signal) != accepted:
                raise BenchError(f"{accepted} were accepted, {suite.stored(signal)} are stored")
            after = suite.usage()
            cpu = {name: (after[name][0] - before[name][0]) * 1e6 / accepted for name in after}
            cpu["generator"] = (generator_cpu() - generator) * 1e6 / accepted
            if postgres:
                cpu["postgres"] = (postgres.cpu() - database_before) * 1e6 / accepted
        finally:
            if suite:
                suite.stop()
            if postgres:
                postgres.stop()
            shutil.rmtree(data, ignore_errors=True)
        noun = "spans" if signal == "traces" else "logs"
        what = f"{database}, {noun} by {transport} in batches of {batch}" + (" of one service" if layout == "service" else "")
        self.raw[f"{database} {noun} {transport} {batch} {layout} accepted"] = result["items_per_second"]
        self.raw[f"{database} {noun} {transport} {batch} {layout} stored"] = accepted / elapsed
        goal = "60,000/s stored" if database == "SQLite" and signal == "traces" and batch == 512 and layout == "trace" else ""
        self.row(part, what, f"{result['items_per_second']:,.0f}/s accepted, {accepted / elapsed:,.0f}/s stored", goal,
                 f"p99 {result['latency']['p99_ms']:.0f} ms; {result['refused_requests']} refused, {result['failed_requests']} failed")
        self.row(part, "  CPU a stored one", ", ".join(f"{name} {cost:.1f}" for name, cost in cpu.items())
                 + f", all {sum(cpu.values()):.1f} us", "20 us" if goal else "", f"collector {peak.stop():.0f} MiB at most")

    # --- limits -----------------------------------------------------------------------------------------------------

    def limits(self):
        rows = span_rows(60_000 if self.options.quick else 300_000)
        rates = [self.sqlite_rows(rows) for _ in range(3)]
        self.raw["SQLite rows"] = statistics.median(rates)
        self.row("c", "raw rows of the same spans into SQLite, three indexes, 512 a transaction", f"{statistics.median(rates):,.0f}/s", "",
                 "median of 3")
        if (POSTGRES / "postgres").exists():
            rates = [self.postgres_rows(rows) for _ in range(3)]
            self.raw["PostgreSQL rows"] = statistics.median(rates)
            self.row("c", "the same by COPY into PostgreSQL", f"{statistics.median(rates):,.0f}/s", "", "median of 3")
        self.rotel()

    def sqlite_rows(self, rows):
        path = self.scratch / "rows.db"
        for file in self.scratch.glob("rows.db*"):
            file.unlink()
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        for statement in row_schema("BLOB", "INTEGER"):
            database.execute(statement)
        start = time.monotonic()
        for index in range(0, len(rows), 512):
            database.execute("BEGIN")
            database.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows[index:index + 512])
            database.execute("COMMIT")
        elapsed = time.monotonic() - start
        database.close()
        return len(rows) / elapsed

    def postgres_rows(self, rows):
        postgres = Postgres(self.scratch / f"rows-{time.monotonic_ns()}")
        try:
            postgres.psql(";\n".join(row_schema("BYTEA", "BIGINT")) + ";")
            script = []
            for index in range(0, len(rows), 512):
                script.append("COPY spans FROM STDIN;\n")
                for row in rows[index:index + 512]:
                    script.append("\t".join(
                        "\\\\x" + value.hex() if isinstance(value, bytes) else "\\N" if value is None else str(value) for value in row) + "\n")
                script.append("\\.\n")
            script = "".join(script)
            start = time.monotonic()
            postgres.psql(script)
            return len(rows) / (time.monotonic() - start)
        finally:
            postgres.stop()

    def rotel(self):
        """A peer that takes OTLP and throws it away."""
        agent = next(iter(sorted(Path(sys.prefix).glob("lib/python3*/site-packages/rotel/rotel-agent"))
                          or sorted((ROOT / ".argus/venv").glob("lib/python3*/site-packages/rotel/rotel-agent"))), None)
        if not agent:
            self.row("c", "rotel", "not installed", "", "pip install rotel into .argus/venv")
            return
        ports = {"grpc": free_port(), "http": free_port()}
        process = subprocess.Popen(
            [agent, "start", "--exporter", "blackhole", "--otlp-grpc-endpoint", f"127.0.0.1:{ports['grpc']}", "--otlp-http-endpoint",
             f"127.0.0.1:{ports['http']}", "--otlp-grpc-max-recv-msg-size-mib", "64", "--pid-file", self.scratch / "rotel.pid",
             "--log-file", self.scratch / "rotel.log"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for transport, port in ports.items():
                wait_for("rotel's start", 10, lambda: answers(port))
                for batch in [512, 100, 1]:
                    result = self.generate(
                        "telemetry", port=port, transport=transport, batch=batch, seconds=self.options.seconds / 6,
                        **in_flight(transport, batch))
                    self.raw[f"rotel {transport} {batch}"] = result["items_per_second"]
                    self.row("c", f"rotel discarding spans by {transport} in batches of {batch}", f"{result['items_per_second']:,.0f}/s", "",
                             f"{result['failed_requests']} failed")
        finally:
            process.terminate()
            process.wait()

    # --- queries ----------------------------------------------------------------------------------------------------

    def queries(self):
        sizes = [10_000, 100_000] if self.options.quick else [10_000, 1_000_000, 20_000_000]
        suite = TelemetrySuite(self.bin, self.scratch / "queries")
        stored = 0
        try:
            for size in sizes:
                while stored < size:
                    result = self.generate(
                        "telemetry", port=suite.ports["HTTP"], batch=512, items=size - stored, seconds=3600, connections=4)
                    stored += result["accepted_items"]
                wait_for("storing", 900, lambda: suite.stored("traces") >= stored)
                self.generate("telemetry", port=suite.ports["HTTP"], batch=512, signal="logs", items=10_240, seconds=3600)
                self.ask(suite, size)
            size = sum(file.stat().st_size for file in suite.data.glob("otlp-collector.db*"))
            self.row("d", f"database of {stored:,} spans", f"{size / 2**20:,.0f} MiB", "", f"{size / stored:.0f} B a span")
            self.row("d", "resident memory of otlp-collector", f"{suite.usage()['otlp-collector'][1]:.0f} MiB", "300 MiB")
        finally:
            suite.stop()

    def ask(self, suite, size):
        traces = call("GET", f"{suite.api}/api/traces?limit=20&range=24h")["traces"]
        trace = urllib.parse.quote(traces[len(traces) // 2]["trace_id"])
        questions = [
            ("/api/metrics/dashboard", 50), ("/api/metrics/traffic", 50), ("/api/metrics/latency_heatmap", 50),
            ("/api/metrics/service-map", 50), ("/api/metrics/dashboard?range=24h", 50), (f"/api/traces/{trace}", 5), ("/api/traces", 50),
            ("/api/traces?service=service-3", None), ("/api/traces?status=error", None), ("/api/traces?service=service-3&operation=GET%20/resource-1/%7Bid%7D", None),
            ("/api/traces?attribute=http.response.status_code%3D500", None), ("/api/traces?q=reset", None), ("/api/logs", None),
            ("/api/logs?q=refused", None), ("/api/metadata/services", 2), ("/api/stats", None),
        ]
        for path, goal in questions:
            times = []
            for _ in range(3 if self.options.quick else 15):
                start = time.monotonic()
                urllib.request.urlopen(suite.api + path, timeout=60).read()
                times.append((time.monotonic() - start) * 1000)
            median = statistics.median(times)
            shown = path.replace(trace, "{id}")
            self.raw[f"query {shown} {size}"] = median
            self.row("d", f"{size:,} spans, {shown}", f"{median:.1f} ms, worst {max(times):.1f} ms", f"{goal} ms" if goal else "")

    # --- overload ---------------------------------------------------------------------------------------------------

    def overload(self):
        """More than the writer manages, with a queue that fills: memory levels off and clients are refused."""
        suite = None
        try:
            suite = OverloadSuite(self.bin, self.scratch / "overload")
            peak = PeakMemory(suite)
            result = self.generate(
                "telemetry", port=suite.ports["HTTP"], batch=512, connections=64, seconds=2 * self.options.seconds)
            samples = peak.samples
            half = len(samples) // 2
            wait_for("storing", 900, lambda: suite.stored("traces") >= result["accepted_items"])
            self.row("e", f"64 connections for {result['seconds']:.0f} s into a queue of 256 MB",
                     f"{result['items_per_second']:,.0f}/s accepted, {result['refused_requests']} requests refused", "",
                     f"{result['failed_requests']} failed, {result['unanswered']} unanswered; every accepted span is stored")
            self.row("e", "resident memory of otlp-collector, first and second half",
                     f"{max(samples[:half]):.0f} / {max(samples[half:]):.0f} MiB at most", "300 MiB")
            peak.stop()
        finally:
            if suite:
                suite.stop()

    def ratios(self):
        for transport in ["grpc", "http"]:
            for batch in [512, 100, 1]:
                ours, peer = f"SQLite spans {transport} {batch} trace accepted", f"rotel {transport} {batch}"
                if ours in self.raw and peer in self.raw:
                    yield f"accepted by {transport} in batches of {batch} / rotel (goal 0.8)", self.raw[ours] / self.raw[peer]
        for database in ["SQLite", "PostgreSQL"]:
            stored = f"{database} spans http 512 trace stored"
            if stored in self.raw and f"{database} rows" in self.raw:
                yield f"stored in {database} / raw rows (goal 1)", self.raw[stored] / self.raw[f"{database} rows"]


class OverloadSuite(TelemetrySuite):
    def start_service(self, name, port, **environment):
        return super().start_service(name, port, ARGUS_TELEMETRY_MAX_BYTES="256MB", **environment)


class PeakMemory:
    """Samples the collector's resident memory until it is stopped."""

    def __init__(self, suite):
        self.suite = suite
        self.samples = [0]
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.sample, daemon=True)
        self.thread.start()

    def sample(self):
        while not self.ended.wait(0.5):
            try:
                self.samples.append(self.suite.usage()["otlp-collector"][1])
            except (OSError, KeyError):
                return

    def stop(self):
        self.ended.set()
        self.thread.join()
        return max(self.samples)


def generator_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def answers(port):
    with socket.create_connection(("127.0.0.1", port), 1):
        return True


def row_schema(blob, integer):
    return [
        f"CREATE TABLE spans (trace_id {blob}, span_id {blob}, parent_id {blob}, service TEXT, name TEXT, kind {integer}, "
        f"start_ns {integer}, end_ns {integer}, status {integer}, attributes TEXT)",
        "CREATE INDEX spans_trace ON spans (trace_id)",
        "CREATE INDEX spans_service ON spans (service, start_ns)",
        "CREATE INDEX spans_start ON spans (start_ns)",
    ]


def span_rows(count):
    """The load generator's spans as rows."""
    rows = []
    start = time.time_ns()
    for index in range(count):
        trace, span = divmod(index, 8)
        if span == 0:
            trace_id, parent = secrets.token_bytes(16), None
        operation = (trace + span) % 5
        failed = (trace * 8 + span) % 50 == 49
        attributes = {
            "http.request.method": "GET", "http.route": f"/resource-{operation}/{{id}}", "http.response.status_code": 500 if failed else 200,
            "url.scheme": "http", "server.address": f"service-{span}.internal", "server.port": 8080,
            "client.address": f"10.0.{trace % 16}.{span}", "user_agent.original": "argus-bench/1.0 (loopback)", "thread.id": trace % 32,
            "order.id": secrets.token_hex(8)}
        span_id = secrets.token_bytes(8)
        begin = start + index * 10_000
        rows.append((
            trace_id, span_id, parent, f"service-{(trace * 3 + span // 2) % 20}", f"GET /resource-{operation}/{{id}}", 2, begin,
            begin + 25_000_000, 2 if failed else 0, json.dumps(attributes)))
        parent = span_id
    return rows
