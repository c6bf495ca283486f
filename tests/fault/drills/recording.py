"""Keeping what a drill has shown: `DRILLS_RECORD=docs/proof/drills.jsonl make test-long …`."""

import os
from pathlib import Path
from typing import Final

from tests.fault.drills.sending import tell
from tests.support.recorded import record

VARIABLE: Final = "DRILLS_RECORD"


def passed(drill: str, effect: str, seconds: float, *, lost: int, doubled: int) -> None:
    """Say what a drill that has passed has seen, and keep it where a file is named.

    `effect`: what a counter showed; `seconds`: from the loss until all went on.
    """
    figure = {
        "drill": drill,
        "holds": not lost and not doubled,
        "what": effect,
        "effect": effect,
        "seconds": round(seconds, 1),
        "lost": lost,
        "doubled": doubled,
    }
    tell(str(figure))
    if file := os.environ.get(VARIABLE):
        record(Path(file), [figure], bench="drills")
