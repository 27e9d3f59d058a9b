"""Processes and workflow runs: what works for somebody, and what does not."""

import re

from playwright.sync_api import expect

from browser import go, query
from runner import test
from scenes import introduce
from suite import eventually


def process(bed, name):
    return next(one for one in bed.suite.get("/api/processes")["processes"] if one["name"] == name)


def is_well(bed, name):
    found = process(bed, name)
    return found if found["is_running"] and found["status"] == "Running" and found["is_ready"] != "Not Ready" else None


@test("processes: the grid has every process by namespace, and filters")
def test_grid(bed):
    known = bed.suite.get("/api/processes")["processes"]
    with bed.visit(path="/processes") as page:
        expect(page.locator(".process-card")).to_have_count(len(known))
        expect(page.get_by_role("region", name="Namespace shop")).to_contain_text("pocketbase")
        page.get_by_role("searchbox", name="Name or status").fill("pocket")
        expect(page.locator(".process-card")).to_have_count(1)
        assert query(page, "q") == "pocket"
        page.locator(".process-card").click()
        expect(page.locator(".drawer")).to_contain_text("Health check")


@test("processes: a crash is shown without a reload, on the overview, in the history, as an alert")
def test_crash(bed):
    eventually("search is well", lambda: is_well(bed, "search"))
    with bed.visit(path="/processes?process=catalog/search") as page:
        history = page.get_by_role("region", name="History")
        expect(history.get_by_role("listitem").first).to_be_visible()
        before = history.get_by_text("crashed").count()
        bed.suite.crash("search", code=7)
        expect(history.get_by_text("crashed")).to_have_count(before + 1)
        expect(history).to_contain_text("exit code 7")
        expect(page.locator(".drawer").get_by_role("region", name="Alerts").get_by_role("link").first).to_be_visible()
        go(page, "/")
        expect(page.locator(".tile").filter(has_text="Processes")).to_be_visible()


@test("processes: a restart is asked about, named, done, and seen")
def test_restart(bed):
    before = eventually("caddy is well", lambda: is_well(bed, "caddy"))
    with bed.visit(path="/processes?process=shop/caddy") as page:
        drawer = page.locator(".drawer")
        drawer.get_by_role("button", name="Restart").click()
        introduce(page, "Ana")
        question = page.get_by_role("dialog", name="Restart shop/caddy?")
        expect(question).to_contain_text("Ana")
        question.get_by_role("button", name="Cancel").click()
        assert page.watch.asked("/restart") == 0
        drawer.get_by_role("button", name="Restart").click()
        question.get_by_role("button", name="Restart").click()
        expect(page.get_by_text("shop/caddy was restarted")).to_be_visible()
        eventually("caddy runs as another process", lambda: (is_well(bed, "caddy") or before)["pid"] != before["pid"])
        drawer.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("dialog", name="Stop shop/caddy?")).to_be_visible()


@test("runs: a failed run says which step failed and why, and leads to its trace")
def test_failed_run(bed):
    run = bed.failed_run
    with bed.visit(path="/runs?status=failed&range=1h") as page:
        page.get_by_role("table", name="Runs").get_by_role("link", name=run["run_id"]).click()
        page.wait_for_url(f"**/runs/{run['run_id']}*")
        expect(page.get_by_role("region", name="State")).to_contain_text("failed")
        failed = page.locator("tr.gantt-failed")
        expect(failed.first).to_be_visible()
        expect(page.locator("tr.gantt-error").first).not_to_be_empty()
        failed.first.get_by_role("link").first.click()
        page.wait_for_url(f"**/traces/{run['trace_id']}?span=*")
        expect(page.locator(".drawer")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", name=run["run_id"])).to_be_visible()


@test("runs: a workflow narrows the list, and the address has it")
def test_workflow(bed):
    with bed.visit(path="/runs") as page:
        page.get_by_role("table", name="Workflows").get_by_role("row").nth(1).click()
        assert query(page, "workflow")
        expect(page.get_by_role("table", name="Runs").get_by_role("row").nth(1)).to_contain_text(query(page, "workflow"))
        page.get_by_role("group", name="Status").get_by_role("button", name=re.compile("^succeeded")).click()
        expect(page.get_by_role("table", name="Runs").get_by_text("failed", exact=True)).to_have_count(0)
        assert query(page, "status") == "succeeded"
