"""A backtest over HTTP: past years as they are stored, and a model that forecasts go by."""

import datetime as dt

import pytest

from contracts.envelope import AnyEvent
from contracts.events.intake import ForecastModelPublished
from tests.integration.analysis.running import Analysis, Ledger
from tests.support import builders

pytestmark = pytest.mark.integration

PROJECTS = 12


def years(jurisdiction: str, *wanted: int) -> list[AnyEvent]:
    """Projects of one class that spend unlike the months: little, then most of it in autumn."""
    found: list[AnyEvent] = []
    for number in range(PROJECTS):
        subject = f"{jurisdiction}/P{number}"
        found.append(builders.project(subject, "2023-01-02", project_class="subsidy"))
        for year in wanted:
            found.append(builders.budget(subject, "1000.00", dt.date(year, 1, 10)))
            found += [
                builders.expenditure(
                    subject, f"{(90 + number) * month // 8}.00", dt.date(year, month, 15)
                )
                for month in range(2, 13)
            ]
    return found


def model(jurisdiction: str, answer: dict[str, object]) -> AnyEvent:
    """What a backtest found, as a fact."""
    data = {"date": "2026-01-02", "model": "M1", **answer}
    return builders.fact(jurisdiction, ForecastModelPublished.model_validate(data))


async def test_what_a_backtest_finds_forecasts_go_by(analysis: Analysis, ledger: Ledger) -> None:
    """Three past years, their model as a fact, and this year's forecast with its interval."""
    today = builders.day_opened("2026-07-01", "J71")
    facts = years("J71", 2023, 2024, 2025, 2026)
    await analysis.passed(await ledger.enter(builders.jurisdiction("J71"), *facts, today))

    found = await analysis.get("/v1/backtest", jurisdiction="J71")

    assert ([2023, 2024, 2025], 3 * PROJECTS) == (found["years"], found["project_years"])
    assert (1, None) == (found["one_in"], found["no_model"])
    (known,) = [one for one in found["model"]["classes"] if one["project_class"] == "subsidy"]
    assert "seasonal_share" == known["method"]
    assert found["totals"]
    assert {2023, 2024, 2025} == {one["fiscal_year"] for one in found["months"]}

    before = await analysis.project("J71/P3", as_of="2026-06-30")
    cut = await ledger.enter(model("J71", found["model"]))
    after = await analysis.project("J71/P3", as_of="2026-06-30", at_least=cut, wait=60)
    first, second = (row["assessment"]["execution"]["forecast"] for row in (before, after))
    assert ("no_model", None) == (first["no_interval"], first["low"])
    assert ("M1", "seasonal_share", 8_000) == (
        second["model"],
        second["method"],
        second["interval_bp"],
    )
    assert None not in (second["low"], second["high"])


async def test_one_past_year_says_so(analysis: Analysis, ledger: Ledger) -> None:
    """No model; the errors of what needs no other year are still told."""
    today = builders.day_opened("2026-02-01", "J72")
    facts = years("J72", 2025)
    await analysis.passed(await ledger.enter(builders.jurisdiction("J72"), *facts, today))

    found = await analysis.get("/v1/backtest", jurisdiction="J72", years="2025")

    assert ([2025], None, "one_year") == (found["years"], found["model"], found["no_model"])
    assert {None} == {one["coverage_bp"] for one in found["totals"]}


async def test_what_is_not_over_cannot_be_tested_on(analysis: Analysis, ledger: Ledger) -> None:
    """Refused with its reason."""
    today = builders.day_opened("2026-06-30", "J73")
    await analysis.passed(await ledger.enter(builders.jurisdiction("J73"), today))
    asked = {"jurisdiction": "J73"}

    status = await analysis.problem("/v1/backtest", **asked, years="2025,2026")
    assert (422, "year_not_over") == status
    status = await analysis.problem("/v1/backtest", **asked, years="last")
    assert (422, "invalid_parameter") == status
    assert (404, "unknown_jurisdiction") == await analysis.problem(
        "/v1/backtest", jurisdiction="nowhere"
    )
    found = await analysis.get("/v1/backtest", **asked)
    assert ("no_past_year", None) == (found["no_model"], found["model"])
