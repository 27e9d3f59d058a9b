"""Asks Argus."""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from simulation.suite import SimulationError

AT_ONCE = 8


class Argus:
    """The query API of otlp-collector, directly or behind the edge."""

    def __init__(self, url, token=None):
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def require(self):
        """Fails where nobody answers questions."""
        try:
            if self.get("/api/metadata/services") is not None:
                return
            reason = "has no query API"
        except OSError as error:
            reason = f"does not answer: {error}"
        raise SimulationError(f"{self.url} {reason}")

    def get(self, path, **query):
        """The answer to a question; None where there is nothing of that name."""
        text = urllib.parse.urlencode(query)
        request = urllib.request.Request(f"{self.url}{path}" + (f"?{text}" if text else ""), headers=self.headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            detail = error.read(300).decode(errors="replace")
            raise OSError(f"{request.full_url} answers {error.code}: {detail}") from None
        except ValueError as error:
            raise OSError(f"{request.full_url} does not answer JSON: {error}") from None

    def traces(self, ids):
        """Traces by id, those that are there."""
        failures = []
        lock = threading.Lock()

        def fetch(trace_id):
            try:
                return trace_id, self.get(f"/api/traces/{trace_id}")
            except OSError as error:
                with lock:
                    failures.append(error)
                return trace_id, None

        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = {trace_id: trace for trace_id, trace in pool.map(fetch, ids) if trace}
        if failures and not found:
            raise failures[0]
        return found

    def dashboard(self, start, end):
        return self.get("/api/metrics/dashboard", **{"from": start, "to": end})

    def service_map(self, start, end):
        return self.get("/api/metrics/service-map", **{"from": start, "to": end})
