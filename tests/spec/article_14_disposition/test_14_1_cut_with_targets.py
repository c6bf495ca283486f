"""第十四条(一): … 调减项目预算,同步调整绩效目标: a cut on objective grounds comes with targets."""

import pytest

from contracts.envelope import AnyEvent
from tests.spec.engines import Engine
from tests.support.builders import (
    adjustment,
    budget,
    jurisdiction,
    project,
    target,
    targets,
    targets_adjusted,
)

title = "A cut and its targets"

BEFORE = [jurisdiction(), project(), budget(amount="1000.00"), targets(date="2026-01-20")]
CUT = adjustment("cut", "100.00", "2026-06-01", objective_grounds=True)


@pytest.mark.parametrize(
    ("after", "waits", "changed"),
    [
        ([], ("2026-06-01", 21), False),
        ([targets_adjusted(target(target_value="90"), date="2026-06-01")], (None, None), True),
        ([targets_adjusted(date="2026-06-12", withdrawn=["K1"])], (None, None), True),
        ([targets_adjusted(target("K2"), date="2026-06-12")], (None, None), False),
    ],
    ids=["nobody adjusts them", "on the same day", "later, one is withdrawn", "a new one is added"],
)
def test_a_cut_waits_until_targets_are_adjusted(
    engine: Engine,
    after: list[AnyEvent],
    waits: tuple[str | None, int | None],
    changed: bool,  # noqa: FBT001 - one of the table's columns
) -> None:
    """By 30 June 21 working days have passed since; changed for the cut, targets are its pair."""
    engine.given(*BEFORE, CUT, *after)
    found = engine.assessment(as_of="2026-06-30").standing
    since = found.unpaired_cut_on

    assert (since.isoformat() if since else None, found.unpaired_cut_working_days) == waits
    assert found.targets_changed_for_cut is changed
