"""Runs tests one after the other, says how each went, and ends in "N passed, N failed"."""

import sys
import time
import traceback
from pathlib import Path

TESTS = []


def test(what):
    """Makes a function a test; it gets the bed."""

    def register(function):
        TESTS.append((what, function))
        return function

    return register


def run_tests(bed, patterns, pictures):
    """Runs the tests whose names hold one of the patterns, or all; returns whether none failed."""
    passed = failed = 0
    begin = time.monotonic()
    for what, function in TESTS:
        if patterns and not any(pattern.lower() in what.lower() for pattern in patterns):
            continue
        start = time.monotonic()
        bed.browser.picture = None
        try:
            function(bed)
        except Exception as error:
            failed += 1
            print(f"FAILED  {what}{took(start)}")
            print(indented(describe(error)))
            keep_picture(bed.browser.picture, what, pictures)
        else:
            passed += 1
            print(f"ok      {what}{took(start)}")
        sys.stdout.flush()
    print(f"took {time.monotonic() - begin:.0f} s")
    print(f"{passed} passed, {failed} failed")
    return failed == 0 and passed > 0


def took(start):
    seconds = time.monotonic() - start
    return f" ({seconds:.1f} s)" if seconds >= 1 else ""


def describe(error):
    """The error, and the line of the test that it came from."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == Path(__file__).parent]
    places = [f"{Path(frame.filename).name}:{frame.lineno}: {frame.line}" for frame in frames[1:]]
    text = str(error) or type(error).__name__
    return "\n".join([*places[-3:], *text.splitlines()[:40]])


def indented(text):
    return "\n".join(f"        {line[:400]}" for line in text.splitlines())


def keep_picture(picture, what, folder):
    if not picture:
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{''.join(letter if letter.isalnum() else '-' for letter in what)[:80]}.png"
    path.write_bytes(picture)
    print(f"        what it looked like: {path}")
