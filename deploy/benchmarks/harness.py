"""What the benchmarks share: processes, waiting, and the table."""

import json
import os
import platform
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class BenchError(Exception):
    pass


def free_port():
    """Below the ports that the kernel gives to connections, which could take one before its server binds it."""
    while True:
        port = random.randrange(10_000, 20_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def call(method, url, body=None, timeout=30):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def wait_for(what, seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            value = condition()
            if value:
                return value
        except OSError:
            pass
        time.sleep(0.1)
    raise BenchError(f"{what} did not happen within {seconds} s")


class Suite:
    """nats-server and services, each a process of this one, on ports and data of their own."""

    def __init__(self, binaries, data):
        self.binaries = binaries
        self.data = Path(data)
        self.data.mkdir(exist_ok=True)
        self.processes = []
        self.ports = {"NATS": free_port()}
        try:
            self.start_server()
            ready = self.start_services()
            for port in ready:
                wait_for(f"http://127.0.0.1:{port}/readyz", 60, lambda: call_ok(f"http://127.0.0.1:{port}/readyz"))
        except BaseException:
            self.stop()
            raise

    def start_services(self):
        """Starts the services and returns the ports that must become ready."""
        raise NotImplementedError

    def start_server(self):
        config = self.data / "nats.conf"
        config.write_text(
            f'listen: 127.0.0.1:{self.ports["NATS"]}\nmax_payload: 8MB\n'
            f'jetstream {{ store_dir: "{self.data}/nats"\n sync_interval: always }}\n')
        self.start("nats-server", [nats_server(), "-c", str(config)], {})
        wait_for("nats-server's start", 10, lambda: socket.create_connection(("127.0.0.1", self.ports["NATS"]), 1))

    def start_service(self, name, port, **environment):
        self.start(name, [self.binaries / name], {
            "NATS_URL": f"nats://127.0.0.1:{self.ports['NATS']}", "HTTP_PORT": str(port), "LOG_LEVEL": "warning",
            "DB_DSN": str(self.data / f"{name}.db"), **environment})
        return port

    def start(self, name, command, environment):
        log = open(self.data / f"{name}.log", "a")
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=self.data, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.processes.append((name, process))

    def stop(self):
        for _, process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def pids(self, name):
        return [process.pid for other, process in self.processes if other == name and process.poll() is None]

    def usage(self):
        """CPU seconds and resident MiB by service."""
        result = {}
        for name in dict.fromkeys(name for name, _ in self.processes):
            cpu = memory = 0
            for pid in self.pids(name):
                fields = stat(pid)
                cpu += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                memory += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 2**20
            result[name] = (cpu, memory)
        return result


def stat(pid):
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def nats_server():
    local = ROOT / ".argus/venv/bin/nats-server"
    server = os.environ.get("ARGUS_NATS_SERVER") or (str(local) if local.exists() else shutil.which("nats-server"))
    if not server:
        raise BenchError("nats-server is missing: deploy/run installs it")
    return server


def call_ok(url):
    try:
        urllib.request.urlopen(url, timeout=2).read()
        return True
    except (urllib.error.URLError, OSError):
        return False


class Bench:
    """What every benchmark has: release builds, a scratch directory, rows and one table."""

    products = []

    def __init__(self, options):
        self.options = options
        self.parts = set(options.only.split(","))
        self.rows = []
        self.bin = None
        self.raw = {}

    def row(self, part, what, measured, goal="", note=""):
        self.rows.append((part, what, measured, goal, note))
        print(f"  {part} {what}: {measured} {('(goal ' + goal + ')') if goal else ''} {note}", file=sys.stderr, flush=True)

    def run(self):
        self.build()
        with tempfile.TemporaryDirectory(prefix="argus-bench-", dir=self.options.scratch) as scratch:
            self.scratch = Path(scratch)
            self.measure()
        self.print_table()

    def build(self):
        if not self.options.no_build:
            for product in [*self.products, "argus-bench"]:
                subprocess.run(["swift", "build", "-c", "release", "--product", product], cwd=ROOT, check=True, stdout=sys.stderr)
        path = subprocess.run(
            ["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
        self.bin = Path(path.stdout.strip())

    def generate(self, command, **arguments):
        """Runs the load generator and returns what it printed."""
        words = [self.bin / "argus-bench", command]
        for name, value in arguments.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        result = subprocess.run(words, capture_output=True, text=True)
        if result.returncode != 0:
            raise BenchError(result.stderr.strip())
        return json.loads(result.stdout)

    def ratios(self):
        """Pairs of a name and a number, printed below the table."""
        return []

    def print_table(self):
        version = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
        cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "?")
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        print(f"\n{os.cpu_count()} x {cpu}, Linux {platform.release()}, {version}, commit {commit}, load average {load}\n")
        print("| | what | measured | goal | |\n|---|---|---|---|---|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")
        ratios = [f"{name}: {value:.2f}" for name, value in self.ratios()]
        if ratios:
            print("\nRatios: " + "; ".join(ratios))
