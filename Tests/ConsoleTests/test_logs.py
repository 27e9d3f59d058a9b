"""Logs, live logs through the death of the collector, and telemetry that means harm."""

import json
import re
import signal
import time
from urllib.parse import quote

from playwright.sync_api import expect

import telemetry
from browser import go, query, sign_in
from runner import test

# A collector that dies takes its connections along, and the browser says so.
AWAY = [r"WebSocket connection", r"ERR_CONNECTION", r"status of 50[234]", r"status of 404"]
DIRECTION_OR_CONTROL = "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u202a-\\u202e\\u2066-\\u2069]"


@test("logs: an entry opens in place, tells its attributes, leads to what was logged around it and to its trace")
def test_entry(bed):
    log = next(log for log in bed.suite.get("/api/logs?service=chaos-order&range=1h&limit=200")["logs"] if log["trace_id"])
    with bed.visit(path=f"/logs?range=1h&q=service%3Achaos-order&log={log['id']}") as page:
        expect(page.get_by_role("region", name="Linked entry")).to_be_visible()
        page.locator(".log-list .log-line").last.click()
        entry = page.locator(".log-row.open")
        expect(entry.get_by_role("region", name="Attributes")).to_be_visible()
        entry.get_by_role("button", name="± 1 min around it").click()
        expect(entry.locator("[aria-current=true]")).to_be_visible()
        go(page, f"/logs?log={log['id']}")
        page.get_by_role("link", name="Jump to trace").click()
        page.wait_for_url(f"**/traces/{log['trace_id']}*")
        expect(page.get_by_role("tree")).to_be_visible()


@test("logs: words and severities narrow the list; a filter of a trace's terms says what it leaves out")
def test_filter(bed):
    with bed.visit(path="/logs?range=1h&q=severity%3Aerror") as page:
        page.wait_for_selector(".log-line")
        expect(page.locator(".log-line:not(.error):not(.fatal)")).to_have_count(0)
        go(page, "/logs?q=status%3Aerror")
        expect(page.get_by_text("is for traces; left out here")).to_be_visible()


@test("logs: live is off at first, has one connection, and shows what comes without a question")
def test_live(bed):
    sockets = []
    service = f"live-{time.time_ns()}"
    with bed.visit(path=f"/logs?q=service%3A{service}", prepare=lambda page: page.on("websocket", lambda one: sockets.append(one))) as page:
        page.get_by_text("No entry matches").wait_for()
        assert not sockets
        page.get_by_role("button", name="Live", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
        asked = page.watch.asked("/api/logs?")
        for index in range(3):
            bed.suite.send("logs", telemetry.logs(service, [telemetry.record(f"entry {index}")]))
        expect(page.locator(".log-line")).to_have_count(3)
        assert page.watch.asked("/api/logs?") == asked
        page.get_by_role("button", name="Live", exact=True).click()
        expect(page.get_by_role("button", name="Live", exact=True)).to_have_attribute("aria-pressed", "false")
        assert len(sockets) == 1 and sockets[0].is_closed()


@test("logs: live keeps the newest 2,000, counts what was missed, and holds still when scrolled up")
def test_live_bounds(bed):
    def entries(first, last):
        common = {"time": "2026-01-01T10:00:00Z", "time_ns": "1767261600000000000", "service": "stub", "severity": "info", "severity_number": 9, "severity_text": "",
                  "attributes": {}, "event_name": None, "trace_id": None, "span_id": None, "resource": {}, "scope": {"name": "", "version": "", "attributes": {}}}
        return [common | {"id": str(index), "body": f"entry {index}"} for index in range(first, last)]

    server = []
    with bed.visit(path="/logs?q=nothing-says-this&live=1", prepare=lambda page: page.route_web_socket("**/ws*", lambda one: server.append(one))) as page:
        page.wait_for_function("() => document.querySelector('.log-list, .state')")
        expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
        send(server[-1], entries(0, 2_500))
        expect(page.locator(".log-line").last).to_contain_text("entry 2499")
        view = page.locator(".log-list .virtual")
        assert page.locator(".log-line").count() < 200
        assert round(view.evaluate("one => one.scrollHeight") / page.locator(".virtual-row").first.evaluate("one => one.offsetHeight")) <= 2_002
        send(server[-1], entries(2_500, 2_501), missed=1234)
        expect(page.get_by_role("status").filter(has_text="1,234 were missed")).to_be_visible()
        expect(page.locator(".log-line").last).to_contain_text("entry 2500")
        view.hover()
        page.mouse.wheel(0, -600)
        resume = page.get_by_role("button", name=re.compile("new, resume"))
        expect(resume).to_be_visible()
        top = view.evaluate("one => one.scrollTop")
        send(server[-1], entries(2_501, 2_511))
        expect(resume).to_contain_text("10 new")
        assert view.evaluate("one => one.scrollTop") == top
        resume.click()
        expect(page.locator(".log-line").last).to_contain_text("entry 2510")


def send(socket, entries, **more):
    socket.send(json.dumps({"entries": entries, "last": entries[-1]["id"], **more}))


@test("logs: live goes on where it was when the collector was killed and came back")
def test_restart(bed):
    collector = bed.collector()
    service = f"restart-{time.time_ns()}"

    def log(index):
        collector.send("logs", telemetry.logs(service, [telemetry.record(f"entry {index} of {service}")]))

    with bed.browser.visit(collector.url, f"/logs?live=1&q=service%3A{service}", allowed=AWAY, prepare=sign_in) as page:
        expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
        for index in range(3):
            log(index)
        expect(page.locator(".log-line")).to_have_count(3)
        collector.kill()
        expect(page.get_by_role("status").filter(has_text="connection lost")).to_be_visible()
        collector.start()
        for index in range(3, 6):
            log(index)
        expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
        expect(page.locator(".log-line")).to_have_count(6)
        said = [line.split(" of ")[0] for line in page.locator(".log-line .log-body").all_inner_texts()]
        assert said == [f"entry {index}" for index in range(6)], f"twice, missing or in disorder: {said}"


def signed_in_with_a_clock(page):
    sign_in(page)
    page.clock.install()


@test("logs: live notices a collector that is silent because it hangs, and one that is silent because nothing happens")
def test_silent(bed):
    collector = bed.collector()
    with bed.browser.visit(collector.url, "/logs?live=1", allowed=AWAY, prepare=signed_in_with_a_clock) as page:
        live = page.get_by_role("status").filter(has_text="live")
        expect(live).to_be_visible()
        with page.expect_websocket():
            page.clock.run_for(31_000)
        expect(live).to_be_visible()
        collector.send("logs", telemetry.logs("silence", [telemetry.record("said after a silence")]))
        expect(page.locator(".log-line").filter(has_text="said after a silence")).to_be_visible()
        expect(page.locator(".log-note")).to_have_count(0)
        collector.collector.send_signal(signal.SIGSTOP)
        try:
            with page.expect_websocket():
                page.clock.run_for(31_000)
            page.clock.run_for(11_000)
            expect(page.get_by_role("status").filter(has_text="connection lost")).to_be_visible()
        finally:
            collector.collector.send_signal(signal.SIGCONT)
        page.clock.run_for(20_000)
        expect(live).to_be_visible()


@test("hostile: names, bodies and attributes with markup are shown as text on every page, and nothing of them runs")
def test_hostile(bed):
    service = quote(f'service:"{telemetry.HOSTILE_SERVICE}"'.replace('<b id="hostile">', '<b id=\\"hostile\\">'))
    bed.suite.event("trigger", f"{telemetry.HOSTILE}/%2f?#", summary=telemetry.HOSTILE, severity="low", source=telemetry.HOSTILE, component="<u>",
                    details={"html": telemetry.HOSTILE, "trace_id": bed.hostile}, **{"class": "<i>class</i>"},
                    links=[{"href": "javascript:alert(3)", "text": telemetry.HOSTILE}])
    key = quote(f"{telemetry.HOSTILE}/%2f?#", safe="")
    places = {
        "/": ".tile", "/dashboard?range=1h": ".chart canvas", "/map?range=1h": ".map-node", f"/map?range=1h&service={quote(telemetry.HOSTILE_SERVICE)}": ".map-panel h2",
        f"/traces?range=1h&q={service}": "table[aria-label=Traces] tbody tr", f"/traces/{bed.hostile}": "[role=treeitem]",
        f"/logs?range=1h&q={service}": ".log-line", "/alerts": "table[aria-label=Alerts] tbody tr", f"/alerts?alert={key}&manager=demo": ".drawer .alerts-timeline li",
        f"/traces?q={quote(telemetry.HOSTILE)}": ".state", f"/processes?process={quote(telemetry.HOSTILE)}": ".drawer", f"/runs?run={quote(telemetry.HOSTILE)}": "h1",
    }
    with bed.visit() as page:
        for path, ready in places.items():
            go(page, path)
            page.wait_for_selector(ready)
            check_harmless(page, path)
        for path in places:
            if "/traces/" in path:
                go(page, path)
                page.locator("[role=treeitem]").first.click()
                expect(page.locator(".drawer")).to_contain_text("Show the first 20,000 of 1,000,000 characters")
                expect(page.locator(".drawer")).to_contain_text("<script>alert(2)</script>")
                expect(page.locator(".drawer")).to_contain_text("\\u202egnp.exe")
                check_harmless(page, "the span's drawer")


@test("hostile: a line of a megabyte is cut, in the list and when it is open")
def test_long_line(bed):
    with bed.visit(path=f"/logs?range=1h&trace={bed.hostile}") as page:
        line = page.locator(".log-line").filter(has_text="LLLLLLLLLL")
        assert len(line.inner_text()) < 2_000
        line.click()
        expect(page.locator(".log-row.open")).to_be_visible()
        assert page.evaluate("document.body.textContent.length") < 100_000
        page.get_by_role("button", name="Show the first 20,000 of 1,000,000 characters").click()
        assert 20_000 < page.evaluate("document.body.textContent.length") < 200_000
        check_harmless(page, "the open line")


def check_harmless(page, where):
    made = page.evaluate("document.querySelectorAll('main img, main script, #hostile, main u, main i, a[href^=javascript]').length")
    assert made == 0, f"{where}: markup of telemetry became elements"
    marks = page.evaluate(f"(document.body.textContent.match(/{DIRECTION_OR_CONTROL}/g) ?? []).map((one) => one.charCodeAt(0).toString(16))")
    assert not marks, f"{where}: marks that cannot be seen are in the text: {marks}"
    assert page.evaluate("({}).polluted === undefined && Object.prototype.hasOwnProperty('polluted') === false")
    assert query(page, "hacked") is None
