"""What the bench of growth tells of its folds."""

from typing import Any

import pytest

from tests.bench.contender import Look, Run
from tests.bench.growth_figures import Figures, Size
from tests.bench.growth_folding import ENTRIES_LEAST, TURNS_MAX, tell, turns_of
from tests.bench.stages import LIMIT, PRODUCT

ENTRIES = 1_000


def fold(contender: str, seconds: float, cpu: float, mongod: float, entries: int = ENTRIES) -> Run:
    """Make a fold, seen at its beginning, half of its way and at its end."""
    looks = (
        Look(0.0, 0, 0),
        Look(0.75 * seconds, entries // 2, 0),
        Look(seconds, entries, 0),
    )
    return Run("fold", contender, entries, seconds, cpu, mongod, 0.0, 250, looks)


def told(*runs: Run) -> list[dict[str, Any]]:
    """Let the bench tell of folds."""
    figures = Figures(Size(100, runs[0].events))
    tell(figures, runs)
    return figures.found


@pytest.mark.parametrize(
    ("entries", "turns"),
    [
        (1_000, TURNS_MAX),
        (ENTRIES_LEAST // 3, 3),
        (ENTRIES_LEAST // 3 + 1, 3),
        (ENTRIES_LEAST, 1),
        (10 * ENTRIES_LEAST, 1),
    ],
)
def test_small_ledgers_are_folded_several_times(entries: int, turns: int) -> None:
    """Until as many entries are folded as say something; a large one says it once."""
    assert turns == turns_of(entries)


def test_each_contender_costs_the_median_of_its_turns(capsys: pytest.CaptureFixture[str]) -> None:
    """The clock, its own CPU and mongod's, in microseconds an entry."""
    found = told(
        fold(LIMIT, 0.010, 0.008, 0.004),
        fold(PRODUCT, 0.040, 0.030, 0.020),
        fold(LIMIT, 0.090, 0.009, 0.006),
        fold(PRODUCT, 0.060, 0.032, 0.022),
        fold(LIMIT, 0.011, 0.010, 0.005),
        fold(PRODUCT, 0.050, 0.034, 0.090),
    )
    cost = {(one.get("contender", ""), one["what"]): one["value"] for one in found}

    assert {"fold", "memory"} == {one["subject"] for one in found}
    assert {
        ("", ""): 50.0,
        ("", "CPU"): 32.0,
        ("", "mongod's CPU"): 22.0,
        ("", "most while it folds"): 250.0,
        (LIMIT, ""): 11.0,
        (LIMIT, "CPU"): 9.0,
        (LIMIT, "mongod's CPU"): 5.0,
    } == cost
    assert "limit, fold, mongod's CPU" in capsys.readouterr().out


def test_a_limit_that_failed_leaves_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """Its slope then stands as it is."""
    found = told(fold(PRODUCT, 0.050, 0.034, 0.021))

    assert all("contender" not in one for one in found)
    assert "limit" not in capsys.readouterr().out


def test_a_long_fold_tells_its_first_and_its_last_quarter() -> None:
    """Ours alone: whether an entry costs more when there are many; no slope is made of them."""
    found = told(fold(PRODUCT, 8.0, 6.0, 4.0, 400_000), fold(LIMIT, 2.0, 2.0, 1.0, 400_000))
    quarters = {one["what"]: one["value"] for one in found if "quarter" in one["what"]}

    assert {"first quarter": 30.0, "last quarter": 10.0} == quarters
    assert all(not one["sloped"] for one in found if "quarter" in one["what"])
