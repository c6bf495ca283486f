"""`make fault`: run seeds under faults and check that nothing is lost, doubled or wrong."""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.fault.controls.breaks import BREAKS
from tests.fault.net.run import Order, append, run
from tests.fault.net.schedule import Kind

EVENTS: Final = 20_000
FAULTS: Final = 15
DAYS: Final = 60


def main() -> int:
    """Run as the arguments say; 1 when anything differs."""
    asked = _arguments().parse_args()
    outcomes = []
    for seed in asked.seed:
        order = Order(
            seed,
            asked.events,
            asked.faults,
            asked.days,
            asked.minutes,
            asked.broken,
            tuple(asked.only),
        )
        with ExitStack() as closing:
            folder = asked.folder or Path(
                closing.enter_context(tempfile.TemporaryDirectory(prefix="dualwatch-fault-"))
            )
            outcomes.append(run(order, folder / str(seed), _tell))
        _print(*outcomes[-1].lines())
        if asked.record:
            append(asked.record, outcomes[-1:], asked.date)
    return int(any(outcome.differences for outcome in outcomes))


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
    parser.add_argument("--date", default="", help="date that the record carries")
    return parser


def _tell(text: str) -> None:
    _print(f"{time.strftime('%H:%M:%S')} {text}")


def _print(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
