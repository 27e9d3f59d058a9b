"""Sends orders at a steady pace, however long each of them takes, and keeps what was answered."""

import http.client
import itertools
import json
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

ITEMS = ["book", "lamp", "chair", "kettle", "bicycle", "umbrella", "globe", "violin"]
# An order takes up to the service's own time limit; this is only for a service that hangs.
ANSWER_SECONDS = 60
MOST_AT_ONCE = 1024


@dataclass
class Order:
    """An order and what became of it."""

    number: int
    item: str
    quantity: int
    status: int = 0
    trace_id: str = ""
    # The code, message and service of a failure.
    error: str = ""
    message: str = ""
    service: str = ""
    seconds: float = 0.0

    @property
    def is_success(self):
        return self.status in (200, 201)


class OrderRun:
    """All orders of a simulation."""

    def __init__(self, url, count, interval, seed, token=None):
        self.url = urlsplit(url)
        self.interval = interval
        self.headers = {"Content-Type": "application/json", "User-Agent": "argus-simulate"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        # The keys are new each time: a repetition is to place new orders.
        self.name = uuid.uuid4().hex[:12]
        self.choice = random.Random(seed)
        self.orders = [self.draw(number) for number in range(1, count + 1)]
        self.started = self.ended = 0.0
        self.lateness = 0.0

    def draw(self, number):
        return Order(number, self.choice.choice(ITEMS), self.choice.randint(1, 5))

    def send_endlessly(self, quiet):
        """Sends one order after the other until it is interrupted, and keeps none of them."""
        for number in itertools.count(1):
            order = self.draw(number)
            self.place(order)
            if not quiet:
                outcome = order.message or "confirmed"
                print(f"{order.quantity} x {order.item}: {order.status} {outcome} ({order.seconds:.3f} s)", flush=True)
            time.sleep(self.interval)

    def send(self, progress):
        lock = threading.Lock()
        done = []

        def place(order):
            self.place(order)
            with lock:
                done.append(order)
                progress.placed(done)

        self.started = time.time()
        start = time.monotonic()
        with ThreadPoolExecutor(min(len(self.orders), MOST_AT_ONCE)) as pool:
            try:
                for index, order in enumerate(self.orders):
                    due = start + index * self.interval
                    time.sleep(max(0.0, due - time.monotonic()))
                    self.lateness = max(self.lateness, time.monotonic() - due)
                    pool.submit(place, order)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        self.ended = time.time()

    def place(self, order):
        body = json.dumps({"item": order.item, "quantity": order.quantity, "customer": f"simulation {self.name}"})
        headers = {**self.headers, "Idempotency-Key": f"{self.name}-{order.number}"}
        start = time.monotonic()
        try:
            connection = self.connect()
            connection.request("POST", f"{self.url.path.rstrip('/')}/orders", body, headers)
            answer = connection.getresponse()
            text = answer.read()
            order.seconds = time.monotonic() - start
            connection.close()
            order.status = answer.status
            order.trace_id = answer.headers.get("X-Trace-Id", "")
            failure = json.loads(text).get("error") or {}
            order.error, order.message = failure.get("code", ""), failure.get("message", "")
            order.service = failure.get("service", "")
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            order.seconds = order.seconds or time.monotonic() - start
            order.error, order.message = "no_answer", f"no answer: {error}"

    def connect(self):
        kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        return kind(self.url.hostname, self.url.port, timeout=ANSWER_SECONDS)

    @property
    def failed(self):
        return [order for order in self.orders if not order.is_success]

    def failed_with(self, *codes):
        return [order for order in self.orders if order.error in codes]

    def quantile(self, share):
        return quantile([order.seconds for order in self.orders], share)


def quantile(values, share):
    """The smallest value that is not exceeded by that share of the values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))] if ordered else 0.0
