"""Reading the quarantine: what was refused, why, and the original bytes."""

import base64
import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.chassis.identity import Caller
from services.chassis.problems import ProblemError, not_found
from services.intake.api.answers import answer
from services.intake.api.callers import quarantine_scope
from services.intake.domain.verdicts import Verdict
from services.intake.store.documents import moment
from services.intake.store.reading import Reader

PAGE_MAX: Final = 1_000
PAGE_DEFAULT: Final = 100
ID_PATTERN: Final = r"^[0-9a-f]{32}$"


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


class QuarantineDetail(QuarantineEntry):
    """The same with the original."""

    original: str
    """The bytes as text; what is not UTF-8 is replaced."""
    original_base64: str
    """The bytes exactly."""
    cut: bool
    """Whether only the beginning was kept, because it was too large."""


def router(reader: Reader) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["quarantine"])

    @routes.get("/v1/quarantine")
    async def listing(
        asking: Caller,
        after: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
    ) -> Response:
        """List refused events, the oldest first."""
        items = [
            QuarantineEntry(**_members(item))
            for item in await reader.quarantine(after, limit, quarantine_scope(asking))
        ]
        return answer({"items": items, "next": items[-1].id if len(items) == limit else None})

    @routes.get("/v1/quarantine/{quarantine_id}")
    async def one(asking: Caller, quarantine_id: Annotated[str, Path(max_length=64)]) -> Response:
        """Show one refused event with its original bytes."""
        item = await reader.quarantined(quarantine_id, quarantine_scope(asking))
        if item is None:
            raise _not_kept(quarantine_id)
        raw: bytes = item["raw"]
        return answer(
            QuarantineDetail(
                **_members(item),
                original=raw.decode(errors="replace"),
                original_base64=base64.b64encode(raw).decode(),
                cut=len(raw) < item["size"],
            )
        )

    return routes


def _not_kept(quarantine_id: str) -> ProblemError:
    return not_found("unknown_quarantine", f"Nothing is kept as {quarantine_id}.")


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
    }
