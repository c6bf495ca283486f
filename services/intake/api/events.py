"""The HTTP door: events in, receipts out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis import clock
from services.chassis.identity import Caller
from services.chassis.log import get_logger
from services.chassis.problems import ProblemError, not_found
from services.chassis.tracing import context_here
from services.intake.api import bodies, described, refusals
from services.intake.api.answers import (
    Refused,
    answer,
    batch_answer,
    receipt_of,
    single_answer,
)
from services.intake.api.callers import publisher_of, sees_receipts
from services.intake.api.limits import Limits
from services.intake.domain.admission import Admitted, event_id_of
from services.intake.domain.decision import quarantine_id
from services.intake.domain.redaction import Redactor
from services.intake.domain.requests import (
    REQUEST_ID_BYTES,
    fingerprint,
    held_apart,
    request_id,
)
from services.intake.domain.submissions import Origin
from services.intake.domain.verdicts import Refusal
from services.intake.store import reading
from services.intake.store.documents import moment
from services.intake.store.reading import Reader
from services.intake.store.settling import Settled, Settling
from services.intake.store.submissions import Submission, Submissions

log = get_logger(__name__)

DOOR: Final = "http"
FILE_DOOR: Final = "file"
"""Where events of uploaded files come in, by the same way."""
JUDGED_AT_ONCE: Final = 200
"""Events judged before other requests get their turn."""
LARGE_BYTES: Final = 16 * 1024
"""An event of so many bytes may take a while by itself."""


@dataclass(frozen=True)
class Door:
    """The parts of the event door."""

    reader: Reader
    submissions: Submissions
    settling: Settling
    publisher: str
    hold_seconds: float
    limits: Limits
    redactor: Redactor


@dataclass(frozen=True)
class Taken:
    """A request whose events were told apart and judged one by one."""

    request: reading.Request
    submissions: Sequence[Submission]
    refused: Refused


def router(door: Door) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["events"])

    @routes.post(
        "/v1/events",
        status_code=202,
        responses=described.ANSWERS,
        openapi_extra=described.REQUEST,
    )
    async def publish(request: Request, asking: Caller) -> Response:
        """Take one CloudEvent or a batch; `Prefer: wait=N` waits for the verdicts."""
        publisher = publisher_of(asking, door.publisher)
        door.limits.admit_request(publisher)
        key = bodies.idempotency_key(request)
        with door.limits.room.hold() as take:
            body = await bodies.read(request, take)
            return await _answer(door, publisher, key, body, request)

    @routes.get(
        "/v1/receipts/{receipt}",
        responses=described.RECEIPT_ANSWERS,
        openapi_extra=described.RECEIPT_REQUEST,
    )
    async def receipt(receipt: str, request: Request, asking: Caller) -> Response:
        """Tell what has become of a request; `Prefer: wait=N` waits for the verdicts."""
        found = await door.reader.request(_receipt_id(receipt))
        if found is None or not sees_receipts(asking, found.publisher, door.publisher):
            raise _no_receipt(receipt)
        settled = await door.settling.wait(found, bodies.wait_seconds(request) or 0)
        told = await receipt_of(door.reader, found, settled, {})
        return answer(told, headers=bodies.applied(request))

    return routes


async def _answer(
    door: Door, publisher: str, key: str | None, body: bodies.Body, request: Request
) -> Response:
    """Take a body's events, wait for their verdicts as asked, and tell them."""
    events = len(body.arrivals)
    door.limits.admit_events(publisher, events)
    taken = await _take(door.redactor, publisher, key, body)
    settled = await submit(door, taken, repeatable=key is not None)
    if not settled.covers(range(events)):
        settled = await door.settling.wait(taken.request, bodies.wait_seconds(request) or 0)
    receipt = await receipt_of(door.reader, taken.request, settled, taken.refused)
    if body.kind.is_single:
        return single_answer(receipt, bodies.applied(request))
    all_refused = len(taken.refused) == events
    return batch_answer(receipt, bodies.applied(request), all_refused=all_refused)


async def _take(redactor: Redactor, publisher: str, key: str | None, body: bodies.Body) -> Taken:
    """Judge each event by itself; what people must not be known by ends here."""
    identity = clock.new_id() if key is None else request_id(publisher, key)
    received_ms, context = clock.now_ms(), context_here()
    ids: list[str | None] = []
    spread: list[int] = []
    submissions: list[Submission] = []
    refused: dict[int, tuple[Refusal, str]] = {}
    for index, arrival in enumerate(body.arrivals):
        if index % JUDGED_AT_ONCE == 0 or len(arrival.raw) > LARGE_BYTES:
            await asyncio.sleep(0)
        raw, admission = redactor.judge(arrival)
        if isinstance(admission, Admitted):
            ids.append(admission.event_id)
            if admission.jurisdiction_fact:
                spread.append(index)
        else:
            ids.append(event_id_of(raw))
            refused[index] = (admission, quarantine_id(publisher, raw))
        size = len(arrival.raw)
        origin = Origin(publisher, DOOR, identity, index, received_ms, size, context)
        submissions.append(Submission(raw, admission, origin))
    # Of what is kept: a hash of accounts without a key could be guessed.
    content = b"\n".join([submission.raw for submission in submissions])
    request = reading.Request(
        identity, fingerprint(content), ids, spread, moment(received_ms), publisher
    )
    log.debug("events_received", events=len(submissions), refused=len(refused))
    return Taken(request, submissions, refused)


async def submit(door: Door, taken: Taken, *, repeatable: bool) -> Settled:
    """Submit the events, those behind a jurisdiction fact once every partition has it."""
    request = taken.request
    if repeatable:
        earlier = await door.reader.open_request(request)
        if earlier is not None:
            if earlier.fingerprint != request.fingerprint:
                raise refusals.key_reused()
            settled = await door.settling.look(request)
            if settled.covers(range(len(request.event_ids))):
                return settled
        await _put_in_order(door, taken)
    else:
        await asyncio.gather(door.reader.open_request(request), _put_in_order(door, taken))
    return await door.settling.look(request)


async def _put_in_order(door: Door, taken: Taken) -> None:
    for run in held_apart([submission.admission for submission in taken.submissions]):
        await door.submissions.put(taken.submissions[index] for index in run)
        facts = [index for index in run if index in taken.request.spread]
        if facts:
            found = await door.settling.wait(taken.request, door.hold_seconds, facts)
            if not found.covers(facts):
                raise refusals.not_settled(taken.request.request_id.hex())


def _receipt_id(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        raise _no_receipt(text) from None
    if len(found) != REQUEST_ID_BYTES:
        raise _no_receipt(text)
    return found


def _no_receipt(text: str) -> ProblemError:
    return not_found(
        "unknown_receipt",
        f"There is no receipt {text[:64]}; they are kept 30 days.",
        f"没有回执 {text[:64]};回执保留 30 天。",
    )
