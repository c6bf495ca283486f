"""Published numbers (forms.md 2.3) and the real files' figures, through the whole fold."""

import pytest

from contracts.vocabulary import rate_bp
from tests.golden.cells import Cell
from tests.golden.earned import airport_cells, pmev_cells, pra_cells
from tests.golden.met import Met, documents, strategy
from tests.golden.page import PAGE, page
from tests.golden.rates import rate_cells

CELLS = [*rate_cells(), *pra_cells(), *airport_cells(), *pmev_cells()]


@pytest.mark.parametrize("published", CELLS, ids=lambda cell: f"{cell.figure} {cell.published}")
def test_every_published_cell_is_ours(published: Cell) -> None:
    """To the places that were published."""
    assert published.published == published.ours


def test_all_published_cells_are_compared() -> None:
    """Seven rates, three projects: fourteen, six rows of nine, and three figures."""
    assert 7 + 14 + 6 * 9 + 3 == len(CELLS)


def test_the_page_of_published_numbers_is_current() -> None:
    """`python -m tests.golden` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("result", [*documents(), *strategy()], ids=lambda found: found.what)
def test_what_a_source_says_is_met_is_met(result: Met) -> None:
    """Where it says so: direction and target are given, or a person has read it."""
    if result.source is not None:
        assert result.source is result.ours


def test_a_target_of_nothing_is_met_and_a_text_nobody_read_is_not_judged() -> None:
    """Where the source has no verdict of its own (domain-rules 13, 14)."""
    silent = [found.ours for found in (*documents(), *strategy()) if found.source is None]

    assert [True, None] == silent


@pytest.mark.parametrize(
    ("part", "whole", "rate"),
    [(1, 8, 1_250), (1, 20_000, 1), (1, 20_001, 0), (-1, 20_000, -1), (5, 0, None)],
)
def test_rates_are_rounded_half_up(part: int, whole: int, rate: int | None) -> None:
    """Exactly a half goes up, away from zero for the negative."""
    assert rate == rate_bp(part, whole)


def test_rates_of_very_large_amounts_are_exact() -> None:
    """Beyond the 28 digits of a Decimal context."""
    whole = 10**30
    half_a_point_more = whole + 5 * 10**25

    assert 10_001 == rate_bp(half_a_point_more, whole)
    assert 10_000 == rate_bp(half_a_point_more - 1, whole)
