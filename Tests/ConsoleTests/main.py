"""Tests of the web console in a real browser. Run by Tests/ConsoleTests/run."""

import argparse
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True

from bed import Bed  # noqa: E402
from browser import Browser  # noqa: E402
from runner import run_tests  # noqa: E402
from suite import ROOT, DemoSuite, Suite, read_endpoints  # noqa: E402

import test_units  # noqa: E402, F401
import test_pages  # noqa: E402, F401
import test_measures  # noqa: E402, F401
import test_telemetry  # noqa: E402, F401
import test_logs  # noqa: E402, F401
import test_alerts  # noqa: E402, F401
import test_work  # noqa: E402, F401
import test_states  # noqa: E402, F401
import test_settings  # noqa: E402, F401
import test_keyboard  # noqa: E402, F401
import test_scenes  # noqa: E402, F401


def main():
    parser = argparse.ArgumentParser(prog="Tests/ConsoleTests/run", description=__doc__)
    parser.add_argument("patterns", nargs="*", metavar="TEXT", help="run only the tests that have this in their names")
    parser.add_argument("--endpoints", metavar="FILE", help="use the suite that deploy/run --demo started; the tests change its data")
    parser.add_argument("--pictures", metavar="DIR", type=Path, default=ROOT / ".argus/console-tests", help="where pictures of failures go")
    options = parser.parse_args()
    for name, code in (("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)):
        signal.signal(getattr(signal, name), lambda *_, code=code: sys.exit(code))
    with ExitStack() as stack:
        suite = Suite(read_endpoints(options.endpoints)) if options.endpoints else stack.enter_context(DemoSuite())
        bed = Bed(stack, stack.enter_context(Browser()), suite)
        bed.prepare()
        is_well = run_tests(bed, options.patterns, options.pictures)
    sys.exit(not is_well)


if __name__ == "__main__":
    main()
