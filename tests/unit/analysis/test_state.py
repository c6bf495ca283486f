"""State: what is remembered, how it is kept, how it is written and read."""

from typing import Any, get_args, get_type_hints

import msgspec
import pytest

from services.analysis.domain import (
    Jurisdiction,
    ProjectHead,
    ProjectYear,
    StateVersionError,
    decode_state,
    encode_state,
    evolve,
    fiscal_year_of,
    needs_sweep,
    new_year,
)
from services.analysis.domain.folding import project as project_folds
from services.analysis.domain.folding import targets as target_folds
from services.analysis.domain.state import Entry, Report
from tests.spec.engines import folded
from tests.support.builders import (
    PROJECT,
    budget,
    carryover,
    day,
    day_opened,
    disbursement,
    expenditure,
    jurisdiction,
    organisation,
    plan,
    progress,
    project,
    target,
    targets,
)
from tests.support.measuring import year_closed

YEARS = (2024, 2025, 2026)


def test_state_is_read_as_it_was_written() -> None:
    """Of all three kinds, with everything in them."""
    engine = folded(
        [
            jurisdiction(),
            day_opened("2026-03-07", working_day=True),
            project(),
            budget(period={"start": "2026-01-01", "end": "2026-12-31"}),
            plan([("2026-01-01", "2026-12-31", "1.00")]),
            targets(goal="目标"),
            progress(None, grade="met", value_date="2026-05-01", due="2026-06-30"),
            expenditure(line=None),
            expenditure(contract="C1"),
        ]
    )
    place, head = engine.jurisdictions["610100"], engine.heads[PROJECT]
    year = engine.year(PROJECT, 2026)

    assert place == decode_state(encode_state(place), Jurisdiction)
    assert head == decode_state(encode_state(head), ProjectHead)
    assert year == decode_state(encode_state(year), ProjectYear)


def test_sums_beyond_64_bits_are_kept_exactly() -> None:
    """Thousands of largest amounts on one day must not stop a partition."""
    year = folded(
        expenditure(amount="999999999999999.99", line=name) for name in ["L1"] * 100 + ["L2"]
    ).year(PROJECT, 2026)

    assert year == decode_state(encode_state(year), ProjectYear)
    assert any(fen > 2**63 for fen in year.lines["L1"].flows.values())


def test_sums_of_a_contract_beyond_64_bits_are_kept_exactly() -> None:
    """A contract's buckets are written as a line's."""
    year = folded(
        expenditure(amount="999999999999999.99", contract=name) for name in ["C1"] * 100 + ["C2"]
    ).year(PROJECT, 2026)

    assert year == decode_state(encode_state(year), ProjectYear)
    assert any(fen > 2**63 for fen in year.lines["L1"].contracts["C1"].flows.values())


def test_sums_of_old_money_beyond_64_bits_are_kept_exactly() -> None:
    """By year of origin, as a line's buckets are written."""
    told = [carryover("999999999999999.99", from_year=2024) for _ in range(100)]
    year = folded([*told, carryover("1.00")]).year(PROJECT, 2026)

    assert year == decode_state(encode_state(year), ProjectYear)
    assert [100 * 99_999_999_999_999_999] == list(year.lines["L1"].carried[2024].flows.values())
    assert [100] == list(year.lines["L1"].carried[2025].flows.values())


def test_sums_of_disbursing_beyond_64_bits_are_kept_exactly() -> None:
    """As it was stated, beside what corrections move."""
    year = folded(
        disbursement(amount="999999999999999.99", line=name) for name in ["L1"] * 100 + ["L2"]
    ).year(PROJECT, 2026)
    stated = year.lines["L1"].disbursing

    assert year == decode_state(encode_state(year), ProjectYear)
    assert stated is not None
    assert any(fen > 2**63 for fen in stated.flows.values())


def test_payments_without_a_contract_are_kept_by_day_alone() -> None:
    """Nothing is remembered of them beside the day's sums."""
    year = folded([expenditure()]).year(PROJECT, 2026)

    assert {} == year.lines["L1"].contracts


def test_many_largest_approvals_for_a_period_are_kept_exactly() -> None:
    """They split into several instead of growing beyond 64 bits."""
    whole = {"start": "2026-01-01", "end": "2026-12-31"}
    engine = folded(budget(amount="999999999999999.99", period=whole) for _ in range(100))
    year = engine.year(PROJECT, 2026)

    assert year == decode_state(encode_state(year), ProjectYear)
    assert 100 * 99_999_999_999_999_999 == engine.assessment().execution.money.adjusted_budget


def test_state_of_another_version_is_refused() -> None:
    """The projection is rebuilt; nothing is guessed."""
    raw = encode_state(new_year(PROJECT, 2026))

    with pytest.raises(StateVersionError):
        decode_state(b"\x00" + raw[1:], ProjectYear)
    with pytest.raises(StateVersionError):
        decode_state(b"", ProjectYear)


def test_the_year_of_a_fact_is_the_one_it_carries() -> None:
    """Facts about the project itself have none."""
    assert 2025 == fiscal_year_of(expenditure(fiscal_year=2025))
    assert None is fiscal_year_of(project())


def test_a_fact_of_no_year_is_not_folded_into_one() -> None:
    """A wrong turn is loud."""
    with pytest.raises(KeyError):
        evolve(new_year(PROJECT, 2026), Entry(1, 1, 0, project()))


def test_today_is_the_latest_opened_day() -> None:
    """Not the last one told; organisations change nothing."""
    engine = folded(
        [
            jurisdiction(fiscal_year_start="04-01", currency="GBP"),
            day_opened("2026-03-06"),
            day_opened("2026-03-04"),
            organisation(),
        ]
    )
    place = engine.jurisdictions["610100"]

    assert ("2026-03-06", 2, 4, "GBP") == (
        str(place.today),
        place.opened_position,
        place.start_month,
        place.currency,
    )


def test_which_years_a_day_assesses() -> None:
    """The current one and last year's; others if they changed since the day before was opened."""
    engine = folded([jurisdiction(), *(budget(date=f"{year}-01-20") for year in YEARS)])
    place = engine.jurisdictions["610100"]

    def swept() -> list[int]:
        return [year for year in YEARS if needs_sweep(place, engine.year(PROJECT, year))]

    assert [] == swept()
    engine.given(day_opened("2026-03-02"))
    assert [2025, 2026] == swept()
    engine.given(expenditure(fiscal_year=2024), day_opened("2026-03-03"))
    assert [2024, 2025, 2026] == swept()
    engine.given(day_opened("2026-03-04"))
    assert [2025, 2026] == swept()


def test_last_year_is_looked_at_until_it_is_closed() -> None:
    """The day on which it is closed still says so; what comes later is looked at all the same."""
    engine = folded([jurisdiction(), *(budget(date=f"{year}-01-20") for year in YEARS)])
    place, last = engine.jurisdictions["610100"], engine.year(PROJECT, 2025)
    engine.given(day_opened("2026-01-18"), year_closed(2025, "2026-01-20"))
    swept = []
    for date in ("2026-01-19", "2026-01-20", "2026-01-21"):
        engine.given(day_opened(date))
        swept.append(needs_sweep(place, last))
    engine.given(expenditure(fiscal_year=2025), day_opened("2026-01-22"))

    assert [True, True, False] == swept
    assert needs_sweep(place, last)
    assert needs_sweep(place, engine.year(PROJECT, 2026))


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest by business date go; a publisher that repeats itself adds nothing."""
    for name in ("GOALS_MAX", "VERSIONS_MAX", "REPORTS_MAX"):
        monkeypatch.setattr(target_folds, name, 3)
    monkeypatch.setattr(project_folds, "REGISTRATIONS_MAX", 3)
    dates = [f"2026-0{month}-01" for month in (5, 1, 4, 2, 3)]
    engine = folded(
        event
        for date in dates
        for event in (
            project(date=date, name=date),
            targets(target(), date=date, goal=date),
            progress("1", date=date),
            progress("2", date=date),
        )
    )
    year, head = engine.year(PROJECT, 2026), engine.heads[PROJECT]
    known = year.indicators["K1"]
    newest = sorted(dates)[2:]
    ordinals = [day(date).toordinal() for date in newest]

    assert newest == [registration.name for registration in head.registrations]
    assert newest == [goal.text for goal in year.goals]
    assert ordinals == [version.day for version in known.versions]
    assert [(n, "2") for n in ordinals] == [(r.day, r.value) for r in known.reports]


def _parts(kind: Any) -> set[type[msgspec.Struct]]:
    """Return the structures that a type is made of, not those within them."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {kind}
    return {part for word in get_args(kind) for part in _parts(word)}


def _within(kind: type[msgspec.Struct]) -> set[type[msgspec.Struct]]:
    """Return all structures that one of a kind can hold, itself only if it can hold its like."""
    found: set[type[msgspec.Struct]] = set()
    waiting = [kind]
    while waiting:
        hints = get_type_hints(waiting.pop()).values()
        new = {part for hint in hints for part in _parts(hint)} - found
        found |= new
        waiting += new
    return found


def test_what_the_collector_of_cycles_does_not_see_is_a_tree() -> None:
    """None of a project's structures can hold its like but a result, and that none in a circle."""
    roots: set[type[msgspec.Struct]] = {ProjectYear, ProjectHead}
    known = roots.union(*map(_within, roots))
    assert [] == [kind for kind in known if kind.__struct_config__.gc]
    assert [Report] == [kind for kind in known if kind in _within(kind)]
    assert [] == [kind for kind in known if Any in get_type_hints(kind).values()]

    told = [progress(str(n), date="2026-03-01") for n in range(5)]
    engine = folded([jurisdiction(), targets(target()), *told])
    (last,) = engine.year(PROJECT, 2026).indicators["K1"].reports
    assert ["0", "1", "2", "3"] == [report.value for report in last.earlier]
    assert [[]] * 4 == [report.earlier for report in last.earlier]
