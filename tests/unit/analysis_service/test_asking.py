"""Which day and year a question is about that names none: today's, or those of a cut."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from contracts.vocabulary import PrincipalKind
from services.analysis.api.asking import known_jurisdiction
from services.analysis.api.known import copies_then, copy_then, organisations_then
from services.analysis.domain import Jurisdiction, Organisation
from services.analysis.store.reading import TooManyEntriesError
from services.chassis.identity import Principal
from services.chassis.problems import ProblemError
from tests.support.looped import looped

EARLY, LATE, NEVER = [3, 3], [5, 5], [1, 1]


def copies(*days: str | None) -> list[Jurisdiction]:
    """A jurisdiction as each partition knows it: its last opened day."""
    return [
        Jurisdiction("610100", today=None if day is None else dt.date.fromisoformat(day))
        for day in days
    ]


class Readings:
    """A reader of what is known now and was known then."""

    def __init__(self, **then: list[Jurisdiction]) -> None:
        """By the first position of a cut."""
        self.then = then
        self.asked: list[Sequence[int]] = []

    async def jurisdictions(self, code: str) -> dict[str, list[Jurisdiction]]:
        """Say how it is known now."""
        return {code: copies("2027-01-05", "2027-01-05")}

    async def jurisdictions_at(self, _: str, cut: Sequence[int]) -> list[Jurisdiction]:
        """Say how it was known."""
        self.asked.append(cut)
        return self.then[f"at_{cut[0]}"]


def asked(
    reader: Any, as_of: str | None = None, year: int | None = None, cuts: Sequence[list[int]] = ()
) -> tuple[str, int]:
    caller = Principal("li", PrincipalKind.STAFF, frozenset())
    day = None if as_of is None else dt.date.fromisoformat(as_of)
    known = known_jurisdiction(reader, caller, "610100", day, year, cuts)
    _, found, of = looped(known)
    return found.isoformat(), of


READER = {
    "at_3": copies("2026-06-30", "2026-06-29"),
    "at_5": copies("2026-07-01"),
    "at_1": copies("2026-03-01", None),
}


def test_without_a_cut_it_is_today() -> None:
    """And nothing of the past is folded."""
    reader = Readings()

    assert ("2027-01-05", 2027) == asked(reader)
    assert [] == reader.asked


def test_at_a_cut_it_is_the_last_day_that_every_partition_had_opened() -> None:
    """And the fiscal year is that day's, whatever year it is now."""
    assert ("2026-06-29", 2026) == asked(Readings(**READER), cuts=[EARLY])
    assert ("2026-06-29", 2025) == asked(Readings(**READER), year=2025, cuts=[EARLY])


def test_of_two_cuts_it_is_the_later_day() -> None:
    """Both sides of a comparison are of one day, in whatever order they are given."""
    for cuts in ([EARLY, LATE], [LATE, EARLY], [NEVER, LATE]):
        assert ("2026-07-01", 2026) == asked(Readings(**READER), cuts=cuts)


def test_a_day_that_is_named_counts() -> None:
    """Nothing has to be folded to know it."""
    reader = Readings(**READER)

    assert ("2026-02-01", 2026) == asked(reader, "2026-02-01", cuts=[EARLY])
    assert [] == reader.asked


def test_a_cut_before_the_first_day_has_none() -> None:
    """It is said of the cut."""
    with pytest.raises(ProblemError) as raised:
        asked(Readings(**READER), cuts=[NEVER])

    problem = raised.value.problem
    assert "no_day_opened" == problem.code
    assert "At that cut no day had been opened in this jurisdiction." == problem.detail
    assert "截至该账本位置,该财政区划尚未开启任何工作日。" == problem.detail_zh


def test_a_past_of_too_many_facts_is_refused() -> None:
    """As that of a project is."""

    class Endless:
        async def jurisdictions_at(self, code: str, _: Sequence[int]) -> list[Jurisdiction]:
            raise TooManyEntriesError(code)

        async def organisations_at(self, code: str, _: Sequence[int]) -> dict[str, Organisation]:
            raise TooManyEntriesError(code)

        async def jurisdiction_at(self, code: str, *_: int) -> Jurisdiction | None:
            raise TooManyEntriesError(code)

    reader: Any = Endless()
    for then in (
        copies_then(reader, "610100", EARLY),
        organisations_then(reader, "610100", EARLY),
        copy_then(reader, "610100", 0, EARLY),
    ):
        with pytest.raises(ProblemError) as raised:
            looped(then)
        assert "too_many_entries" == raised.value.problem.code
