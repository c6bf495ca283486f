"""Two dates side by side: only what differs, and the entries between."""

from typing import Any

import pytest

from contracts.vocabulary import wire_to_fen
from tests.integration.analysis.cities import TODAY, city
from tests.integration.analysis.running import Analysis, Ledger
from tests.support import builders

pytestmark = pytest.mark.integration

J = "D1"


async def test_what_differs_between_two_dates(analysis: Analysis, ledger: Ledger) -> None:
    """Each project's change sums to the change of the totals."""
    await analysis.passed(await ledger.enter(*city(J), builders.day_opened(TODAY, J)))
    asked: dict[str, Any] = {
        "jurisdiction": J,
        "fiscal_year": 2026,
        "from": "2026-05-01",
        "to": "2026-05-31",
    }
    found = await analysis.get("/v1/compare", **asked)
    changes = [item["figures"]["spent"]["change"] for item in found["items"]]

    assert 9 == found["changed"] == len(changes)
    total = found["totals"]["spent"]["change"]
    assert wire_to_fen(total) == sum(map(wire_to_fen, changes)) == 9 * 101
    assert ("2026-05-01", "2026-05-31") == (found["from"]["as_of"], found["to"]["as_of"])
    first = await analysis.get("/v1/compare", **asked, limit=4)
    rest = await analysis.get("/v1/compare", **asked, limit=9, after=first["next"])
    assert found["items"] == first["items"] + rest["items"]
    one = await analysis.get("/v1/compare", **asked, project=f"{J}/P1")
    assert ["1.01"] == [entry["amount"] for entry in one["entries"]]
    assert 1 == one["changed"]
    assert 9 == (await analysis.get("/v1/compare", **asked, only=["state", "spent"]))["changed"]
    assert 0 == (await analysis.get("/v1/compare", **asked, only="state"))["changed"]
    same = await analysis.get("/v1/compare", **{**asked, "from": "2026-05-31"})
    assert (0, [], {}) == (same["changed"], same["items"], same["totals"])
    async with analysis.of_unit(J, "U3") as reader:
        own = await reader.get("/v1/compare", **asked)
        assert 3 == own["changed"]
        assert (404, "unknown_project") == await reader.problem(
            "/v1/compare", **asked, project=f"{J}/P1"
        )
