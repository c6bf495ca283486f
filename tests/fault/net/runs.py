"""Several runs one after the other: one that fails is kept and does not stop the next."""

import json
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from services.chassis import clock
from tests.fault.net.outcome import Order, Outcome, append
from tests.fault.net.run import run

LINE = "outcome.json"
STORES = ("kafka", "mongo")
"""What of a run's data is not kept unless a folder was named: it is large."""


def run_all(
    orders: Sequence[Order],
    folder: Path | None,
    record: Path | None,
    *,
    note: str = "",
    date: str = "",
) -> int:
    """Run all orders; 1 when one of them found a difference or did not come to its end.

    Only complete runs are recorded. What is left of one that is not as it should be is told.
    """
    failed = 0
    date = date or clock.now().date().isoformat()
    for order in orders:
        place = (folder or Path(tempfile.mkdtemp(prefix="dualwatch-fault-"))) / str(order.seed)
        outcome = Outcome(order, note=note)
        try:
            run(order, place, tell, outcome)
        except Exception:  # noqa: BLE001 - it is told, and the next seed is run
            tell(f"seed {order.seed} did not come to its end\n{traceback.format_exc()}")
        say(*outcome.lines())
        sound = outcome.complete and not outcome.differences
        failed += not sound
        if record and outcome.complete:
            append(record, outcome, date)
        _keep(place, outcome, date, sound=sound, named=folder is not None)
    return int(failed > 0)


def _keep(place: Path, outcome: Outcome, date: str, *, sound: bool, named: bool) -> None:
    """Keep input log, logs and line of a run that is not sound, and everything where it is told."""
    if sound and not named:
        shutil.rmtree(place.parent, ignore_errors=True)
        return
    if not named:
        for store in STORES:
            shutil.rmtree(place / "data" / store, ignore_errors=True)
    line = outcome.record(date)
    line["faults"] = outcome.findings.faults
    line["done"] = [str(done) for done in outcome.done]
    line["oracle"] = list(outcome.judgement.lines) if outcome.judgement else []
    place.mkdir(parents=True, exist_ok=True)
    (place / LINE).write_text(json.dumps(line, ensure_ascii=False, indent=1), encoding="utf-8")
    say(f"kept: {place}")


def tell(text: str) -> None:
    """Say what is going on now."""
    say(f"{time.strftime('%H:%M:%S')} {text}")


def say(*lines: str) -> None:
    """Write lines at once."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
