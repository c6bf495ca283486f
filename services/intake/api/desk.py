"""The data desk: fix, release and discard what was refused, one by one or many at once.

Every command may carry an `Idempotency-Key`: repeated, it gets its first answer. Without one it
may be repeated too: an entry is released or discarded once.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis.identity import Caller, Principal
from services.chassis.problems import MEDIA_TYPE, ProblemError
from services.intake.api import bodies, refusals
from services.intake.api.answers import JSON, answer
from services.intake.api.callers import quarantine_scope
from services.intake.api.desk_problems import (
    CHANGED,
    NO_FILTER,
    NO_REASON,
    ONE_EVENT,
    hindered,
    refusal,
)
from services.intake.api.quarantine import Filters, detail_of, filters_of, not_kept
from services.intake.domain.admission import Admitted
from services.intake.domain.desk import done_already, hindrance, order_for
from services.intake.domain.forms import Arrival
from services.intake.domain.orders import NOTE_LENGTH_MAX, Act, Order, State
from services.intake.domain.people import mask_text
from services.intake.domain.quarantine import derived, differences
from services.intake.domain.redaction import Redactor
from services.intake.store.desk import MongoDesk, subject_of_order
from services.intake.store.documents import Document

WAIT_SECONDS: Final = 10.0
"""Longest a command waits for the ledger's owner."""
BULK_MAX: Final = 500
"""Most entries of one bulk command."""
BULK_DEFAULT: Final = 200
REFUSALS_MAX: Final = 50
"""Most entries that a bulk answer names because they could not be done."""

EntryId = Annotated[str, Path(max_length=64)]
Note = Annotated[str, Field(max_length=NOTE_LENGTH_MAX)]
Reason = Annotated[str, Field(min_length=1, max_length=NOTE_LENGTH_MAX)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ReleaseForm(_Form):
    """How an entry is released."""

    override: bool = False
    """Enter it although its id or document is taken, or it is out of its publisher's scope."""
    note: Note = ""
    """Why; kept with the entry."""


class DiscardForm(_Form):
    """Why an entry is discarded."""

    reason: Reason
    """Kept with the entry."""


class BulkForm(_Form):
    """Which entries, and what is to be done with each."""

    act: Act
    """release or discard."""
    filters: Filters
    """At least one of them; only open entries are taken."""
    override: bool = False
    """As for one release."""
    reason: Note = ""
    """Why; needed to discard."""
    limit: Annotated[int, Field(ge=1, le=BULK_MAX)] = BULK_DEFAULT
    """Most entries of this command; send it again for the next."""
    dry_run: bool = True
    """Only count."""


@dataclass(frozen=True)
class Desk:
    """The parts of the desk."""

    store: MongoDesk
    redactor: Redactor


def router(desk: Desk) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["quarantine"])
    _one_by_one(routes, desk)

    @routes.post("/v1/quarantine/bulk")
    async def bulk(wanted: BulkForm, request: Request, asking: Caller) -> Response:
        """Release or discard many: a bounded page at a time; `dry_run` only counts."""

        async def act() -> Response:
            return await _bulk(desk, wanted, asking)

        return await _once(desk, request, asking, act)

    return routes


def _one_by_one(routes: APIRouter, desk: Desk) -> None:
    @routes.put("/v1/quarantine/{quarantine_id}/event")
    async def fix(
        quarantine_id: EntryId,
        request: Request,
        asking: Caller,
        note: Annotated[str, Query(max_length=NOTE_LENGTH_MAX)] = "",
    ) -> Response:
        """Keep an edited event beside the original, which stays; it must be sound by itself."""
        body = await bodies.read(request)
        if len(body.arrivals) != 1:
            raise refusal(422, ONE_EVENT)
        entry = await _entry(desk, quarantine_id, asking)
        return await _fix(desk, entry, body.arrivals[0], asking, mask_text(note))

    @routes.post("/v1/quarantine/{quarantine_id}/release")
    async def release(
        quarantine_id: EntryId, wanted: ReleaseForm, request: Request, asking: Caller
    ) -> Response:
        """Send it to the ledger: under its own id, or with override under the entry's."""

        async def act() -> Response:
            entry = await _entry(desk, quarantine_id, asking)
            note = mask_text(wanted.note)
            return await _order(desk, entry, Act.RELEASE, asking, note, override=wanted.override)

        return await _once(desk, request, asking, act)

    @routes.post("/v1/quarantine/{quarantine_id}/discard")
    async def discard(
        quarantine_id: EntryId, wanted: DiscardForm, request: Request, asking: Caller
    ) -> Response:
        """Say that it will not be in the ledger, and why; the entry stays to be read."""

        async def act() -> Response:
            entry = await _entry(desk, quarantine_id, asking)
            return await _order(desk, entry, Act.DISCARD, asking, mask_text(wanted.reason))

        return await _once(desk, request, asking, act)


async def _entry(desk: Desk, quarantine_id: str, asking: Principal) -> Document:
    found = await desk.store.entry(quarantine_id, quarantine_scope(asking))
    if found is None:
        raise not_kept(quarantine_id)
    return found


async def _fix(
    desk: Desk, entry: Document, arrival: Arrival, asking: Principal, note: str
) -> Response:
    raw, admission = desk.redactor.judge(arrival)
    if not isinstance(admission, Admitted):
        problem = admission.problem()
        return answer({**problem, "quarantine": entry["_id"]}, problem["status"], MEDIA_TYPE)
    if not asking.may_enter(admission.subject.partition("/")[0]):
        raise not_kept(entry["_id"])
    if entry.get("edited") == raw:
        return answer(detail_of(entry))
    changes = differences(entry["raw"], raw)
    fixed = await desk.store.fix(entry, raw, changes, asking.id, note)
    if fixed is None:
        raise hindered(hindrance(entry, Act.DISCARD, override=False) or CHANGED, entry)
    return answer(detail_of(fixed))


async def _order(
    desk: Desk, entry: Document, act: Act, asking: Principal, note: str, *, override: bool = False
) -> Response:
    if done_already(entry, act):
        return answer(detail_of(entry))
    order = await _claimed(desk, entry, act, asking, note, override=override)
    if isinstance(order, Response):
        return order
    settled = await desk.store.wait(order, WAIT_SECONDS)
    if settled.get("settled", 0) < order.attempt:
        return answer(detail_of(settled or entry), 202)
    if act is Act.RELEASE and settled["state"] == State.OPEN.value:
        return _refused_again(settled)
    return answer(detail_of(settled))


async def _claimed(
    desk: Desk, entry: Document, act: Act, asking: Principal, note: str, *, override: bool
) -> Order | Response:
    """Order something and send it on; the refusal if it cannot be entered as it is."""
    why = hindrance(entry, act, override=override)
    if why is not None:
        raise hindered(why, entry)
    raw: bytes = entry.get("edited") or entry["raw"]
    admission = None
    if act is Act.RELEASE:
        judged = desk.redactor.judge(Arrival(raw))
        raw = judged.raw
        if not isinstance(judged.admission, Admitted):
            problem = judged.admission.problem()
            code = judged.admission.code
            await desk.store.refused_again(entry, msgspec.json.encode(problem), code, asking.id)
            return answer({**problem, "quarantine": entry["_id"]}, problem["status"], MEDIA_TYPE)
        admission = judged.admission
    order = order_for(entry, act, asking.id, note, override=override)
    raw = derived(raw, order) if order.derived else raw
    subject = subject_of_order(admission, entry)
    if not await desk.store.claim(entry, order, raw, subject):
        raise hindered(CHANGED, entry)
    await desk.store.send(entry, order, raw, subject)
    return order


async def _bulk(desk: Desk, wanted: BulkForm, asking: Principal) -> Response:
    filters = filters_of(wanted.filters)
    if not filters:
        raise refusal(422, NO_FILTER)
    if wanted.act is Act.DISCARD and not wanted.reason and not wanted.dry_run:
        raise refusal(422, NO_REASON)
    open_ = {"state": State.OPEN.value}
    query = {"$and": [quarantine_scope(asking), filters, open_]}
    matched = await desk.store.count(query)
    told: dict[str, Any] = {"act": wanted.act, "matched": matched, "dry_run": wanted.dry_run}
    if wanted.dry_run:
        return answer({**told, "codes": await desk.store.codes(query)})
    done, refused, pending, refusals_ = await _each(desk, wanted, asking, query)
    left = await desk.store.count(query)
    counts = {"done": done, "refused": refused, "pending": pending, "left": left}
    return answer({**told, **counts, "refusals": refusals_[:REFUSALS_MAX]})


async def _each(
    desk: Desk, wanted: BulkForm, asking: Principal, query: Mapping[str, Any]
) -> tuple[int, int, int, list[dict[str, Any]]]:
    """Order all, then wait for all: the owners take them together."""
    orders: list[Order] = []
    refused: list[dict[str, Any]] = []
    note = mask_text(wanted.reason)
    for entry in await desk.store.chosen(query, wanted.limit):
        try:
            order = await _claimed(desk, entry, wanted.act, asking, note, override=wanted.override)
        except ProblemError as error:
            refused.append({"id": entry["_id"], "code": error.problem.code})
            continue
        if isinstance(order, Response):
            refused.append({"id": entry["_id"], "code": msgspec.json.decode(order.body)["code"]})
        else:
            orders.append(order)
    done = pending = 0
    for order in orders:
        settled = await desk.store.wait(order, WAIT_SECONDS)
        if settled.get("settled", 0) < order.attempt:
            pending += 1
        elif settled["state"] == State.OPEN.value:
            refused.append({"id": order.entry, "code": settled["code"]})
        else:
            done += 1
    return done, len(refused), pending, refused


async def _once(
    desk: Desk, request: Request, asking: Principal, act: Callable[[], Awaitable[Response]]
) -> Response:
    """Carry a command out once per `Idempotency-Key`; its first answer again afterwards."""
    key = bodies.idempotency_key(request)
    if key is None:
        return await act()
    command = _hash(b"command", asking.id.encode(), key.encode())
    mark = _hash(b"content", request.url.path.encode(), await request.body())
    earlier = await desk.store.answered(command)
    if earlier is not None:
        known, status, body = earlier
        if known != mark:
            raise refusals.key_reused()
        return Response(body, status, media_type=JSON)
    found = await act()
    await desk.store.remember(command, mark, found.status_code, bytes(found.body))
    return found


def _hash(person: bytes, *words: bytes) -> bytes:
    return hashlib.blake2b(b"\x00".join(words), digest_size=16, person=person).digest()


def _refused_again(entry: Document) -> Response:
    problem = msgspec.json.decode(entry["problem"])
    return answer({**problem, "quarantine": entry["_id"]}, problem["status"], MEDIA_TYPE)
