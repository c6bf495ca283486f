"""`make soak`: half an hour of load with some faults; memory stays flat, readers keep up.

All that the net checks is checked at the end (docs/faults.md).
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from tests.fault.net.outcome import Order
from tests.fault.net.runs import run_all
from tests.fault.net.soaking import SOAKED

MINUTES: Final = 30.0
RATE: Final = 300
SECONDS_BETWEEN_FAULTS: Final = 30
DAYS: Final = 40


def main() -> int:
    """Run as the arguments say; 1 when anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.fault.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long it is sent")
    parser.add_argument("--rate", type=int, default=RATE, help="events a second")
    parser.add_argument("--days", type=int, default=DAYS, help="days of the city")
    parser.add_argument("--folder", type=Path, help="keep data, logs and input log here")
    parser.add_argument("--record", type=Path, help="append a line of JSON here")
    parser.add_argument("--note", default="", help="what the line is to say besides")
    asked = parser.parse_args()
    seconds = asked.minutes * 60
    order = Order(
        asked.seed,
        round(asked.rate * seconds),
        max(1, round(seconds / SECONDS_BETWEEN_FAULTS)),
        asked.days,
        asked.minutes,
        only=SOAKED,
        rate=asked.rate,
    )
    return run_all([order], asked.folder, asked.record, note=asked.note)


if __name__ == "__main__":
    sys.exit(main())
