"""Killed at any of its writes, a service loses nothing and doubles nothing."""

import pytest

from tests.deterministic.scenes import Report, Scene, Theatre
from tests.deterministic.stories import SCENES

pytestmark = pytest.mark.integration


def _assert_nothing_happened(report: Report, points: int) -> None:
    assert [] == [str(breach) for breach in report.breaches]
    assert report.points == points > 0


@pytest.mark.parametrize("scene", SCENES, ids=str)
async def test_the_end_is_the_same_whichever_write_was_the_last(
    theatre: Theatre, scene: Scene
) -> None:
    """All collections and all that was published equal those of a run that nobody disturbed."""
    report = await theatre.every_crash(scene)

    _assert_nothing_happened(report, len(report.undisturbed.writes) + 1)


@pytest.mark.long
@pytest.mark.parametrize("scene", SCENES, ids=str)
async def test_the_end_is_the_same_before_and_after_each_write(
    theatre: Theatre, scene: Scene
) -> None:
    """The same, with the moment before each write and the moment after the one before apart."""
    report = await theatre.every_crash(scene, both_sides=True)

    _assert_nothing_happened(report, 2 * len(report.undisturbed.writes))


@pytest.mark.parametrize("scene", SCENES, ids=str)
async def test_who_was_taken_over_changes_nothing(theatre: Theatre, scene: Scene) -> None:
    """Alive, sure of its right and with records in hand: neither store nor topics move."""
    assert [] == [str(breach) for breach in await theatre.takeover(scene)]
