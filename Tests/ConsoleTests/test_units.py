"""The console's pure parts: units.ts, evaluated in the browser."""

import os
import subprocess
from pathlib import Path

from runner import test

# Where Debian's packages put React, which some of the modules import.
MODULES = "/usr/share/nodejs"


@test("its pure parts: filter, range, times, numbers, text, tree and critical path of a trace")
def test_units(bed):
    source = Path(__file__).with_name("units.ts")
    command = ["esbuild", source, "--bundle", "--format=iife", "--target=es2021", "--log-level=warning"]
    script = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"NODE_PATH": MODULES}).stdout
    context = bed.browser.chromium.new_context(locale="en-US", timezone_id="Asia/Kathmandu")
    try:
        page = context.new_page()
        page.evaluate(script)
        outcomes = page.evaluate("outcomes")
    finally:
        context.close()
    failed = [f"{outcome['what']}: {problem}" for outcome in outcomes for problem in outcome["problems"]]
    assert not failed, "\n".join(failed)
    assert len(outcomes) >= 12
