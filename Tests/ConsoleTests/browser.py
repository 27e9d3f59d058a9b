"""A browser that notices what must never happen: an error on the console, a request to another origin, a dialog of a script."""

import re
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Error, expect, sync_playwright

from suite import TOKEN

CHROMIUM = "/usr/bin/chromium"
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 360, "height": 740}
HUGE = {"width": 3840, "height": 2160}
# Two cores may be shared by many.
PATIENCE = 30_000
OVERFLOW = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return null;
    const wide = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1 && one.checkVisibility());
    return `${root.scrollWidth} px wide: ${wide.slice(0, 4).map((one) => one.outerHTML.slice(0, 100)).join(" | ")}`;
}"""
ACCESSIBILITY = Path(__file__).with_name("accessibility.js").read_text()


class Watch:
    """What a page did that it may not do; `allowed` are patterns of what a test provokes."""

    def __init__(self, context, origin, allowed):
        self.origin, self.allowed = origin, [re.compile(pattern) for pattern in allowed]
        self.problems, self.requests = [], []
        context.on("console", lambda message: message.type in ("error", "warning") and self.note(f"console: {message.text} {message.location.get('url', '')}"))
        context.on("weberror", lambda error: self.note(f"uncaught: {error.error}"))
        context.on("dialog", self.on_dialog)
        context.on("request", self.on_request)
        context.on("page", lambda page: page.on("websocket", lambda one: self.on_address(one.url.replace("ws:", "http:", 1))))

    def note(self, problem):
        if not any(pattern.search(problem) for pattern in self.allowed):
            self.problems.append(problem)

    def on_dialog(self, dialog):
        self.note(f"a script opened a dialog: {dialog.message}")
        dialog.dismiss()

    def on_request(self, request):
        self.requests.append(request)
        self.on_address(request.url)

    def on_address(self, url):
        if not url.startswith((f"{self.origin}/", "data:", "blob:")):
            self.note(f"request to another origin: {url}")

    def asked(self, part):
        """How many requests went to an address that has this in it."""
        return sum(part in request.url for request in self.requests)


class Browser:
    def __enter__(self):
        self.playwright = sync_playwright().start()
        self.chromium = self.playwright.chromium.launch(executable_path=CHROMIUM)
        expect.set_options(timeout=PATIENCE)
        return self

    def __exit__(self, *_):
        self.chromium.close()
        self.playwright.stop()

    @contextmanager
    def visit(self, url, path="/", allowed=(), prepare=None, **options):
        """A page of a session of its own; what it did wrong fails the test at the end. `prepare` gets the page before it goes anywhere."""
        settings = {"viewport": WIDE, "locale": "en-US", "timezone_id": "Europe/Berlin", "color_scheme": "light"} | options
        context = self.chromium.new_context(**settings)
        context.set_default_timeout(PATIENCE)
        watch = Watch(context, url, allowed)
        page = context.new_page()
        page.watch, page.base = watch, url
        try:
            if prepare:
                prepare(page)
            page.goto(url + path, wait_until="domcontentloaded")
            yield page
            assert not watch.problems, "the page did what it must not:\n" + "\n".join(dict.fromkeys(watch.problems))
        except Exception:
            # For whoever looks into the failure; there is none of a page that crashed.
            with suppress(Error):
                self.picture = page.screenshot(timeout=5_000)
            raise
        finally:
            context.close()


def query(page, name):
    """A parameter of the page's address."""
    return page.evaluate("name => new URLSearchParams(location.search).get(name)", name)


def go(page, path):
    page.goto(page.base + path, wait_until="domcontentloaded")


def sign_in(page):
    """Gives the session its token before the first page asks for it."""
    page.add_init_script(f"sessionStorage.setItem('argus.token', '{TOKEN}')")


def accessibility(page):
    """What the checker finds, as lines."""
    return [f"{problem['rule']}: {problem['what']}" for problem in page.evaluate(ACCESSIBILITY)]


def overflow(page):
    """What reaches beyond the side of the screen; None if nothing does."""
    return page.evaluate(OVERFLOW)


def is_painted(page):
    """Two frames have passed, so that what was changed can be seen."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
