"""The suite that orders are sent to: one that runs, or one that is started for the purpose and removed afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# A build from nothing takes minutes.
START_SECONDS = 3600


class SimulationError(Exception):
    pass


class RunningSuite:
    """A suite that somebody else started, and that others may be using."""

    is_own = False

    def __init__(self, order_url, argus_url):
        self.order_url = order_url.rstrip("/")
        self.argus_url = argus_url.rstrip("/")

    def __enter__(self):
        url = f"{self.order_url}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return self
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise SimulationError(f"chaos-order is not ready: {url} answers {error}") from None

    def __exit__(self, *_):
        pass


class OwnSuite:
    """A suite on free ports and a data directory of its own."""

    is_own = True

    def __init__(self, options):
        self.options = options
        self.process = self.data = None

    def __enter__(self):
        self.data = Path(tempfile.mkdtemp(prefix="argus-simulate-"))
        # PostgreSQL's own user must be able to pass.
        self.data.chmod(0o755)
        try:
            self.start()
            endpoints = read_endpoints(self.data / "endpoints")
            self.order_url, self.argus_url = endpoints["CHAOS_ORDER_ADDRESS"], endpoints["EDGE_URL"]
            return self
        except BaseException:
            self.__exit__()
            raise

    def start(self):
        # Should this script be killed, deploy/run stops everything by itself.
        command = ["setpriv", "--pdeathsig", "TERM", ROOT / "deploy/run", "--chaos", "--quiet", "--data", self.data, "--ports", "auto"]
        command += ["--postgres"] * self.options.postgres + ["--no-build"] * self.options.no_build
        environment = {**os.environ, "CHAOS_SEED": str(self.options.seed)}
        print("Starting Argus and the demo services (building first, which can take minutes)", file=sys.stderr, flush=True)
        with open(self.data / "run.log", "w") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while not (self.data / "endpoints").exists():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SimulationError(f"deploy/run --chaos did not start:\n{self.log()}")
            time.sleep(0.1)

    def log(self):
        return "\n".join((self.data / "run.log").read_text(errors="replace").splitlines()[-40:])

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                # A second signal makes it stop at once.
                self.process.terminate()
                self.process.wait()
        if self.options.keep:
            print(f"The data is in {self.data}", file=sys.stderr)
        else:
            shutil.rmtree(self.data, ignore_errors=True)


def find_suite(options):
    """What the options name, or what runs on the repository's own data directory, or one of our own."""
    if options.order_url:
        return RunningSuite(options.order_url, options.argus_url)
    if options.endpoints:
        return suite_of(read_endpoints(Path(options.endpoints)), options.endpoints)
    usual = ROOT / ".argus/endpoints"
    if usual.exists():
        endpoints = read_endpoints(usual)
        if "CHAOS_ORDER_ADDRESS" in endpoints and is_alive(endpoints.get("RUN_PID")):
            return suite_of(endpoints, usual)
    return OwnSuite(options)


def suite_of(endpoints, path):
    try:
        return RunningSuite(endpoints["CHAOS_ORDER_ADDRESS"], endpoints["EDGE_URL"])
    except KeyError as missing:
        raise SimulationError(f"{path} has no {missing.args[0]}: was deploy/run started with --chaos?") from None


def read_endpoints(path):
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise SimulationError(f"the endpoints file {path} cannot be read: {error.strerror}") from None
    return dict(line.split("=", 1) for line in lines if "=" in line)


def is_alive(pid):
    return bool(pid) and Path(f"/proc/{pid}").exists()
