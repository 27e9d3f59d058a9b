"""Alerts as they come and go, who receives them, and by which rules."""

import re
import time
from urllib.parse import quote

from playwright.sync_api import expect

from browser import go, query
from runner import test
from scenes import introduce
from suite import eventually

LIVE = ".alerts-stream.live"
REFUSED = [r"status of 4(00|09|12|22)"]


@test("alerts: one appears without a reload, and its end does, too")
def test_alert_appears(bed):
    key = f"appears-{time.time_ns()}"
    with bed.visit(path="/alerts") as page:
        page.wait_for_selector(LIVE)
        documents = page.evaluate("performance.timeOrigin")
        bed.suite.event("trigger", key, summary=f"Summary of {key}", severity="medium", **{"class": key})
        expect(page.get_by_text(f"Summary of {key}")).to_be_visible()
        assert page.evaluate("performance.timeOrigin") == documents
        go(page, f"/alerts?alert={key}&manager=demo")
        page.wait_for_selector(LIVE)
        expect(page.locator(".drawer .badge").filter(has_text="active")).to_be_visible()
        bed.suite.event("resolve", key)
        expect(page.locator(".drawer .badge").filter(has_text="resolved")).to_be_visible()


@test("alerts: acknowledge and resolve, in the name that was asked for once; silence is not offered")
def test_actions(bed):
    key = f"actions-{time.time_ns()}"
    bed.suite.event("trigger", key, summary=f"Summary of {key}", severity="high", **{"class": key})
    eventually("the alert is known", lambda: bed.suite.get(f"/v1/alerts/{key}?event_manager_id=demo"))
    with bed.visit(path=f"/alerts?alert={key}&manager=demo") as page:
        drawer = page.locator(".drawer")
        drawer.get_by_role("button", name="Acknowledge").click()
        introduce(page, "Ana")
        expect(drawer.locator(".badge").filter(has_text="acknowledged")).to_be_visible()
        expect(drawer.get_by_role("region", name="Timeline")).to_contain_text("Ana")
        expect(drawer.get_by_role("region", name="Why")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("silence|mute|snooze", re.I))).to_have_count(0)
        drawer.get_by_role("button", name="Resolve").click()
        question = page.get_by_role("dialog", name="Resolve this alert?")
        expect(question).to_contain_text("Ana")
        assert bed.suite.get(f"/v1/alerts/{key}?event_manager_id=demo")["status"] == "active"
        question.get_by_role("button", name="Resolve").click()
        expect(drawer.locator(".badge").filter(has_text="resolved")).to_be_visible()
        expect(drawer.get_by_role("button", name="Resolve")).to_have_count(0)


@test("alerts: children are folded under their parent, whose resolve waits for them and says so")
def test_children(bed):
    group = f"group-{time.time_ns()}"
    for index in range(3):
        bed.suite.event("trigger", f"{group}-{index}", summary=f"Number {index} of {group}", severity="low", **{"class": group})
    eventually("the children are known", lambda: bed.suite.get(f"/v1/alerts/{group}-0?event_manager_id=demo")["child_count"] == 2)
    with bed.visit(path=f"/alerts?class={group}") as page:
        table = page.get_by_role("table", name="Alerts")
        expect(table.get_by_text(f"Number 0 of {group}")).to_be_visible()
        expect(table.get_by_text(f"Number 1 of {group}")).to_have_count(0)
        table.get_by_role("button", name=re.compile("2 children")).click()
        expect(table.get_by_text(f"Number 1 of {group}")).to_be_visible()
        table.get_by_role("link", name=f"Number 0 of {group}").click()
        page.locator(".drawer").get_by_role("button", name="Resolve").click()
        introduce(page)
        question = page.get_by_role("dialog", name="Resolve this alert?")
        expect(question).to_contain_text("2 active children")
        question.get_by_role("button", name="Request resolve").click()
        expect(page.locator(".drawer").get_by_role("button", name="Resolve requested")).to_be_disabled()
        for index in (1, 2):
            bed.suite.event("resolve", f"{group}-{index}")
        expect(page.locator(".drawer .badge").filter(has_text="resolved").first).to_be_visible()


@test("alerts: the filters are in the address, and the list heeds them")
def test_filters(bed):
    with bed.visit(path="/alerts") as page:
        page.wait_for_selector("table[aria-label=Alerts]")
        page.get_by_role("button", name="All", exact=True).click()
        page.get_by_role("button", name="high", exact=True).click()
        search = page.get_by_role("searchbox", name="Text in the summary")
        search.fill("disk is nearly")
        search.press("Enter")
        assert (query(page, "status"), query(page, "severity"), query(page, "q")) == ("all", "high", "disk is nearly")
        expect(page.get_by_role("table", name="Alerts").get_by_role("link", name="A disk is nearly full").first).to_be_visible()
        search.fill("nothing-says-this")
        search.press("Enter")
        expect(page.get_by_text("No alert passes these filters")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("table", name="Alerts").get_by_role("link", name="A disk is nearly full").first).to_be_visible()


@test("managers: create with the API's validation, edit, rotate the key, copy how to send, delete")
def test_managers(bed):
    name = f"team-{time.time_ns()}"
    with bed.visit(path="/alerts?view=managers", allowed=REFUSED, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.get_by_role("button", name="New manager").click()
        form = page.get_by_role("dialog", name="New manager")
        form.get_by_label("Identifier (optional)").fill("not an identifier!")
        form.get_by_role("button", name="Create").click()
        expect(form.get_by_label("Identifier (optional)")).to_have_attribute("aria-invalid", "true")
        expect(form.get_by_role("alert")).to_be_visible()
        form.get_by_label("Name", exact=True).fill(name)
        form.get_by_label("Identifier (optional)").fill(name)
        form.get_by_role("button", name="Create").click()
        page.wait_for_url(f"**manager={name}*")
        drawer = page.locator(".drawer")
        drawer.get_by_role("button", name="Edit").click()
        form = page.get_by_role("dialog", name="Change the manager")
        form.get_by_label("Description (optional)").fill("Those who pay")
        form.get_by_label("Grouping rule").select_option("demo")
        form.get_by_role("button", name="Save").click()
        expect(drawer).to_contain_text("Those who pay")
        manager = bed.suite.get(f"/v1/event-managers/{name}")
        assert manager["description"] == "Those who pay" and manager["grouping_rule_id"] == "demo"
        drawer.get_by_role("button", name="Rotate key").click()
        assert bed.suite.get(f"/v1/event-managers/{name}")["routing_key"] == manager["routing_key"]
        page.get_by_role("dialog", name="Give it a new routing key?").get_by_role("button", name="Rotate key").click()
        expect(page.get_by_text("The manager has a new routing key")).to_be_visible()
        key = bed.suite.get(f"/v1/event-managers/{name}")["routing_key"]
        assert key != manager["routing_key"]
        snippets = drawer.get_by_role("region", name="How to send alerts")
        expect(snippets.locator("pre")).not_to_contain_text(key)
        snippets.get_by_role("button", name="Copy").click()
        copied = page.wait_for_function("() => navigator.clipboard.readText()").json_value()
        assert copied.startswith("curl") and name in copied
        snippets.get_by_role("button", name="Prometheus").click()
        expect(snippets.locator("pre")).to_contain_text("alertmanagers:")
        drawer.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("dialog", name=f"Delete {name}?").get_by_role("button", name="Delete").click()
        expect(page.get_by_text("Manager deleted")).to_be_visible()
        expect(page.get_by_role("table", name="Event managers")).not_to_contain_text(name)


@test("rules: create with the API's validation, see what it means, edit, delete; one in use is kept")
def test_rules(bed):
    name = f"Rule {time.time_ns()}"
    with bed.visit(path="/alerts?view=rules", allowed=REFUSED) as page:
        page.get_by_role("button", name="New rule").click()
        form = page.get_by_role("dialog", name="New rule")
        form.get_by_label("Name", exact=True).fill(name)
        form.get_by_label("Window in minutes").fill("0")
        form.get_by_role("button", name="Create").click()
        expect(form.get_by_label("Window in minutes")).to_have_attribute("aria-invalid", "true")
        form.get_by_label("Window in minutes").fill("45")
        form.get_by_role("button", name="source", exact=True).click()
        expect(form).to_contain_text("Same class and source within 45 min of the first")
        form.get_by_role("button", name="Create").click()
        row = page.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text("class, source")
        row.get_by_role("button", name=f"Edit {name}").click()
        form = page.get_by_role("dialog", name="Change the rule")
        form.get_by_label("Window in minutes").fill("50")
        form.get_by_role("button", name="Save").click()
        expect(row).to_contain_text("50 min")
        row.get_by_role("button", name=f"Delete {name}").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
        expect(row).to_have_count(0)
        page.get_by_role("row").filter(has_text="By class").get_by_role("button", name=re.compile("^Delete")).click()
        expect(page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True)).to_be_disabled()
        page.keyboard.press("Escape")


@test("alerts: a key with slashes and markup in it can be linked")
def test_odd_key(bed):
    key = f"a/b?c#d&<e>-{time.time_ns()}"
    bed.suite.event("trigger", key, summary="An odd key", severity="low", **{"class": key})
    with bed.visit(path="/alerts") as page:
        page.wait_for_selector(LIVE)
        go(page, f"/alerts?alert={quote(key, safe='')}&manager=demo")
        expect(page.locator(".drawer")).to_contain_text(key)
        bed.suite.event("resolve", key)
