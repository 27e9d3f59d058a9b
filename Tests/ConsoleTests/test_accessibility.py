"""Accessibility of every page and of what opens on it, light and dark; and the keyboard alone."""

from playwright.sync_api import expect

from browser import accessibility, go, is_painted
from runner import test
from scenes import OPENED, PAGES

# What the address names may not be there: the browser says so on its console.
NOT_FOUND = r"status of 404"


def check_scene(scene):
    def check(bed):
        with bed.visit(allowed=[NOT_FOUND]) as page:
            scene.show(page, bed)
            found = accessibility(page)
            page.emulate_media(color_scheme="dark")
            is_painted(page)
            found += [f"dark: {problem}" for problem in accessibility(page) if problem not in found]
            assert not found, "\n".join(found)

    test(f"accessible: {scene.name}")(check)


for each in [*PAGES, *OPENED]:
    check_scene(each)


@test("the checker finds what it is meant to find")
def test_checker(bed):
    with bed.visit(path="/alerts") as page:
        page.wait_for_selector("h1")
        page.evaluate("""() => {
            document.querySelector("main").innerHTML = `<h1>One</h1><h3 id="twice">Three</h3><button></button><input><img src="data:,"><p id="twice">x</p>
                <p tabindex="2">y</p><div role="option">z</div><div role="wrong">w</div><button aria-controls="nowhere">b</button><svg></svg>
                <button class="small">s</button><button class="small">t</button><p class="pale">pale</p><div class="scroll"><p>long</p></div><a href="/"><button>in</button></a>`;
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`.small { all: unset; display: inline-block; width: 10px; height: 10px; font-size: 4px } .pale { color: #aaa; background: #fff }
                .scroll { height: 20px; overflow: auto } .scroll p { height: 100px } svg { display: block; width: 20px; height: 20px }`);
            document.adoptedStyleSheets = [sheet];
        }""")
        rules = {problem.split(":")[0] for problem in accessibility(page)}
        expected = {
            "heading-order", "duplicate-id", "name", "label", "image-alt", "tabindex", "aria-parent", "aria-roles", "aria-reference", "target-size", "contrast",
            "scrollable-focusable", "nested-interactive",
        }
        assert expected <= rules, f"not found: {expected - rules}"


FOCUS = """() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const isMarked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none"
        || [...element.querySelectorAll("*")].some((part) => { const own = getComputedStyle(part); return own.outlineStyle !== "none" || own.stroke !== "none"; });
    const isInSight = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight;
    return { isMarked, isInSight, markup: element.outerHTML.slice(0, 120), id: element.id, name: element.getAttribute("aria-label") ?? element.textContent.slice(0, 60) };
}"""
MOST_STOPS = 40


def check_tabbing(scene):
    def check(bed):
        with bed.visit() as page:
            scene.show(page, bed)
            page.keyboard.press("Tab")
            first = page.evaluate(FOCUS)
            assert first and "Skip to content" in first["name"], f"the first stop is {first}"
            stops = []
            for _ in range(MOST_STOPS):
                page.keyboard.press("Tab")
                stop = page.evaluate(FOCUS)
                if not stop:
                    break
                assert stop["isInSight"], f"focus is out of sight at {stop['markup']}"
                assert stop["isMarked"], f"focus cannot be seen at {stop['markup']}"
                stops.append(stop["markup"])
            assert len(stops) > 8, f"too few stops: {stops}"
            assert stops.count(stops[-1]) <= 3 or stops[-1] != stops[-2], f"the focus is trapped at {stops[-1]}"

    test(f"keyboard: every stop of {scene.name} can be seen")(check)


for each in PAGES:
    check_tabbing(each)


@test("keyboard: the skip link leads to the content")
def test_skip_link(bed):
    with bed.visit() as page:
        page.wait_for_selector(".tile")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@test("keyboard: a page that is chosen has the focus, its name is the document's title")
def test_page_focus(bed):
    with bed.visit() as page:
        page.get_by_role("link", name="Processes", exact=True).first.press("Enter")
        expect(page.locator("h1")).to_have_text("Processes")
        assert page.evaluate("document.activeElement.id") == "main"
        expect(page).to_have_title("Processes · Argus")


@test("keyboard: Escape closes a drawer, and the focus returns to what opened it")
def test_drawer_focus(bed):
    with bed.visit(path="/processes") as page:
        card = page.get_by_role("link").filter(has_text="pocketbase")
        card.press("Enter")
        expect(page.locator(".drawer")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".drawer")).to_have_count(0)
        expect(card).to_be_focused()


@test("keyboard: Escape closes a dialog, and the focus returns to what opened it")
def test_dialog_focus(bed):
    with bed.visit(path="/settings") as page:
        button = page.get_by_role("button", name="Purge…")
        button.press("Enter")
        dialog = page.get_by_role("dialog", name="Purge all telemetry?")
        expect(dialog).to_be_visible()
        for _ in range(6):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement === document.body || document.activeElement.closest('dialog') !== null"), "the focus left the dialog"
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(button).to_be_focused()


@test("keyboard: the map is walked by arrow keys, and Enter shows a service")
def test_map_keys(bed):
    with bed.visit(path="/map") as page:
        page.wait_for_selector(".map-node")
        page.locator(".map-node[tabindex='0']").focus()
        seen = {page.evaluate("document.activeElement.dataset.service")}
        for key in ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]:
            page.keyboard.press(key)
            seen.add(page.evaluate("document.activeElement.dataset.service"))
        assert len(seen) > 1 and None not in seen, f"the arrow keys reached {seen}"
        page.keyboard.press("Enter")
        expect(page.locator(".map-panel h2")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".map-node:focus")).to_have_count(1)


@test("reduced motion: nothing moves for those who do not want it")
def test_reduced_motion(bed):
    with bed.visit(path="/", reduced_motion="reduce") as page:
        for path in ("/", "/map", "/logs?live=1", "/processes?process=shop/pocketbase"):
            go(page, path)
            page.wait_for_selector("h1")
            moving = page.evaluate("""() => document.getAnimations().filter(({ effect }) => effect.getComputedTiming().activeDuration > 20)
                .map(({ effect, animationName, transitionProperty }) => `${animationName ?? transitionProperty} of ${effect.target.className}`)""")
            assert not moving, f"{path}: {moving}"
