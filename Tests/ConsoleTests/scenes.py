"""Every page of the console with data in it, and what opens on it: where it is, and what shows that it is there."""

from dataclasses import dataclass
from typing import Callable
from urllib.parse import quote

from browser import go, is_painted


@dataclass
class Scene:
    name: str
    # A path, or a function of the bed that makes one.
    path: str | Callable
    # What is in sight once the page has its data.
    ready: str
    # Opens something on the page.
    act: Callable | None = None

    def show(self, page, bed):
        """Goes there and waits until everything is in sight."""
        go(page, self.address(bed))
        self.wait(page)

    def address(self, bed):
        return self.path(bed) if callable(self.path) else self.path

    def wait(self, page):
        page.wait_for_selector(self.ready)
        page.wait_for_function("() => ![...document.querySelectorAll('.skeleton')].some((one) => one.checkVisibility())")
        if self.act:
            self.act(page)
        is_painted(page)


def click(name, role="button"):
    def act(page):
        page.get_by_role(role, name=name).first.click()

    return act


def opens_dialog(*names):
    """Clicks the buttons in turn; the last opens a dialog, before which the console may ask who sits there."""

    def act(page):
        for name in names:
            page.get_by_role("button", name=name, exact=True).first.click()
        page.wait_for_selector("dialog[open]")
        introduce(page)

    return act


def introduce(page, name="Ana"):
    """Answers "Who are you?" where it is asked."""
    question = page.get_by_role("dialog", name="Who are you?")
    if question.count() > 0:
        question.get_by_label("Your name").fill(name)
        question.get_by_role("button", name="Continue").click()


def complete(page):
    page.get_by_role("combobox", name="Filter traces").fill("service:chaos")
    page.wait_for_selector("[role=option]")


def open_log(page):
    page.locator(".log-line").last.click()
    page.get_by_role("button", name="± 1 min around it").click()
    page.wait_for_selector(".log-neighbor")


PAGES = [
    Scene("Overview", "/", ".tile"),
    Scene("Dashboard", "/dashboard", ".chart canvas"),
    Scene("Service map", "/map", ".map-node"),
    Scene("Traces", "/traces", "table[aria-label=Traces] tbody tr"),
    Scene("Trace", lambda bed: f"/traces/{bed.trace}", "[role=treeitem]"),
    Scene("Logs", "/logs", ".log-line"),
    Scene("Alerts", "/alerts", "table[aria-label=Alerts] tbody tr"),
    Scene("Processes", "/processes", ".process-card"),
    Scene("Runs", "/runs", "table[aria-label=Runs] tbody tr"),
    Scene("Run", lambda bed: f"/runs/{bed.failed_run['run_id']}?client={quote(bed.failed_run['client_id'])}", "table[aria-label='Attempts of plugins'] tbody tr"),
    Scene("Settings", "/settings", ".settings-service"),
]

OPENED = [
    Scene("Completion of a filter", "/traces", "[role=combobox]", complete),
    Scene("Custom time range", "/dashboard", ".chart canvas", opens_dialog("Custom")),
    Scene("Map as a table", "/map?view=table", "table[aria-label=Services] tbody tr"),
    Scene("Service of the map", "/map?service=chaos-order", ".map-panel h2"),
    Scene("Chart as a table", "/dashboard", ".chart canvas", click("Show as a table: Traffic over time")),
    Scene("Span drawer", lambda bed: f"/traces/{bed.trace}?span={bed.span}", ".drawer dl"),
    Scene("Open log", "/logs", ".log-line", open_log),
    Scene("Live logs", "/logs?live=1", ".log-line"),
    Scene("Alert drawer", lambda bed: f"/alerts?alert={quote(bed.alert)}&manager=demo", ".drawer .alerts-timeline li"),
    Scene("Resolve dialog", lambda bed: f"/alerts?alert={quote(bed.alert)}&manager=demo", ".drawer .alerts-timeline li", opens_dialog("Resolve")),
    Scene("Managers", "/alerts?view=managers", "table[aria-label='Event managers'] tbody tr"),
    Scene("Manager drawer", "/alerts?view=managers&manager=demo", ".drawer .alerts-bridges li"),
    Scene("New manager", "/alerts?view=managers", "table tbody tr", opens_dialog("New manager")),
    Scene("Rules", "/alerts?view=rules", "table[aria-label='Grouping rules'] tbody tr"),
    Scene("New rule", "/alerts?view=rules", "table tbody tr", opens_dialog("New rule")),
    Scene("Process drawer", "/processes?process=shop/pocketbase", ".drawer .process-history li"),
    Scene("Restart dialog", "/processes?process=shop/pocketbase", ".drawer .process-history li", opens_dialog("Restart")),
    Scene("Purge dialog", "/settings", ".settings-dangers", opens_dialog("Purge…")),
    Scene("No such page", "/nowhere", ".state"),
    Scene("No such trace", "/traces/0123456789abcdef0123456789abcdef", ".state"),
    Scene("No match", "/logs?q=nothing-says-this", ".state"),
]
