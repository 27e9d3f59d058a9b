"""How much is loaded before something is seen, and when that is."""

import statistics

from runner import test

LARGEST = 120 * 1024
# The aim is 1 s; the bound leaves room for machines that do other things, too.
LATEST = 4_000
RUNS = 5
# A smaller file does not gain by it.
LEAST_COMPRESSED = 1_000
MEASURE = """() => {
    const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    const page = performance.getEntriesByType("navigation")[0];
    const loaded = performance.getEntriesByType("resource").filter(({ name, startTime }) => startTime < paint && new URL(name).pathname.startsWith("/assets/"));
    return { paint, bytes: [page, ...loaded].reduce((sum, entry) => sum + entry.encodedBodySize, 0), files: 1 + loaded.length };
}"""


@test("at most 120 KB, compressed, are loaded before the first paint, which comes at once")
def test_first_paint(bed):
    found = []
    for _ in range(RUNS):
        with bed.visit() as page:
            page.wait_for_selector(".tile")
            page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
            found.append(page.evaluate(MEASURE))
            assets = [request.response() for request in page.watch.requests if request.url.endswith((".js", ".css"))]
            plain = [answer.url for answer in assets if answer.headers.get("content-encoding") != "gzip" and int(answer.headers["content-length"]) > LEAST_COMPRESSED]
            assert not plain, f"not compressed: {plain}"
            assert all("immutable" in answer.headers["cache-control"] for answer in assets)
    size, paint = max(one["bytes"] for one in found), statistics.median(one["paint"] for one in found)
    print(f"        {size / 1024:.1f} KB in {found[0]['files']} files before the first paint, which comes after {paint:.0f} ms (median of {RUNS})")
    assert size <= LARGEST, f"{size} bytes"
    assert paint <= LATEST, f"{paint} ms"


@test("ECharts comes after the first paint")
def test_charts(bed):
    with bed.visit(path="/dashboard") as page:
        page.wait_for_selector(".chart canvas")
        page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
        assert page.evaluate("""performance.getEntriesByType("resource").find(({ name }) => name.includes("/assets/echarts")).responseEnd
            > performance.getEntriesByName("first-contentful-paint")[0].startTime""")
