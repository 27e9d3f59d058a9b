"""What the console says while something is away, old, hidden or not there yet."""

import re
import subprocess

from playwright.sync_api import expect

from browser import go, sign_in
from runner import test

AWAY = [r"status of 50[234]", r"ERR_FAILED"]
LONG_AGO = "from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z"


def answer_away(page, pattern):
    page.route(pattern, lambda route: route.fulfill(status=502, body="away"))


@test("away: a service that does not answer is named, and the rest of the page works")
def test_away(bed):
    with bed.visit(path="/", allowed=AWAY, prepare=lambda page: answer_away(page, "**/v1/**")) as page:
        expect(page.get_by_text("Alerts could not be read")).to_be_visible()
        expect(page.locator(".tile").filter(has_text="Active alerts")).to_contain_text("no answer")
        expect(page.locator(".tile").filter(has_text="Failing services")).not_to_contain_text("no answer")
        expect(page.locator(".verdict")).to_contain_text("Not known: active alerts")
        go(page, "/alerts")
        expect(page.get_by_role("alert")).to_contain_text("the service does not answer")
        page.unroute_all()
        page.get_by_role("button", name="Try again").first.click()
        expect(page.get_by_role("table", name="Alerts")).to_be_visible()


@test("stale: data that cannot be refreshed stays, and says of when it is")
def test_stale(bed):
    with bed.visit(allowed=AWAY, prepare=lambda page: page.clock.install(), path="/processes") as page:
        expect(page.locator(".process-card").first).to_be_visible()
        answer_away(page, "**/api/processes")
        page.clock.run_for(6_000)
        expect(page.get_by_role("status").filter(has_text="Processes as of")).to_be_visible()
        expect(page.locator(".process-card").first).to_be_visible()
        page.unroute_all()
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("Processes as of")).to_have_count(0)


@test("stale: an answer that does not come is told, given up, and asked for again")
def test_hanging(bed):
    with bed.visit(prepare=lambda page: page.clock.install(), path="/processes") as page:
        expect(page.locator(".process-card").first).to_be_visible()
        held = []
        page.route("**/api/processes", lambda route: held.append(route))
        page.clock.run_for(6_000)
        page.wait_for_timeout(100)
        assert len(held) == 1
        expect(page.get_by_text("Processes as of")).to_have_count(0)
        page.clock.run_for(11_000)
        expect(page.get_by_role("status").filter(has_text="no answer since then")).to_be_visible()
        expect(page.locator(".process-card").first).to_be_visible()
        page.clock.run_for(31_000)
        expect(page.get_by_role("status").filter(has_text="no answer within 40 s")).to_be_visible()
        page.unroute_all()
        page.clock.run_for(6_000)
        expect(page.get_by_text("Processes as of")).to_have_count(0)


@test("stale: who comes back to a tab or a page is not told that there is no answer before one was waited for")
def test_return(bed):
    with bed.visit(prepare=lambda page: page.clock.install(), path="/processes") as page:
        expect(page.locator(".process-card").first).to_be_visible()
        page.evaluate("""() => {
            window.notices = [];
            new MutationObserver(() => { window.notices.push(...[...document.querySelectorAll(".notice.warn")].map((one) => one.innerText)); }).observe(document.body, { childList: true, subtree: true });
        }""")
        page.evaluate(HIDE, True)
        page.clock.fast_forward("10:00")
        with page.expect_response("**/api/processes"):
            page.evaluate(HIDE, False)
        page.get_by_role("link", name="Settings").click()
        page.wait_for_selector(".settings-service")
        page.clock.fast_forward("10:00")
        with page.expect_response("**/api/processes"):
            page.go_back()
        expect(page.locator(".process-card").first).to_be_visible()
        assert (notices := page.evaluate("window.notices")) == [], notices


@test("a refresh neither flickers nor moves what is read")
def test_refresh(bed):
    with bed.visit(path="/settings", prepare=lambda page: page.clock.install()) as page:
        page.wait_for_selector(".settings-service")
        page.evaluate("""() => {
            window.scrollTo(0, 300);
            window.flickers = 0;
            new MutationObserver(() => { window.flickers += document.querySelectorAll(".skeleton").length; }).observe(document.body, { childList: true, subtree: true });
        }""")
        before = page.watch.asked("/api/services")
        top = page.evaluate("scrollY")
        for _ in range(3):
            with page.expect_response("**/api/services"):
                page.clock.run_for(11_000)
        assert page.watch.asked("/api/services") >= before + 3
        assert page.evaluate("window.flickers") == 0 and page.evaluate("scrollY") == top


HIDE = """(isHidden) => {
    Object.defineProperty(document, "visibilityState", { value: isHidden ? "hidden" : "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@test("hidden: a tab that nobody sees asks for nothing, and asks at once when it is seen again")
def test_hidden(bed):
    with bed.visit(path="/", prepare=lambda page: page.clock.install()) as page:
        page.wait_for_selector(".tile")
        with page.expect_response("**/api/metrics/dashboard*"):
            page.clock.run_for(16_000)
        page.wait_for_load_state("networkidle")
        page.evaluate(HIDE, True)
        count = len(page.watch.requests)
        page.clock.run_for(120_000)
        page.wait_for_timeout(300)
        assert len(page.watch.requests) == count, [request.url for request in page.watch.requests[count:]]
        with page.expect_response("**/api/metrics/dashboard*"):
            page.evaluate(HIDE, False)


@test("times are local, with UTC beside them, and numbers have their exact value")
def test_values(bed):
    with bed.visit(path="/settings", timezone_id="Asia/Tokyo") as page:
        page.wait_for_selector("main time")
        moment = page.locator("section[aria-label=Retention] time").first
        expect(moment).to_have_attribute("title", re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC$"))
        local, universal = int(moment.inner_text().split(":")[0][-2:]), int(moment.get_attribute("title")[11:13])
        assert (local - universal) % 24 == 9
        assert page.locator("main .number[title]").count() > 5


@test("empty: what would send something is shown, works as it is, and the page then has it")
def test_empty(bed):
    collector = bed.collector()
    collector.purge()
    token = f"-H 'Authorization: Bearer {collector.token}'"
    with bed.browser.visit(collector.url, "/traces", allowed=[r"status of 404"], prepare=sign_in) as page:
        for path, kind in (("/traces", "traces"), ("/logs", "logs")):
            go(page, f"{path}?range=15m")
            expect(page.get_by_text(re.compile("No (traces|logs) in this time range"))).to_be_visible()
            command = page.locator(".state pre").inner_text()
            assert "http://127.0.0.1:4318" in command
            command = command.replace("http://127.0.0.1:4318", collector.otlp_url).replace("-H 'Content-Type", f"{token} -H 'Content-Type")
            done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20, check=True)
            assert "partialSuccess" not in done.stdout or "rejected" not in done.stdout, done.stdout
            expect(page.get_by_text(re.compile("first (span|log)")).first).to_be_visible(timeout=40_000)
        empty = {"/processes": "No process is watched", "/runs": "No run in this time passes the filters", f"/map?{LONG_AGO}": "No service sent spans"}
        for path, text in empty.items():
            go(page, path)
            expect(page.get_by_text(text)).to_be_visible()
            expect(page.locator(".state pre").first).not_to_be_empty()
