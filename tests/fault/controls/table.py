"""The table of controls in docs/proof: each line says what the run of that control has seen."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.deterministic.invariants import Breach
from tests.fault.controls.breaks import break_of
from tests.fault.controls.scenes import Control

PAGE: Final = Path(__file__).parents[3] / "docs" / "proof" / "controls.md"
LINE: Final = "| **"


def line(control: Control, breaches: Iterable[Breach]) -> str:
    """Write what was seen of one control."""
    known = break_of(control.guard)
    noticed = "; ".join(sorted({breach.invariant.value for breach in breaches}))
    words = (f"**{known.name}**: {known.guard}", known.how, control.scene, noticed)
    return f"| {' | '.join(re.sub('[|]', '/', word) for word in words)} |"


def write(lines: Sequence[str]) -> None:
    """Put these lines in place of the page's."""
    kept = [text for text in PAGE.read_text("utf-8").splitlines() if not text.startswith(LINE)]
    PAGE.write_text("\n".join([*kept, *lines]) + "\n", "utf-8")


def recorded() -> list[str]:
    """Read the lines of the page."""
    return [text for text in PAGE.read_text("utf-8").splitlines() if text.startswith(LINE)]
