"""The ledger entries of a project, page by page, and each as it came."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from fastapi.responses import Response

from services.chassis.segments import Segment
from services.console.domain.lists import entry_words, page_before, raw_event
from services.console.pages.frame.asking import (
    RefusedError,
    ServiceAwayError,
    Services,
    segment,
)
from services.console.pages.frame.scope import Scope
from services.console.pages.frame.view import View
from services.console.pages.monitoring.asked import METHODS

SEQUENCE_MAX: Final = 2**63 - 1
DIGITS_MAX: Final = 19

EntryNumber = Annotated[int, Path(ge=1, le=SEQUENCE_MAX)]


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route of one entry's bytes."""

    @router.api_route("/projects/{project}/entries/{sequence}", methods=METHODS, name="entry")
    async def entry(project: Segment, sequence: EntryNumber) -> Response:
        """Pass one event on, byte for byte."""
        answer = await services.fetch(
            "intake", f"/v1/ledger/{segment(project)}", {"after": sequence - 1, "limit": 1}
        )
        event = raw_event(answer.content, sequence)
        if event is None:
            detail = f"The ledger has no entry {sequence} of {project[:64]}."
            detail_zh = f"账本中没有 {project[:64]} 的第 {sequence} 条记录。"
            raise RefusedError(status=404, code="unknown_entry", detail=detail, detail_zh=detail_zh)
        return Response(event, media_type="application/json")


async def entries_of(
    services: Services, view: View, project: Any, scope: Scope | None
) -> Mapping[str, Any] | None:
    """Ask for a page of ledger entries, the newest first; None while intake is away."""
    before, last = view.get("before"), project["sequence"]
    if before is not None:
        fits = before.isascii() and before.isdecimal() and len(before) < DIGITS_MAX
        if not fits or int(before) < 2:  # noqa: PLR2004 - nothing is before the first
            detail = "before: is not the number of an entry with others before it"
            detail_zh = "before 不是其前还有条目的条目编号。"
            raise RefusedError(
                status=422, code="invalid_parameter", detail=detail, detail_zh=detail_zh
            )
        last = min(last, int(before) - 1)
    after, limit = page_before(last)
    try:
        found = await services.get(
            "intake",
            f"/v1/ledger/{segment(project['project_id'])}",
            {"after": after, "limit": limit},
        )
    except ServiceAwayError:
        return None
    time_zone = scope.jurisdiction["time_zone"] if scope else "UTC"
    items = [entry_words(entry, time_zone) for entry in reversed(found["items"])]
    return {"items": items, "older": after + 1 if after else None, "newest": before is None}
