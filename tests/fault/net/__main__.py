"""`make fault`: run seeds under faults and check that nothing is lost, doubled or wrong."""

import argparse
import sys
from pathlib import Path
from typing import Final

from tests.fault.controls.breaks import BREAKS
from tests.fault.net.kinds import Kind
from tests.fault.net.outcome import Order
from tests.fault.net.runs import run_all

EVENTS: Final = 20_000
FAULTS: Final = 15
DAYS: Final = 40


def main() -> int:
    """Run as the arguments say; 1 when anything differs."""
    asked = _arguments().parse_args()
    orders = [
        Order(
            seed,
            asked.events,
            asked.faults,
            asked.days,
            asked.minutes,
            asked.broken,
            tuple(asked.only),
        )
        for seed in asked.seed
    ]
    return run_all(orders, asked.folder, asked.record, note=asked.note, date=asked.date)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fault.net", description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="one run each")
    parser.add_argument("--events", type=int, default=EVENTS, help="different events of a run")
    parser.add_argument("--faults", type=int, default=FAULTS, help="faults of a run")
    parser.add_argument("--days", type=int, default=DAYS, help="days of the city")
    parser.add_argument("--minutes", type=float, help="sending time; default: the schedule's")
    parser.add_argument(
        "--break",
        dest="broken",
        choices=[known.name for known in BREAKS],
        help="a negative control: one service runs without this guard",
    )
    parser.add_argument(
        "--only", type=Kind, nargs="+", default=list(Kind), help="kinds of faults; default: all"
    )
    parser.add_argument("--folder", type=Path, help="keep data, logs and input log here")
    parser.add_argument("--record", type=Path, help="append a line of JSON for each run here")
    parser.add_argument("--date", default="", help="date that the record carries; default: today")
    parser.add_argument("--note", default="", help="what the record is to say besides")
    return parser


if __name__ == "__main__":
    sys.exit(main())
