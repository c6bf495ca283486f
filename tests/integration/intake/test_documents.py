"""Entries found by the number of their document, through the index that follows the ledger."""

from typing import Any, Final

import pytest

from tests.integration.intake.running import Intake
from tests.integration.intake.test_principals import asked, created
from tests.support.eventually import eventually_async
from tests.support.hostile import event, organisation, registered

pytestmark = pytest.mark.integration

CODE = "J95D"
INDEXED_SECONDS: Final = 60
"""The index follows the ledger at its own pace."""
PAYMENT = {"date": "2026-03-02", "fiscal_year": 2026, "line": "L1"}


def led(project: str, unit: str) -> dict[str, Any]:
    """Make the fact that a unit leads a project."""
    data = {"date": "2026-01-01", "name": project, "lead_unit": unit, "department": "D1"}
    return event(f"reg-{project}", f"{CODE}/{project}", "project.registered", data)


def paid(project: str, number: str, amount: str) -> dict[str, Any]:
    """Make a payment on a numbered voucher."""
    document = {"kind": "payment_certificate", "number": number}
    data = {**PAYMENT, "amount": amount, "document": document}
    return event(f"pay-{number}", f"{CODE}/{project}", data=data)


async def test_entries_are_found_by_how_their_number_begins(intake: Intake) -> None:
    """In the order of numbers, within one's scope, a bounded number of them."""
    await intake.send(registered(CODE), organisation(CODE, "U1"), organisation(CODE, "U2"))
    await intake.send(led("P1", "U1"), led("P2", "U2"))
    await intake.send(
        paid("P1", "PV-2026-1", "1.00"),
        paid("P2", "PV-2026-2", "2.00"),
        paid("P1", "PV-2026-10", "10.00"),
        event("unnumbered", f"{CODE}/P1", data={**PAYMENT, "amount": "3.00"}),
    )

    async def found(number: str, jurisdiction: str = CODE, **more: Any) -> Any:
        asked_for = {"jurisdiction": jurisdiction, "number": number, **more}
        return await intake.get("/v1/documents", **asked_for)

    async def numbers(number: str, **more: Any) -> list[str]:
        return [one["document"]["number"] for one in (await found(number, **more))["items"]]

    async def all_three() -> bool:
        return len(await numbers("PV-2026")) == 3

    await eventually_async(all_three, INDEXED_SECONDS)
    assert ["PV-2026-1", "PV-2026-10", "PV-2026-2"] == await numbers("PV-2026")
    assert ["PV-2026-2"] == await numbers("PV-2026-2")
    assert [] == await numbers("V-2026")
    assert [] == await numbers("PV", jurisdiction="J95X")
    first = await found("PV", limit=1)
    assert first["more"]
    entry = first["items"][0]
    assert (f"{CODE}/P1", "1.00", "2026-03-02") == (
        entry["project"],
        entry["amount"],
        entry["date"],
    )
    ledger = await intake.entries(entry["project"])
    assert entry["event"] == ledger[entry["sequence"] - 1]["event"]

    given = await created(
        intake, "j95-unit", roles=["unit_filler"], jurisdictions=[CODE], organisations=["U2"]
    )
    query = {"jurisdiction": CODE, "number": "PV"}
    theirs = (await asked(intake, given["key"], "/v1/documents", params=query)).json()
    assert [f"{CODE}/P2"] == [one["project"] for one in theirs["items"]]
    elsewhere = await created(intake, "j95-else", roles=["auditor"], jurisdictions=["J95X"])
    nothing = (await asked(intake, elsewhere["key"], "/v1/documents", params=query)).json()
    assert ([], False) == (nothing["items"], nothing["more"])
