"""Settings, the token, and what cannot be undone."""

from playwright.sync_api import expect

import telemetry
from browser import go, sign_in
from runner import test
from suite import TOKEN, eventually

LOCKED = [r"status of 40[14]"]


@test("settings: every service of the suite is there with its numbers")
def test_fleet(bed):
    with bed.visit(path="/settings") as page:
        for name in ("alert-api", "otlp-collector", "ingest-gateway", "grouping-processor", "process-adapter"):
            card = page.get_by_role("article").filter(has_text=name).first
            expect(card).to_contain_text("ready")
        expect(page.get_by_role("region", name="Retention")).to_contain_text("spans in")
        expect(page.get_by_role("region", name="Dead letters")).to_contain_text("Nothing waits")


@test("settings: dead letters tell why they wait, are replayed, and deleted once that is confirmed")
def test_dead_letters(bed):
    letter = {"id": "spans-1.json", "created": "2026-01-01T10:00:00Z", "state": "rejected", "kind": "spans", "items": 12, "bytes": 3456, "reason": "<b>too long</b>"}
    asked = []

    def stub(route):
        asked.append(f"{route.request.method} {route.request.url.split('/api/')[1]}")
        route.fulfill(json={"files": [letter], "total": 1, "database_away": False} if route.request.method == "GET" else {"status": "done"})

    with bed.visit(path="/settings", prepare=lambda page: page.route("**/api/dlq**", stub)) as page:
        row = page.get_by_role("table", name="Dead letters").get_by_role("row").filter(has_text="<b>too long</b>")
        row.get_by_role("button", name="Replay").click()
        expect(page.get_by_role("status").get_by_text("Stored", exact=True)).to_be_visible()
        assert "POST dlq/spans-1.json/replay" in asked
        row.get_by_role("button", name="Delete").click()
        assert not any(one.startswith("DELETE") for one in asked)
        page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert "DELETE dlq/spans-1.json" in asked


@test("token: asked for once, told when it is wrong, kept for the session and nowhere else, live logs use it")
def test_token(bed):
    collector = bed.collector()
    with bed.browser.visit(collector.url, "/logs", allowed=LOCKED) as page:
        prompt = page.get_by_role("dialog", name="Argus needs a token")
        prompt.get_by_label("Access token").fill("wrong")
        prompt.get_by_role("button", name="Continue").click()
        expect(prompt).to_contain_text("The token was not accepted")
        expect(prompt).to_have_count(1)
        prompt.get_by_label("Access token").fill(TOKEN)
        prompt.get_by_role("button", name="Continue").click()
        expect(prompt).to_have_count(0)
        assert page.evaluate("Object.values(sessionStorage)") == [TOKEN]
        assert page.evaluate("localStorage.length + document.cookie.length") == 0 and TOKEN not in page.url
        page.get_by_role("button", name="Live", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
        page.reload()
        expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
        expect(prompt).to_have_count(0)
        other = page.context.new_page()
        other.goto(collector.url)
        expect(other.get_by_role("dialog", name="Argus needs a token")).to_be_visible()


@test("token: who puts the question off is told what is missing, and can answer it later")
def test_token_later(bed):
    with bed.browser.visit(bed.collector().url, "/logs", allowed=LOCKED) as page:
        prompt = page.get_by_role("dialog", name="Argus needs a token")
        expect(prompt).to_be_visible()
        page.keyboard.press("Escape")
        expect(prompt).to_have_count(0)
        page.get_by_role("link", name="Traces").click()
        expect(page.get_by_role("status").filter(has_text="without a token")).to_be_visible()
        page.get_by_role("button", name="Enter a token").click()
        prompt.get_by_label("Access token").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(prompt).to_have_count(0)
        expect(page.get_by_text("without a token")).to_have_count(0)
        expect(page.locator(".skeleton")).to_have_count(0)


@test("purge: only the typed word lets it happen, and then it does")
def test_purge(bed):
    collector = bed.collector()
    trace, spans = telemetry.large_trace(31)
    collector.send("traces", telemetry.traces("purged", spans))
    eventually("the spans are stored", lambda: collector.get(f"/api/traces/{trace}"))
    with bed.browser.visit(collector.url, "/settings", allowed=LOCKED, prepare=sign_in) as page:
        page.get_by_role("button", name="Purge…").click()
        dialog = page.get_by_role("dialog", name="Purge all telemetry?")
        button = dialog.get_by_role("button", name="Purge everything")
        expect(button).to_be_disabled()
        for word in ("Purge", "purg", "purge it"):
            dialog.get_by_label("Type purge to go on").fill(word)
            expect(button).to_be_disabled()
            page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        assert page.watch.asked("/api/admin/purge") == 0 and collector.get("/api/stats")["stored"]["spans"] >= 31
        page.get_by_role("button", name="Purge…").click()
        dialog.get_by_label("Type purge to go on").fill("purge")
        button.click()
        expect(page.get_by_role("status").filter(has_text="Purged")).to_be_visible()
        assert collector.get("/api/stats")["stored"]["spans"] == 0
        go(page, f"/traces/{trace}")
        expect(page.get_by_text("This trace is not stored")).to_be_visible()
        go(page, "/settings")
        page.get_by_role("button", name="Vacuum…").click()
        page.get_by_label("Type vacuum to go on").fill("vacuum")
        page.get_by_role("dialog").get_by_role("button", name="Vacuum", exact=True).click()
        expect(page.get_by_text("The database was compacted")).to_be_visible()
