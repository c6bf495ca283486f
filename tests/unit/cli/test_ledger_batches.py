"""`dualwatch ledger batches` and `batch`: what is asked, page by page, and what is printed."""

from typing import Any, Final

import pytest

from tests.unit.cli.fake_services import FakeServices, run

PATH: Final = "/v1/adjustment-batches"
BATCH: Final[dict[str, Any]] = {
    "id": "b" * 32,
    "jurisdiction": "610100",
    "fiscal_year": 2026,
    "kind": "virement",
    "batch_number": "TJ-1",
    "state": "unbalanced",
    "amount_in": "0.40",
    "amount_out": "1234.00",
    "difference": "-1233.60",
    "since": "2026-05-06",
    "sides": 2,
    "publishers": ["budget"],
}
SIDE: Final[dict[str, Any]] = {
    "project": "610100/P1",
    "sequence": 4,
    "direction": "out",
    "amount": "1234.00",
    "line": "L1",
    "date": "2026-05-06",
    "opened": None,
    "publisher": "budget",
}


def test_batches_are_listed_page_by_page(capsys: pytest.CaptureFixture[str]) -> None:
    """With every filter that was said; what is not counted yet is told."""
    services = FakeServices()
    first = {"items": [BATCH], "next": f"2026-05-06.{'b' * 32}", "settled": None, "behind": 0}
    services.on("intake", "GET", PATH, first, {**first, "next": None, "behind": 1_200})
    where = ("ledger", "batches", "--jurisdiction", "610100")
    found = run(services, capsys, *where, "--fiscal-year", "2026", "--kind", "virement", "--json")
    shown = run(services, capsys, *where, "--state", "settling")
    asked = [dict(each.url.params) for each in services.asked(PATH)]

    assert [BATCH, BATCH] == found.json
    assert "1,200 positions of the ledger are not counted yet" in found.err
    assert "-1,233.60" in shown.out
    assert {"fiscal_year": "2026", "kind": "virement", "state": "unbalanced"}.items() <= asked[
        0
    ].items()
    assert first["next"] == asked[1]["after"]
    assert ("settling", False) == (asked[2]["state"], "kind" in asked[2])
    assert 2 == run(services, capsys, "ledger", "batches").exit_code


def test_a_batch_is_shown_with_its_entries(capsys: pytest.CaptureFixture[str]) -> None:
    """As tables, or as one object."""
    services = FakeServices()
    services.on("intake", "GET", f"{PATH}/{'b' * 32}", BATCH)
    services.on("intake", "GET", f"{PATH}/{'b' * 32}/sides", {"items": [SIDE], "next": None})
    shown = run(services, capsys, "ledger", "batch", "b" * 32)

    assert ("610100/P1" in shown.out, "TJ-1" in shown.out) == (True, True)
    assert {**BATCH, "entries": [SIDE]} == run(
        services, capsys, "ledger", "batch", "b" * 32, "--json"
    ).json
    assert 3 == run(services, capsys, "ledger", "batch", "none").exit_code
