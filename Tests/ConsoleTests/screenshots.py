"""Makes pictures of every page of the web console: light and dark, on a phone, a desk and a wall."""

import argparse
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True

from bed import Bed  # noqa: E402
from browser import HUGE, NARROW, WIDE, Browser  # noqa: E402
from scenes import PAGES  # noqa: E402
from suite import ROOT, DemoSuite, Suite, read_endpoints  # noqa: E402

EPILOG = """\
Without --endpoints it uses the suite that deploy/run --demo started on the repository's own data directory, and if there is none, starts one
beside, on free ports and a data directory of its own that is removed afterwards.
"""


def main():
    parser = argparse.ArgumentParser(prog="deploy/screenshots", description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the pictures go")
    parser.add_argument("--endpoints", type=Path, metavar="FILE", help="endpoints file of a running deploy/run --demo")
    parser.add_argument("--wait", type=int, default=120, metavar="S", help="seconds that a suite it starts has to collect something (120)")
    options = parser.parse_args()
    usual = ROOT / ".argus/demo/endpoints"
    endpoints = options.endpoints or (usual if usual.exists() else None)
    options.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        suite = Suite(read_endpoints(endpoints)) if endpoints else stack.enter_context(DemoSuite())
        if not endpoints:
            time.sleep(options.wait)
        bed = Bed(stack, stack.enter_context(Browser()), suite)
        bed.find()
        for viewport in (WIDE, NARROW, HUGE):
            for scheme in ("light", "dark"):
                take_all(bed, options.folder, viewport, scheme)


def take_all(bed, folder, viewport, scheme):
    with bed.visit(viewport=viewport, color_scheme=scheme) as page:
        for scene in PAGES:
            scene.show(page, bed)
            path = folder / f"{scene.name.lower().replace(' ', '-')}-{viewport['width']}-{scheme}.png"
            page.screenshot(path=path)
            print(path)


if __name__ == "__main__":
    main()
