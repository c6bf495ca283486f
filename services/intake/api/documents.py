"""Finding entries by the number of the document they are recorded on."""

import datetime as dt
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response

from contracts.vocabulary import ID_LENGTH_MAX
from services.chassis.identity import Caller
from services.intake.api.answers import answer
from services.intake.store.documents import moment
from services.intake.store.numbers import Numbers, Recorded

NUMBER_LENGTH_MAX: Final = 128
PAGE_MAX: Final = 100
PAGE_DEFAULT: Final = 20


class DocumentShown(msgspec.Struct):
    """The document of an entry."""

    number: str
    kind: str = ""
    line: str | None = None


class RecordedShown(msgspec.Struct):
    """An entry that is recorded on a document."""

    project: str
    sequence: int
    type: str
    document: DocumentShown
    date: str | None
    """Business date."""
    amount: str | None
    """On the wire, as the event states it."""
    recorded: dt.datetime
    """When the ledger took it."""
    event: msgspec.Raw
    """The event, byte for byte."""


class RecordedPage(msgspec.Struct):
    """What was found."""

    items: list[RecordedShown]
    more: bool
    """Whether more begin like that than are listed."""
    behind: int
    """Positions of the ledger that cannot be searched yet."""


class _Data(msgspec.Struct):
    document: DocumentShown
    date: str | None = None
    amount: object = None


class _Event(msgspec.Struct):
    data: _Data


_read = msgspec.json.Decoder(_Event).decode


def router(numbers: Numbers) -> APIRouter:
    """Make the route."""
    routes = APIRouter(tags=["ledger"])

    @routes.get("/v1/documents")
    async def documents(
        asking: Caller,
        jurisdiction: Annotated[str, Query(min_length=1, max_length=ID_LENGTH_MAX)],
        number: Annotated[
            str,
            Query(
                min_length=1,
                max_length=NUMBER_LENGTH_MAX,
                description="The number printed on it, or how it begins.",
            ),
        ],
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
    ) -> Response:
        """Find entries of projects by the number of their document, in the order of numbers.

        Of what is in the caller's scope. The index follows the ledger within seconds; `behind`
        says how much of it is not indexed yet.
        """
        behind = await numbers.behind()
        if not asking.may_enter(jurisdiction):
            return answer(RecordedPage([], more=False, behind=behind))
        found = await numbers.find(asking, jurisdiction, number, limit)
        items = [_shown(one) for one in found.recorded]
        return answer(RecordedPage(items, more=found.more, behind=behind))

    return routes


def _shown(one: Recorded) -> RecordedShown:
    sequence, _, recorded_ms, event_type, _, raw, _ = one.entry
    data = _read(raw).data
    return RecordedShown(
        project=one.stream,
        sequence=sequence,
        type=event_type,
        document=data.document,
        date=data.date,
        amount=data.amount if isinstance(data.amount, str) else None,
        recorded=moment(recorded_ms),
        event=msgspec.Raw(raw),
    )
