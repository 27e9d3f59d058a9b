"""The console by the keyboard alone."""

import time

from playwright.sync_api import expect

from browser import go
from runner import test
from scenes import introduce
from suite import eventually


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


@test("keyboard: a form that was refused has the focus where it is wrong, and is sent once however often its button is pressed")
def test_refused_form(bed):
    with bed.visit(path="/alerts?view=managers", allowed=[r"status of 422"]) as page:
        page.get_by_role("button", name="New manager").click()
        page.get_by_label("Name").fill("Refused")
        page.get_by_label("Identifier").fill("no identifier!")
        page.get_by_role("button", name="Create").evaluate("(button) => { button.click(); button.click(); }")
        expect(page.get_by_label("Identifier")).to_be_focused()
        expect(page.get_by_label("Identifier")).to_have_attribute("aria-invalid", "true")
        assert len([request for request in page.watch.requests if request.method == "POST"]) == 1


@test("keyboard: buttons that have done their work leave the focus in the page")
def test_focus_is_kept(bed):
    with bed.visit(path="/traces?range=1h") as page:
        page.get_by_role("button", name="Next page").press("Enter")
        page.get_by_role("button", name="First page").press("Enter")
        expect(page.get_by_role("button", name="First page")).to_have_attribute("aria-disabled", "true")
        expect(page.get_by_role("button", name="First page")).to_be_focused()
        go(page, "/logs?live=1")
        page.locator(".log-line").first.wait_for()
        rows = page.get_by_role("list", name="Logs, the newest last")
        rows.evaluate("(list) => list.scrollTo(0, 0)")
        page.get_by_role("button", name="resume").press("Enter")
        expect(rows).to_be_focused()


@test("keyboard: the focus stays in a drawer when its button is gone")
def test_drawer_keeps_focus(bed):
    key = f"focus-{time.time_ns()}"
    bed.suite.event("trigger", key, summary="Somebody looks", severity="low", **{"class": key})
    eventually("the alert is known", lambda: bed.suite.get(f"/v1/alerts/{key}?event_manager_id=demo"))
    with bed.visit(path=f"/alerts?alert={key}&manager=demo") as page:
        page.get_by_role("button", name="Acknowledge").press("Enter")
        introduce(page)
        expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
        assert page.evaluate("document.querySelector('.drawer').contains(document.activeElement)")
    bed.suite.event("resolve", key)


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
