"""Dashboard, map, traces: from a chart to the spans behind it."""

import json
import re
import secrets
import time

from playwright.sync_api import expect

import telemetry
from browser import NARROW, WIDE, go, overflow, query
from runner import test
from suite import eventually
from telemetry import LARGE, MILLISECOND

ROWS = "[role=treeitem]"
# Rows in sight on the highest screen, and those kept ready beside them.
MOST_ROWS = 150


@test("filter: completes by keyboard, applies on Enter, says what it does not understand")
def test_filter(bed):
    with bed.visit(path="/traces") as page:
        box = page.get_by_role("combobox", name="Filter traces")
        box.press_sequentially("service:chaos-p")
        expect(page.get_by_role("option", name=re.compile("service:chaos-payment"))).to_be_visible()
        box.press("ArrowDown")
        assert box.get_attribute("aria-activedescendant") == page.locator("[role=option][aria-selected=true]").get_attribute("id")
        box.press("Enter")
        assert query(page, "q") == "service:chaos-payment"
        expect(page.locator("table[aria-label=Traces] tbody tr").first).to_be_visible()
        box.fill("service:chaos-payment status:wrong")
        box.press("Escape")
        box.press("Enter")
        expect(page.get_by_text("status: is error or ok")).to_be_visible()
        page.get_by_role("button", name="Clear the filter").click()
        assert query(page, "q") is None


@test("filter: completes behind a value in quotes, and such a value without its quotes")
def test_quoted_completion(bed):
    with bed.visit(path="/traces") as page:
        box = page.get_by_role("combobox", name="Filter traces")
        box.press_sequentially("operation:POST")
        page.get_by_role("option", name='operation:"POST /orders"').click()
        assert query(page, "q") == 'operation:"POST /orders"'
        box.press_sequentially("status:e")
        expect(page.get_by_role("option")).to_have_text(re.compile("status:error"))
        box.press("ArrowDown")
        box.press("Enter")
        assert query(page, "q") == 'operation:"POST /orders" status:error'


@test("filter: narrows the dashboard's charts, and stays while the range changes")
def test_dashboard_filter(bed):
    with bed.visit(path="/dashboard?q=service%3Achaos-payment") as page:
        with page.expect_response(lambda answer: "/api/metrics/traffic" in answer.url and "service=chaos-payment" in answer.url):
            page.get_by_role("button", name="15m", exact=True).click()
        assert query(page, "q") == "service:chaos-payment"


@test("dashboard: a brush over a chart zooms, and back undoes it")
def test_brush(bed):
    with bed.visit(path="/dashboard?range=15m") as page:
        drag(page, page.get_by_role("img", name="Traffic over time"), 0.3, 0.6)
        page.wait_for_url("**from=*")
        begin, end = page.evaluate("['from', 'to'].map((name) => Date.parse(new URLSearchParams(location.search).get(name)))")
        assert 150_000 < end - begin < 400_000, f"zoomed to {end - begin} ms of 15 min"
        assert query(page, "range") is None
        expect(page.get_by_role("group", name="Time range").get_by_role("button", pressed=True)).to_contain_text("–")
        page.go_back()
        expect(page.get_by_role("button", name="15m", exact=True)).to_have_attribute("aria-pressed", "true")


@test("dashboard: a cell of the heatmap leads to the traces behind it")
def test_heatmap(bed):
    with bed.visit(path="/dashboard") as page:
        chart = page.get_by_role("img", name="Latency heatmap")
        chart.locator("canvas").wait_for()
        chart.scroll_into_view_if_needed()
        click_until(page, chart, "/traces")
        assert query(page, "from") and query(page, "to")
        assert "duration" in query(page, "q")
        expect(page.locator("table[aria-label=Traces] tbody tr").first).to_be_visible()


@test("dashboard: a failing service leads to its failed traces")
def test_failing_service(bed):
    with bed.visit(path="/dashboard?range=15m") as page:
        table = page.get_by_role("table", name="Top failing services")
        name = table.get_by_role("link").first.inner_text()
        table.get_by_role("link").first.click()
        page.wait_for_url("**/traces?*")
        assert query(page, "q").startswith("service:") and "status:error" in query(page, "q") and name in query(page, "q")
        expect(page.locator("table[aria-label=Traces] tbody tr").first).to_be_visible()


@test("dashboard: a chart is a table, too")
def test_chart_table(bed):
    with bed.visit(path="/dashboard") as page:
        page.get_by_role("button", name="Show as a table: Traffic over time").click()
        expect(page.get_by_role("table", name="Traffic").get_by_role("row").nth(2)).to_be_visible()


@test("map: a service leads to its dashboard, traces and logs, and stays where it is through a refresh")
def test_map(bed):
    with bed.visit(path="/map") as page:
        node = page.locator(".map-node[data-service=chaos-payment]")
        node.click()
        panel = page.get_by_role("complementary").filter(has_text="chaos-payment")
        for name in ("Dashboard", "Traces", "Logs"):
            expect(panel.get_by_role("link", name=name, exact=True)).to_have_attribute("href", re.compile(f"/{name.lower()}\\?q=service%3Achaos-payment"))
        # The same services with other numbers: one that comes or goes changes what fits on the map.
        answer = page.evaluate("fetch('/api/metrics/service-map').then(answer => answer.json())")
        places = []
        for range_, rate in (("15m", 41), ("1h", 42)):
            answer["nodes"] = [service | {"rate": rate} for service in answer["nodes"]]
            page.unroute_all()
            page.route("**/api/metrics/service-map*", lambda route: route.fulfill(json=answer))
            page.get_by_role("button", name=range_, exact=True).click()
            expect(node).to_have_attribute("aria-label", re.compile(rf"\b{rate}/s"))
            places.append(node.get_attribute("transform"))
        assert places[0] == places[1]
        page.get_by_role("button", name="Table", exact=True).click()
        expect(page.get_by_role("table", name="Calls").get_by_role("row").filter(has_text="chaos-order").first).to_be_visible()


@test("traces: sorts by a column, and pages that back undoes")
def test_trace_list(bed):
    with bed.visit(path="/traces?range=1h") as page:
        rows = page.locator("table[aria-label=Traces] tbody tr")
        rows.first.wait_for()
        with page.expect_response(lambda answer: "sort=-duration" in answer.url) as answer:
            page.get_by_role("button", name=re.compile("Duration")).click()
        lengths = [trace["duration_us"] for trace in answer.value.json()["traces"]]
        assert lengths == sorted(lengths, reverse=True)
        page.get_by_role("button", name="Next page").click()
        assert query(page, "cursor")
        page.get_by_role("button", name="First page").click()
        page.go_back()
        assert query(page, "cursor")


@test("trace: the waterfall is walked, folded and opened by keys; the span's drawer tells all of it")
def test_waterfall(bed):
    with bed.visit(path=f"/traces/{bed.trace}") as page:
        tree = page.get_by_role("tree")
        rows = tree.locator(ROWS)
        rows.first.wait_for()
        count = rows.count()
        tree.focus()
        page.keyboard.press("ArrowDown")
        active = tree.get_attribute("aria-activedescendant")
        assert active == rows.nth(1).get_attribute("id")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowLeft")
        expect(rows).to_have_count(1)
        expect(rows.first).to_have_attribute("aria-expanded", "false")
        page.keyboard.press("ArrowRight")
        expect(rows).to_have_count(count)
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        drawer = page.locator(".drawer")
        expect(drawer.get_by_role("heading", name="Attributes")).to_be_visible()
        expect(drawer.get_by_role("heading", name="Resource")).to_be_visible()
        assert query(page, "span")
        page.keyboard.press("Escape")
        expect(drawer).to_have_count(0)
        page.get_by_role("button", name="Critical path only").click()
        assert query(page, "critical") == "1"


@test("trace: the critical path follows a message to who answered it, even if that one's span ends a little later")
def test_critical_path(bed):
    trace, start = secrets.token_hex(16), time.time_ns() - 5_000 * MILLISECOND
    root = telemetry.span(trace, "ask", start, start + 1_000 * MILLISECOND, kind=2)
    publish = telemetry.span(trace, "publish", start + MILLISECOND, start + 2 * MILLISECOND, root["spanId"], kind=4)
    process = telemetry.span(trace, "process", start + 3 * MILLISECOND, start + 1_001 * MILLISECOND, publish["spanId"], kind=5)
    work = telemetry.span(trace, "work", start + 4 * MILLISECOND, start + 990 * MILLISECOND, process["spanId"])
    aside = telemetry.span(trace, "aside", start + 4 * MILLISECOND, start + 100 * MILLISECOND, process["spanId"])
    bed.suite.send("traces", telemetry.traces("messages", [root, publish, process, work, aside]))
    eventually("the trace is stored", lambda: bed.suite.get(f"/api/traces/{trace}")["span_count"] == 5)
    with bed.visit(path=f"/traces/{trace}") as page:
        path = page.locator(ROWS).and_(page.get_by_label("on the critical path"))
        expect(path.filter(has_text="work")).to_have_count(1)
        expect(path.filter(has_text="aside")).to_have_count(0)
        page.get_by_role("button", name="Critical path only").click()
        expect(page.locator(ROWS)).to_have_count(4)


@test("trace: its id is copied, and it is saved as OTLP JSON")
def test_trace_export(bed):
    with bed.visit(path=f"/traces/{bed.trace}", permissions=["clipboard-read", "clipboard-write"]) as page:
        page.get_by_role("button", name="Copy id").first.click()
        expect(page.get_by_text("Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == bed.trace
        with page.expect_download() as download:
            page.get_by_role("button", name="Download OTLP JSON").click()
        with open(download.value.path()) as file:
            spans = [span for resource in json.load(file)["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]]
        assert bed.span in {span["spanId"] for span in spans}


SCROLL = """async (rows) => {
    const view = document.querySelector("[role=tree]");
    const step = (view.scrollHeight - view.clientHeight) / 60;
    const frames = [];
    let most = 0;
    let before = performance.now();
    for (let index = 1; index <= 60; index += 1) {
        view.scrollTop = index * step;
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        frames.push((performance.now() - before) / 2);
        before = performance.now();
        most = Math.max(most, view.querySelectorAll(rows).length);
    }
    view.scrollTop = view.scrollHeight;
    frames.sort((a, b) => a - b);
    return { most, median: frames[30], longest: frames[59], total: frames.reduce((sum, one) => sum + 2 * one, 0) };
}"""


@test("trace: names of any length and depth leave room for what is beside them")
def test_long_names(bed):
    trace, start = secrets.token_hex(16), time.time_ns() - 10_000 * MILLISECOND
    spans = [telemetry.span(trace, "root" * 100, start, start + 1_000 * MILLISECOND)]
    for depth in range(40):
        spans.append(telemetry.span(trace, f"level {depth}", start, start + 900 * MILLISECOND, spans[-1]["spanId"]))
    spans[-1]["attributes"] = telemetry.attributes({"short": "a value of some words", "n" * 300: "another"})
    service = "service" * 60
    bed.suite.send("traces", telemetry.traces(service, spans))
    eventually("the trace is stored", lambda: bed.suite.get(f"/api/traces/{trace}")["span_count"] == len(spans))
    for viewport in (WIDE, NARROW):
        with bed.visit(path=f"/traces/{trace}?span={spans[-1]['spanId']}", viewport=viewport) as page:
            page.wait_for_selector(".drawer dl")
            assert not (beyond := overflow(page)), beyond
            row = page.locator(ROWS).last
            room = row.locator(".span-name").evaluate("(one) => one.querySelector('.ellipsis').clientWidth / one.clientWidth")
            assert room > 0.2, f"{room:.0%} of the column are left for the name"
            value = page.locator(".drawer dd").filter(has_text="a value of some words")
            assert value.evaluate("(one) => one.clientWidth / one.parentElement.clientWidth") > 0.5
            go(page, "/map?view=table")
            name = page.get_by_role("table", name="Services").get_by_text(service[:80])
            assert name.evaluate("(one) => one.getBoundingClientRect().left >= one.closest('td').getBoundingClientRect().left"), "the name's beginning is cut off"


@test(f"trace: one of {LARGE:,} spans opens and scrolls with only the rows in sight in the document")
def test_large_trace(bed):
    with bed.visit(path=f"/traces/{bed.large}") as page:
        page.wait_for_selector(ROWS)
        opened = page.evaluate("performance.now()")
        expect(page.get_by_title(f"{LARGE:,}").first).to_be_visible()
        scroll = page.evaluate(SCROLL, ROWS)
        print(f"        {LARGE:,} spans: open after {opened / 1000:.1f} s; a frame of scrolling takes {scroll['median']:.0f} ms, at most {scroll['longest']:.0f} ms, "
              f"with {scroll['most']} rows in the document")
        assert scroll["most"] < MOST_ROWS, scroll
        assert opened < 20_000 and scroll["total"] < 15_000, (opened, scroll)
        page.get_by_role("tree").focus()
        page.keyboard.press("End")
        expect(page.locator(".span-row.active")).to_be_in_viewport()
        expect(page.locator(".span-row.active")).to_contain_text("last")
        page.get_by_role("searchbox", name=re.compile("Find spans")).fill("item 500.7")
        page.keyboard.press("Enter")
        expect(page.locator(".span-row.match")).to_be_in_viewport()
        page.get_by_role("button", name="Next error").click()
        expect(page.locator(".span-row.active.failed")).to_be_in_viewport()
        page.get_by_role("button", name="Fold all").click()
        expect(page.locator(ROWS)).to_have_count(1)


def drag(page, chart, begin, end):
    """Drags from one share of a chart's width to another."""
    chart.locator("canvas").wait_for()
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + begin * box["width"], height)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], height, steps=8)
    page.mouse.up()


def click_until(page, chart, path):
    """Clicks here and there on a chart, from its newest part on, until something was hit that leads on."""
    box = chart.bounding_box()
    for along in range(95, 5, -3):
        for down in range(85, 15, -4):
            page.mouse.click(box["x"] + along / 100 * box["width"], box["y"] + down / 100 * box["height"])
            page.wait_for_timeout(20)
            if path in page.url:
                return
    raise AssertionError(f"nothing on the chart leads to {path}")
