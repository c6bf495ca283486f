"""Every guard is broken once, and every time the checks notice."""

import pytest

from tests.deterministic.scenes import Theatre
from tests.fault.controls.breaks import BREAKS, break_of
from tests.fault.controls.scenes import CONTROLS, Control
from tests.fault.controls.table import line, recorded

SLOW = {"write-concern"}
"""A replica set of three is started for it, and has to notice that one is lost."""

by_guard = pytest.mark.parametrize(
    "control",
    [
        pytest.param(
            control,
            id=control.guard,
            marks=[pytest.mark.long] if control.guard in SLOW else [],
        )
        for control in CONTROLS
    ],
)


@by_guard
async def test_the_scene_passes_with_the_guard(theatre: Theatre, control: Control) -> None:
    """Or what the control catches would not be the missing guard."""
    assert [] == [str(breach) for breach in await control.play(theatre)]


@by_guard
async def test_the_missing_guard_is_noticed(theatre: Theatre, control: Control) -> None:
    """By the very checks that the page names."""
    with break_of(control.guard).broken():
        breaches = await control.play(theatre)

    assert breaches
    assert line(control, breaches) in recorded()


def test_every_guard_has_its_control_and_its_line() -> None:
    """None is left out, on the page either."""
    assert [known.name for known in BREAKS] == [control.guard for control in CONTROLS]
    assert len(CONTROLS) == len(recorded())
