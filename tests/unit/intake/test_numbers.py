"""Document numbers: which entries have one, and how what was found of one is shown."""

from typing import Any, Final

import httpx
from fastapi import FastAPI

from services.chassis.identity import Principal, caller, deployment
from services.intake.api import documents
from services.intake.domain.chain import Entry
from services.intake.domain.decision import COPY_MARK
from services.intake.store.numbers import Found, Numbers, Recorded, keys_of
from tests.support.hostile import event, wire

STREAM: Final = "J1/P1"
PAID: Final = {"date": "2026-03-02", "fiscal_year": 2026, "amount": "12.50"}
VOUCHER: Final = {"kind": "payment_certificate", "number": "PV-1", "line": "2"}


def entry(sequence: int, raw: bytes) -> Entry:
    """Make an entry of the ledger."""
    kind = "dualwatch.expenditure.recorded.v1"
    return (sequence, 10 + sequence, 1_772_409_600_000, kind, "finance", raw, b"h")


def test_entries_of_projects_with_a_number_are_indexed() -> None:
    """Not those without one, a jurisdiction's own, their copies, or what nobody can read."""
    numbered = wire(event(data={**PAID, "document": VOUCHER}))
    entries = [
        (entry(1, numbered), STREAM),
        (entry(2, wire(event(data=PAID))), STREAM),
        (entry(3, numbered), "J1"),
        (entry(4, numbered), f"J1{COPY_MARK}2"),
        (entry(5, b"\xff"), STREAM),
    ]

    assert [{"_id": {"j": "J1", "n": "PV-1", "s": STREAM, "q": 1}}] == list(keys_of(entries))


class Known(Numbers):
    """An index that knows one entry, of one jurisdiction."""

    def __init__(self) -> None:
        """Nothing is connected."""
        self.asked: list[Any] = []

    async def behind(self) -> int:
        """Say that some of the ledger is not indexed."""
        return 3

    async def find(self, asking: Principal, jurisdiction: str, number: str, limit: int) -> Found:
        """Find it, whoever asks."""
        self.asked.append((asking.id, jurisdiction, number, limit))
        raw = wire(event(data={**PAID, "document": VOUCHER}))
        return Found([Recorded("PV-1", STREAM, entry(7, raw))], more=True)


async def ask(numbers: Numbers, asking: Principal, **query: Any) -> httpx.Response:
    """Ask the route as somebody."""
    app = FastAPI()
    app.include_router(documents.router(numbers))

    @app.middleware("http")
    async def known(request: Any, go_on: Any) -> Any:
        request.state.principal = asking
        assert caller(request) is asking
        return await go_on(request)

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        return await client.get("/v1/documents", params=query)


async def test_what_is_found_is_shown_with_its_event() -> None:
    """As the event states it; and what is missing is told."""
    numbers = Known()
    answer = (await ask(numbers, deployment(), jurisdiction="J1", number="PV")).json()
    [item] = answer["items"]

    assert [("deployment", "J1", "PV", documents.PAGE_DEFAULT)] == numbers.asked
    assert (STREAM, 7, "2026-03-02", "12.50") == (
        item["project"],
        item["sequence"],
        item["date"],
        item["amount"],
    )
    assert VOUCHER == item["document"] == item["event"]["data"]["document"]
    assert (True, 3) == (answer["more"], answer["behind"])


async def test_another_jurisdiction_is_answered_like_one_there_is_not() -> None:
    """Nothing is looked for there."""
    numbers = Known()
    bounded = Principal("a", deployment().kind, deployment().roles, frozenset({"J2"}))
    answer = (await ask(numbers, bounded, jurisdiction="J1", number="PV")).json()

    assert ([], False, []) == (answer["items"], answer["more"], numbers.asked)
    assert 422 == (await ask(numbers, bounded, jurisdiction="J1", number="")).status_code
