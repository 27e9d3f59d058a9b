"""Every page with data, the stops of the Tab key on it, and the way between pages."""

from playwright.sync_api import expect

from browser import go, query
from runner import test
from scenes import PAGES

PAGES_WITH_CHARTS = {"Dashboard"}
FOCUS = """() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const isMarked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none"
        || [...element.querySelectorAll("*")].some((part) => { const own = getComputedStyle(part); return own.outlineStyle !== "none" || own.stroke !== "none"; });
    const isInSight = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
    const isStuck = element === window.lastStop;
    window.lastStop = element;
    return { isStuck, isMarked, isInSight, markup: element.outerHTML.slice(0, 120), name: element.getAttribute("aria-label") ?? element.textContent.slice(0, 60) };
}"""
MOST_STOPS = 40


def check_page(scene):
    def check(bed):
        with bed.visit(path=scene.address(bed)) as page:
            scene.wait(page)
            expect(page.locator("h1")).to_have_count(1)
            expect(page.locator(".state[role=alert]")).to_have_count(0)
            expect(page.locator("nav[aria-label=Pages] [aria-current=page]")).to_have_count(1)
            assert page.watch.asked("/assets/echarts") == (scene.name in PAGES_WITH_CHARTS), "ECharts is for pages with charts, once"
            check_stops(page)

    test(f"{scene.name} loads with data and without an error, and every stop of the Tab key can be seen")(check)


def check_stops(page):
    page.keyboard.press("Tab")
    first = page.evaluate(FOCUS)
    assert first and "Skip to content" in first["name"], f"the first stop is {first}"
    count = 0
    while count < MOST_STOPS:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if not stop:
            break
        assert stop["isInSight"], f"focus is out of sight at {stop['markup']}"
        assert stop["isMarked"], f"focus cannot be seen at {stop['markup']}"
        assert not stop["isStuck"], f"the focus is trapped at {stop['markup']}"
        count += 1
    assert count > 8, f"only {count} stops"


for each in PAGES:
    check_page(each)


@test("dark and light follow the system at once, charts too")
def test_schemes(bed):
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    drawing = "document.querySelector('.chart canvas').toDataURL()"
    with bed.visit(path="/dashboard") as page:
        page.wait_for_selector(".chart canvas")
        light, chart = page.evaluate(paper), page.evaluate(drawing)
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(f"before => {drawing} !== before", arg=chart)
        dark = page.evaluate(paper)
        brightness = [sum(int(part) for part in color[4:-1].split(",")[:3]) for color in (light, dark)]
        assert brightness[0] > 600 and brightness[1] < 180, f"light is {light}, dark is {dark}"


@test("back and forward go through pages, filters and choices as they were")
def test_back(bed):
    with bed.visit(path="/") as page:
        page.wait_for_selector(".tile")
        navigation = page.get_by_role("navigation", name="Pages")
        navigation.get_by_role("link", name="Traces", exact=True).click()
        page.get_by_role("combobox", name="Filter traces").fill("service:chaos-order")
        page.get_by_role("button", name="Filter", exact=True).click()
        page.get_by_role("button", name="15m", exact=True).click()
        page.wait_for_selector("table[aria-label=Traces] tbody tr")
        page.locator("table[aria-label=Traces] tbody tr a").first.click()
        page.wait_for_selector("[role=treeitem]")
        trace = page.url
        page.locator("[role=treeitem]").first.click()
        page.wait_for_selector(".drawer")
        page.go_back()
        expect(page.locator(".drawer")).to_have_count(0)
        assert page.url == trace
        page.go_back()
        expect(page.get_by_role("combobox", name="Filter traces")).to_have_value("service:chaos-order")
        expect(page.get_by_role("button", name="15m", exact=True)).to_have_attribute("aria-pressed", "true")
        page.go_back()
        expect(page.get_by_role("button", name="5m", exact=True)).to_have_attribute("aria-pressed", "true")
        assert query(page, "q") == "service:chaos-order"
        page.go_back()
        expect(page.get_by_role("combobox", name="Filter traces")).to_have_value("")
        page.go_back()
        expect(page.locator("h1")).to_have_text("Overview")
        for _ in range(3):
            page.go_forward()
        assert query(page, "range") == "15m"


@test("a link to a view shows that view: the state is in the address")
def test_deep_link(bed):
    with bed.visit(path="/traces?q=service%3Achaos-payment+status%3Aerror&range=1h&sort=-duration") as page:
        expect(page.get_by_role("combobox", name="Filter traces")).to_have_value("service:chaos-payment status:error")
        expect(page.get_by_role("button", name="1h", exact=True)).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("columnheader", name="Duration")).to_have_attribute("aria-sort", "descending")


@test("back opens the span again that was closed")
def test_closed_span(bed):
    with bed.visit(path=f"/traces/{bed.trace}") as page:
        page.locator("[role=treeitem]").nth(1).click()
        page.wait_for_selector(".drawer")
        page.keyboard.press("Escape")
        expect(page.locator(".drawer")).to_have_count(0)
        page.go_back()
        expect(page.locator(".drawer")).to_be_visible()


@test("a trace that grows no more is asked for once")
def test_once(bed):
    with bed.visit(path=f"/traces/{bed.large}") as page:
        page.wait_for_selector("[role=treeitem]")
        page.wait_for_load_state("networkidle")
        assert page.watch.asked(f"/api/traces/{bed.large}") == 1


@test("range: what was not touched stays as exact as it was, also in the hour that comes twice")
def test_custom_range(bed):
    for begin, end in (("2026-11-01T05:50:00.000Z", "2026-11-01T06:10:00.000Z"), ("2026-11-21T14:00:00.100Z", "2026-11-21T14:00:00.900Z")):
        with bed.visit(path=f"/traces?from={begin}&to={end}", timezone_id="America/New_York") as page:
            page.get_by_role("group", name="Time range").get_by_role("button", pressed=True).click()
            page.get_by_role("button", name="Show", exact=True).click()
            expect(page.get_by_role("dialog")).to_have_count(0)
            assert (query(page, "from"), query(page, "to")) == (begin, end)


@test("a page that is not there leads back")
def test_no_page(bed):
    with bed.visit(path="/nowhere") as page:
        expect(page.get_by_text("There is no such page")).to_be_visible()
        page.get_by_role("link", name="To the overview").click()
        expect(page.locator("h1")).to_have_text("Overview")


@test("from what is wrong it is one click to its page")
def test_overview_leads_on(bed):
    with bed.visit(path="/") as page:
        tiles = {"Active alerts": "/alerts", "Failing services": "/dashboard", "Processes": "/processes", "Failed runs": "/runs", "Dead letters": "/settings"}
        for title, path in tiles.items():
            go(page, "/")
            page.locator(".tile").filter(has_text=title).click()
            page.wait_for_url(f"**{path}*")
