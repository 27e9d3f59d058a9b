"""What the console is tested against: the whole demo, or a collector of one's own that may be killed, locked and emptied."""

import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# A build from nothing takes minutes.
START_SECONDS = 3600
# The one that a collector with a lock takes.
TOKEN = "console-tests"


def request(method, url, body=None, token=None, timeout=20):
    """Sends JSON and returns what the answer's JSON is; raises for anything but success."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=timeout) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def eventually(what, condition, seconds=30):
    """Waits until a condition holds and returns what it returned; fails with what was waited for."""
    end = time.monotonic() + seconds
    while True:
        try:
            if found := condition():
                return found
            last = found
        except (OSError, KeyError, IndexError, ValueError) as error:
            last = error
        assert time.monotonic() < end, f"not within {seconds} s: {what} (last: {last!r})"
        time.sleep(0.1)


class Suite:
    """A running suite: its console, its APIs and its doors."""

    def __init__(self, endpoints):
        self.url = endpoints["EDGE_URL"]
        self.otlp_url = endpoints["OTLP_HTTP_URL"]
        self.bus_url = endpoints["NATS_URL"]
        self.supervisor_url = endpoints.get("COMPOSE_STANDIN_ADDRESS")
        self.token = None

    def get(self, path):
        return request("GET", self.url + path, token=self.token)

    def post(self, path, body=None):
        return request("POST", self.url + path, body, token=self.token)

    def send(self, kind, body):
        """Sends `traces` or `logs` as OTLP's JSON."""
        return request("POST", f"{self.otlp_url}/v1/{kind}", body, token=self.token)

    def event(self, action, key, manager="demo", **fields):
        """Triggers, acknowledges or resolves an alert."""
        self.post("/v1/events", {"event_manager_id": manager, "action": action, "dedupKey": key, **fields})

    def report_run(self, outcome):
        """Reports a workflow run as a program in any language would."""
        subprocess.run([ROOT / "deploy/demo/report-run", outcome, "--nats-url", self.bus_url], check=True, stdout=subprocess.DEVNULL, timeout=20)

    def crash(self, name, code=1):
        request("POST", f"{self.supervisor_url}/standin/crash/{name}?code={code}")


class DemoSuite:
    """`deploy/run --demo` on free ports and a data directory of its own, which is removed afterwards."""

    def __enter__(self):
        self.data = Path(tempfile.mkdtemp(prefix="argus-console-"))
        # Should this program be killed, deploy/run stops everything by itself.
        command = ["setpriv", "--pdeathsig", "TERM", ROOT / "deploy/run", "--demo", "--quiet", "--data", self.data, "--ports", "auto"]
        with open(self.data / "run.log", "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            end = time.monotonic() + START_SECONDS
            while not (self.data / "endpoints").exists():
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"deploy/run --demo did not start:\n{(self.data / 'run.log').read_text(errors='replace')[-4000:]}")
                time.sleep(0.1)
            return Suite(read_endpoints(self.data / "endpoints"))
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        end(self.process, 60)
        shutil.rmtree(self.data, ignore_errors=True)


class LoneCollector(Suite):
    """A bus and an otlp-collector that serves the console and wants a token: nothing has ever arrived, and there is no alert-api."""

    def __init__(self):
        self.token = TOKEN

    def __enter__(self):
        self.data = Path(tempfile.mkdtemp(prefix="argus-collector-"))
        self.bus = self.collector = None
        ports = free_ports(5)
        self.bus_port, self.monitor_port, self.port, self.otlp_port, self.grpc_port = ports
        self.url, self.otlp_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.otlp_port}"
        try:
            store = {"ARGUS_NATS_PORT": self.bus_port, "ARGUS_NATS_MONITOR_PORT": self.monitor_port, "ARGUS_NATS_STORE": f'"{self.data}/nats"'}
            self.bus = self.launch("nats", [os.environ["ARGUS_NATS_SERVER"], "-c", ROOT / "deploy/nats/nats.conf"], store)
            wait_for(f"http://127.0.0.1:{self.monitor_port}/healthz")
            self.start()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        end(self.collector, 10)
        end(self.bus, 10)
        shutil.rmtree(self.data, ignore_errors=True)

    def start(self):
        self.collector = self.launch("otlp-collector", [Path(os.environ["ARGUS_BIN_DIR"]) / "otlp-collector"], {
            "HTTP_PORT": self.port, "OTLP_HTTP_PORT": self.otlp_port, "OTLP_GRPC_PORT": self.grpc_port, "NATS_URL": f"nats://127.0.0.1:{self.bus_port}",
            "DB_DSN": f"{self.data}/telemetry.db", "DLQ_DIR": f"{self.data}/dlq", "CONSOLE_DIR": os.environ["ARGUS_CONSOLE"],
            "ARGUS_TOKENS": f"tests:admin:{hashlib.sha256(TOKEN.encode()).hexdigest()}",
        })
        wait_for(f"{self.url}/readyz")

    def purge(self):
        request("DELETE", f"{self.url}/api/admin/purge", token=self.token)

    def kill(self):
        """Ends the collector as the kernel would: without a word."""
        self.collector.send_signal(signal.SIGKILL)
        self.collector.wait()

    def launch(self, name, command, variables):
        # What configures the tests is nothing to a service.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ARGUS_")}
        with open(self.data / f"{name}.log", "a") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command], env=environment | {name: str(value) for name, value in variables.items()},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)


def free_ports(count):
    """Below the ports that the kernel gives to connections, which could take one before its server binds it."""
    ports = (port for port in random.sample(range(10_000, 20_000), 1000) if is_free(port))
    return list(itertools.islice(ports, count))


def is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def wait_for(url, seconds=60):
    def answers():
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200

    eventually(f"{url} answers", answers, seconds)


def end(process, seconds):
    if not process or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        # A second signal makes deploy/run stop at once.
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def read_endpoints(path):
    return dict(line.split("=", 1) for line in Path(path).read_text().splitlines() if "=" in line)
