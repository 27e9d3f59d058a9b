"""Every page and what opens on it: accessible in light and dark, no wider than a screen of 360 to 3840 px; and the checker itself."""

from browser import HUGE, NARROW, accessibility, go, is_painted, overflow
from runner import test
from scenes import OPENED, PAGES

# What the address names may not be there: the browser says so on its console.
NOT_FOUND = r"status of 404"


def check_scene(scene):
    def check(bed):
        found = {}

        def look(where, check_all=True):
            is_painted(page)
            problems = accessibility(page) if check_all else []
            beyond = overflow(page)
            for problem in problems + [f"scrolls sideways: {beyond}"] * bool(beyond):
                found.setdefault(problem, where)

        with bed.visit(allowed=[NOT_FOUND]) as page:
            scene.show(page, bed)
            look("light")
            page.emulate_media(color_scheme="dark")
            look("dark")
            page.set_viewport_size(NARROW)
            look("narrow")
            page.set_viewport_size(HUGE)
            look("huge", check_all=False)
            assert not found, "\n".join(f"{where}: {problem}" for problem, where in found.items())

    test(f"accessible and fits: {scene.name}")(check)


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


@test("narrow: what a table says first is in sight without scrolling sideways")
def test_narrow_tables(bed):
    tables = {"/traces": "Traces", "/alerts": "Alerts", "/runs": "Runs", "/alerts?view=managers": "Event managers", "/alerts?view=rules": "Grouping rules"}
    with bed.visit(viewport=NARROW) as page:
        for path, name in tables.items():
            go(page, path)
            table = page.get_by_role("table", name=name, exact=True)
            table.locator("tbody tr").first.wait_for()
            beyond = table.evaluate("(one) => one.parentElement.scrollWidth - one.parentElement.clientWidth")
            assert beyond <= 0, f"{path}: {beyond} px are hidden"


@test("reduced motion: nothing moves for those who do not want it")
def test_reduced_motion(bed):
    with bed.visit(path="/", reduced_motion="reduce") as page:
        for path in ("/", "/map", "/logs?live=1", "/processes?process=shop/pocketbase"):
            go(page, path)
            page.wait_for_selector("h1")
            moving = page.evaluate("""() => document.getAnimations().filter(({ effect }) => effect.getComputedTiming().activeDuration > 20)
                .map(({ effect, animationName, transitionProperty }) => `${animationName ?? transitionProperty} of ${effect.target.className}`)""")
            assert not moving, f"{path}: {moving}"
