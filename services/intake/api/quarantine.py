"""Reading the quarantine: what was refused, why, the original bytes, and who did what with it."""

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.chassis import clock
from services.chassis.identity import Caller
from services.chassis.problems import ProblemError, not_found
from services.intake.api.answers import answer
from services.intake.api.callers import quarantine_scope
from services.intake.domain.desk import is_cut
from services.intake.domain.orders import State
from services.intake.domain.verdicts import Verdict
from services.intake.store.documents import moment
from services.intake.store.reading import Reader

PAGE_MAX: Final = 1_000
PAGE_DEFAULT: Final = 100
ID_PATTERN: Final = r"^[0-9a-f]{32}$"
WORD_LENGTH_MAX: Final = 300
_DAY_MS: Final = 24 * 3_600 * 1_000
AGES_MS: Final = {"day": _DAY_MS, "week": 7 * _DAY_MS, "month": 30 * _DAY_MS}
"""Ages by which entries are counted."""

Word = Annotated[str | None, Field(max_length=WORD_LENGTH_MAX)]


class QuarantineEntry(msgspec.Struct):
    """One refused event."""

    id: str
    reason: Verdict
    code: str
    """Code of the problem."""
    problem: msgspec.Raw
    """Why it was refused, as in RFC 9457."""
    publisher: str
    door: str
    """http, kafka or clock."""
    receipt: str | None
    """Receipt of the request that brought it last."""
    index: int
    """Its place in that request; at the Kafka door offset × 10,000 + partition."""
    size: int
    """Bytes as sent."""
    first_seen: dt.datetime
    last_seen: dt.datetime
    times: int
    """How often it was sent."""
    state: State
    """Whether somebody still has to look at it."""
    jurisdiction: str | None
    """Tenant it names, if that can be read."""
    subject: str | None
    """Its subject, if that can be read."""
    stated: str | None
    """Its type, if that can be read."""
    fixed: bool
    """Whether an edited event is kept beside it, which a release enters."""
    entry: Mapping[str, Any] | None
    """Where it stands in the ledger once it is released."""


class QuarantineDetail(QuarantineEntry):
    """The same with the original."""

    original: str
    """The bytes as text; what is not UTF-8 is replaced."""
    original_base64: str
    """The bytes exactly."""
    cut: bool
    """Whether only the beginning was kept, because it was too large."""
    edited: str | None
    """The fixed event."""
    diff: list[Any]
    """What the fix changes: pointer, before, after (JSON)."""
    history: list[Any]
    """Who did what when."""


class Filters(BaseModel):
    """Which entries; what is not given does not count."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    reason: Verdict | None = None
    """Verdict: conflict, document_repeated, invalid, unauthorised, unknown_jurisdiction."""
    code: Word = None
    """Code of the problem."""
    publisher: Word = None
    """Who stated it."""
    jurisdiction: Word = None
    """Tenant it names."""
    subject: Word = None
    """Project it is about."""
    door: Word = None
    """http, kafka or clock."""
    before: dt.datetime | None = None
    """Only what was refused first before this moment."""


class Counting(Filters):
    """Which entries are counted."""

    state: State | None = State.OPEN
    """Where they stand."""


class ReasonCount(msgspec.Struct):
    """How many entries were refused for one reason."""

    reason: Verdict
    entries: int
    oldest: dt.datetime
    """When the oldest of them was refused first."""
    older_than_day: int
    """Refused first more than a day ago."""
    older_than_week: int
    older_than_month: int
    """Refused first more than 30 days ago."""


class Listing(Filters):
    """Which entries of a list, and which page of it."""

    state: State | None = None
    """Where they stand."""
    after: Annotated[str | None, Field(pattern=ID_PATTERN)] = None
    """`next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    """Most entries in the answer."""


def filters_of(wanted: Filters) -> dict[str, Any]:
    """Write filters as a query."""
    equal = set(Filters.model_fields) - {"reason", "before"}
    named = wanted.model_dump(include=equal, exclude_none=True, mode="json")
    if wanted.reason is not None:
        named["verdict"] = wanted.reason.value
    if wanted.before is not None:
        named["first_seen"] = {"$lt": int(wanted.before.timestamp() * 1_000)}
    return named


def router(reader: Reader) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["quarantine"])
    _add_counts(routes, reader)

    @routes.get("/v1/quarantine")
    async def listing(
        asking: Caller,
        wanted: Annotated[Listing, Query()],
    ) -> Response:
        """List refused events, the oldest first."""
        chosen: dict[str, Any] = filters_of(wanted)
        if wanted.state is not None:
            chosen["state"] = wanted.state.value
        scope = {"$and": [quarantine_scope(asking), chosen]}
        found = await reader.quarantine(wanted.after, wanted.limit, scope)
        items = [QuarantineEntry(**_members(item)) for item in found]
        following = items[-1].id if len(items) == wanted.limit else None
        return answer({"items": items, "next": following})

    @routes.get("/v1/quarantine/{quarantine_id}")
    async def one(asking: Caller, quarantine_id: Annotated[str, Path(max_length=64)]) -> Response:
        """Show one refused event with its original bytes."""
        item = await reader.quarantined(quarantine_id, quarantine_scope(asking))
        if item is None:
            raise not_kept(quarantine_id)
        return answer(detail_of(item))

    return routes


def _add_counts(routes: APIRouter, reader: Reader) -> None:
    # Before the route of one entry, whose address would swallow this one's.
    @routes.get("/v1/quarantine/counts")
    async def counts(asking: Caller, wanted: Annotated[Counting, Query()]) -> Response:
        """Count refused events by reason and age, open ones unless another state is named."""
        chosen: dict[str, Any] = filters_of(wanted)
        if wanted.state is not None:
            chosen["state"] = wanted.state.value
        now = clock.now_ms()
        marks = {f"older_than_{name}": now - span for name, span in AGES_MS.items()}
        scope = {"$and": [quarantine_scope(asking), chosen]}
        found = [
            ReasonCount(
                reason=Verdict(one["_id"]),
                entries=one["entries"],
                oldest=moment(one["oldest"]),
                **{name: one[name] for name in marks},
            )
            for one in await reader.quarantine_counts(scope, marks)
        ]
        return answer({"items": found, "total": sum(one.entries for one in found)})


def detail_of(item: Mapping[str, Any]) -> QuarantineDetail:
    """Write an entry with its original bytes."""
    raw: bytes = item["raw"]
    edited: bytes | None = item.get("edited")
    return QuarantineDetail(
        **_members(item),
        original=raw.decode(errors="replace"),
        original_base64=base64.b64encode(raw).decode(),
        cut=is_cut(item),
        edited=None if edited is None else edited.decode(errors="replace"),
        diff=item.get("diff", []),
        history=[{**act, "at": moment(act["at"])} for act in item.get("history", [])],
    )


def not_kept(quarantine_id: str) -> ProblemError:
    """Make the 404 for an entry there is not, or that the caller may not see."""
    return not_found(
        "unknown_quarantine",
        f"Nothing is kept as {quarantine_id}.",
        f"隔离区中没有 {quarantine_id}。",
    )


def _members(item: Mapping[str, Any]) -> dict[str, Any]:
    problem: str = item["problem"]
    request: bytes | None = item["request"]
    return {
        "id": item["_id"],
        "reason": Verdict(item["verdict"]),
        "code": msgspec.json.decode(problem)["code"],
        "problem": msgspec.Raw(problem.encode()),
        "publisher": item["publisher"],
        "door": item["door"],
        "receipt": None if request is None else request.hex(),
        "index": item["index"],
        "size": item["size"],
        "first_seen": moment(item["first_seen"]),
        "last_seen": moment(item["last_seen"]),
        "times": item["times"],
        "state": State(item["state"]),
        "jurisdiction": item["jurisdiction"],
        "subject": item["subject"],
        "stated": item["stated"],
        "fixed": item.get("edited") is not None,
        "entry": item.get("entry"),
    }
