"""What a unit of work costs with few projects and with many: `python -m tests.bench.growth_sizes`.

For each of `--sizes` (PROJECTS:ENTRIES) and of `--instances`, analysis takes a ledger in a store of
its own: seconds for each entry of the fold, for each project of a day's sweep, for each entry of a
rebuild beside it, for an answer, and memory (`growth_analysis.py`). For each of `--whole` (numbers
of projects) the whole product does, and is asked for pages and forms (`growth_pages.py`).
What fails is told in its place, and the others go on; with `--record` every size is a line of its
own as soon as it is done. Compare 10,000 with 100,000 projects of as many entries each.
"""

import argparse
import asyncio
import logging
import time
from pathlib import Path
from typing import Final

from tests.bench import growth_analysis, growth_pages
from tests.bench.growth_figures import Figures, Size
from tests.support.recorded import record

SIZES: Final = ("1k:10k", "10k:100k", "100k:1M")
WHOLE: Final = (1_000, 10_000, 100_000)


def main() -> int:
    """Measure what is asked for; 1 when something could not be measured."""
    options = _options()
    logging.disable(logging.ERROR)
    failed = 0
    for instances in options.instances:
        for text in options.sizes:
            size = Size.parse(text)
            began = time.monotonic()
            found = asyncio.run(
                growth_analysis.measure(size, instances, options.parts, turns=options.turns)
            )
            failed += _keep(found, options.record, time.monotonic() - began)
    for projects in options.whole:
        began = time.monotonic()
        found = asyncio.run(growth_pages.measure(projects, options.parts))
        failed += _keep(found, options.record, time.monotonic() - began)
    return int(failed > 0)


def _keep(found: Figures, file: Path | None, seconds: float) -> int:
    """Record a size; give how many of its parts failed."""
    print(f"took {seconds:.0f} s\n", flush=True)
    if file and found.found:
        record(file, found.found, bench="growth", seconds=round(seconds))
    return sum("failed" in figure for figure in found.found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth_sizes", description=__doc__)
    parser.add_argument("--sizes", nargs="*", default=SIZES, help=f"unsaid: {' '.join(SIZES)}")
    parser.add_argument("--instances", type=int, nargs="+", default=[1], choices=(1, 2))
    parser.add_argument(
        "--turns",
        action="store_true",
        help="entries of all projects come in turns, not one jurisdiction's after another's",
    )
    parser.add_argument("--whole", type=int, nargs="*", default=WHOLE, help="projects; may be none")
    every = (*growth_analysis.PARTS, *growth_pages.PARTS)
    parser.add_argument("--parts", nargs="+", choices=every, default=every)
    parser.add_argument("--record", type=Path, help="append a line for each size to this file")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
