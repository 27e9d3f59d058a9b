"""Every page with data, at every width, and the way between them."""

from playwright.sync_api import expect

from browser import HUGE, NARROW, go, is_painted, query
from runner import test
from scenes import OPENED, PAGES

NOT_FOUND = r"status of 404"
OVERFLOW = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return null;
    const wide = [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1 && one.checkVisibility());
    return `${root.scrollWidth} px wide in ${root.clientWidth}: ${wide.slice(0, 4).map((one) => one.outerHTML.slice(0, 100)).join(" | ")}`;
}"""


def check_page(scene):
    def check(bed):
        with bed.visit(path=scene.address(bed)) as page:
            scene.wait(page)
            expect(page.locator("h1")).to_have_count(1)
            expect(page.locator(".state[role=alert]")).to_have_count(0)
            current = page.locator("nav[aria-label=Pages] [aria-current=page]")
            expect(current).to_have_count(1)

    test(f"{scene.name} loads with data and without an error")(check)


for each in PAGES:
    check_page(each)


@test("no page and nothing that opens on it scrolls sideways at 360 px")
def test_narrow(bed):
    check_width(bed, NARROW, [*PAGES, *OPENED], has_touch=True)


@test("every page fits 1440 and 3840 px")
def test_wide(bed):
    check_width(bed, HUGE, PAGES)
    check_width(bed, {"width": 1440, "height": 900}, OPENED)


def check_width(bed, viewport, scenes, **options):
    problems = []
    with bed.visit(viewport=viewport, allowed=[NOT_FOUND], **options) as page:
        for scene in scenes:
            scene.show(page, bed)
            if overflow := page.evaluate(OVERFLOW):
                problems.append(f"{scene.name}: {overflow}")
    assert not problems, "\n".join(problems)


@test("dark and light follow the system at once, charts too")
def test_schemes(bed):
    pixel = "() => { const box = document.querySelector('.chart canvas'); return getComputedStyle(document.body).backgroundColor }"
    with bed.visit(path="/dashboard") as page:
        page.wait_for_selector(".chart canvas")
        light = page.evaluate(pixel)
        page.emulate_media(color_scheme="dark")
        is_painted(page)
        dark = page.evaluate(pixel)
        assert light != dark, f"both are {light}"
        brightness = [sum(int(part) for part in color[4:-1].split(",")[:3]) for color in (light, dark)]
        assert brightness[0] > 600 and brightness[1] < 180, f"light is {light}, dark is {dark}"


@test("back and forward go through pages, filters and choices as they were")
def test_back(bed):
    with bed.visit(path="/") as page:
        page.wait_for_selector(".tile")
        navigation = page.get_by_role("navigation", name="Pages")
        navigation.get_by_role("link", name="Traces", exact=True).click()
        page.get_by_role("combobox").fill("service:chaos-order")
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
        expect(page.get_by_role("combobox")).to_have_value("service:chaos-order")
        expect(page.get_by_role("button", name="15m", exact=True)).to_have_attribute("aria-pressed", "true")
        page.go_back()
        expect(page.get_by_role("button", name="5m", exact=True)).to_have_attribute("aria-pressed", "true")
        assert query(page, "q") == "service:chaos-order"
        page.go_back()
        expect(page.get_by_role("combobox")).to_have_value("")
        page.go_back()
        expect(page.locator("h1")).to_have_text("Overview")
        for _ in range(3):
            page.go_forward()
        assert query(page, "range") == "15m"


@test("a link to a view shows that view: the state is in the address")
def test_deep_link(bed):
    with bed.visit(path="/traces?q=service%3Achaos-payment+status%3Aerror&range=1h&sort=-duration") as page:
        expect(page.get_by_role("combobox")).to_have_value("service:chaos-payment status:error")
        expect(page.get_by_role("button", name="1h", exact=True)).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("columnheader", name="Duration")).to_have_attribute("aria-sort", "descending")


@test("a page that is not there leads back")
def test_no_page(bed):
    with bed.visit(path="/nowhere") as page:
        expect(page.get_by_text("There is no such page")).to_be_visible()
        page.get_by_role("link", name="To the overview").click()
        expect(page.locator("h1")).to_have_text("Overview")


@test("from what is wrong it is one click to its page")
def test_overview_leads_on(bed):
    with bed.visit(path="/") as page:
        for title, path in [("Active alerts", "/alerts"), ("Failing services", "/dashboard"), ("Processes", "/processes"), ("Failed runs", "/runs"), ("Dead letters", "/settings")]:
            go(page, "/")
            page.locator(".tile").filter(has_text=title).click()
            page.wait_for_url(f"**{path}*")
