"""How a year went: each point is the project's row, or the overview, as of its day."""

from typing import Any

import pytest

from tests.integration.analysis.cities import TODAY, city
from tests.integration.analysis.running import Analysis, Ledger
from tests.support import builders

pytestmark = pytest.mark.integration

J = "H1"
SAME = ("adjusted_budget", "spent", "execution_rate_bp", "expected_spent", "attainment_rate_bp")


async def test_points_are_the_figures_of_their_days(analysis: Analysis, ledger: Ledger) -> None:
    """By month's end of all, by opened day of one; for a unit's reader of its own."""
    opened = ("2026-05-29", "2026-06-01", TODAY)
    days = [builders.day_opened(day, J, jump=True) for day in opened]
    await analysis.passed(await ledger.enter(*city(J), *days))
    asked: dict[str, Any] = {"jurisdiction": J, "fiscal_year": 2026}

    found = (await analysis.get("/v1/history", **asked))["items"]
    assert ["2026-01-31", "2026-02-28", TODAY] == [found[n]["date"] for n in (0, 1, -1)]
    for point in found[2:4]:
        overview = await analysis.get("/v1/overview", **asked, as_of=point["date"])
        assert {name: overview[name] for name in SAME} == {name: point[name] for name in SAME}
        assert overview["lights"] == point["lights"]
    one = (await analysis.get("/v1/history", project=f"{J}/P3", every="day"))["items"]
    assert list(opened) == [point["date"] for point in one]
    for point in one:
        row = await analysis.project(f"{J}/P3", as_of=point["date"])
        assert {name: row[name] for name in SAME} == {name: point[name] for name in SAME}
    narrowed = {"from": "2026-03-01", "to": "2026-04-15"}
    some = (await analysis.get("/v1/history", **asked, **narrowed, subtree="DB"))["items"]
    assert ["2026-03-31", "2026-04-15"] == [point["date"] for point in some]
    assert {4} == {point["projects"] for point in some}

    async with analysis.of_unit(J, "U3") as reader:
        own = (await reader.get("/v1/history", **asked))["items"]
        assert {4} == {point["projects"] for point in own}
        path = "/v1/history"
        assert (404, "unknown_project") == await reader.problem(path, project=f"{J}/P3")
