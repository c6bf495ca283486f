"""第十二条: …对照批复的绩效目标,收集…信息: at a campaign's cut-off quantities are asked for."""

import pytest

from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import jurisdiction, project, target, targets
from tests.support.measuring import parameters

title = "What is due at a campaign's cut-off"

EXPECTED = rows("""
    | indicator                   | 29 June      | 30 June      | 31 December  |
    |-----------------------------|--------------|--------------|--------------|
    | quantity                    | not_yet_due  | not_reported | not_reported |
    | quality                     | not_yet_due  | not_yet_due  | not_reported |
    | quantity with its own date  | not_yet_due  | not_yet_due  | not_reported |
""")
TARGETS = {
    "quantity": target(),
    "quality": target(behaviour="quality"),
    "quantity with its own date": target(due=["2026-10-31"]),
}
DAYS = {"29 June": "2026-06-29", "30 June": "2026-06-30", "31 December": "2026-12-31"}


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: str(row["indicator"]))
def test_quantities_are_due_at_each_cut_off(engine: Engine, row: dict[str, str]) -> None:
    """Those that name no date of their own; all others at the year's end (domain-rules 14)."""
    cut_offs = parameters(monitoring_cut_offs=["06-30"])
    engine.given(jurisdiction(), cut_offs, project(), targets(TARGETS[row["indicator"]]))
    told = {"indicator": row["indicator"]}
    for name, date in DAYS.items():
        (found,) = engine.assessment(as_of=date).attainment.indicators
        told[name] = str(found.state)

    assert row == told
