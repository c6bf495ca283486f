"""A service whose clock is wrong: `python -m tests.fault.drills.skewed FILE MODULE`.

FILE holds by how many seconds, and is read at every look at the clock; the module is run as
`python -m MODULE` would run it. Services read the time in `services.chassis.clock` alone.
"""

import datetime as dt
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.chassis import clock

MS: Final = 1_000


def main(arguments: Sequence[str]) -> None:
    """Set the clock wrong and run the module until it ends."""
    file, module = Path(arguments[0]), arguments[1]
    now, now_ms = clock.now, clock.now_ms

    def skew() -> int:
        return int(file.read_text(encoding="utf-8") or 0)

    clock.now = lambda: now() + dt.timedelta(seconds=skew())
    clock.now_ms = lambda: now_ms() + skew() * MS
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
