"""HTTP: saving fields of a draft, each with the version it had when it was read."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from contracts.envelope import Part
from services.chassis.answers import Answer, key_of, mark_of
from services.chassis.identity import Authorization, Caller
from services.chassis.requests import (
    KEY_HEADER,
    MATCH_HEADER,
    body_of,
    described,
    expected_version,
    idempotency_key,
    parsed,
)
from services.chassis.segments import Segment
from services.reporting.api import paper_problems as problems
from services.reporting.api.carrying import count, told
from services.reporting.api.papers import PaperDesk
from services.reporting.asking.ledger import Ledger
from services.reporting.assembly.drafting import Drafting
from services.reporting.domain.declaration import FieldFault
from services.reporting.domain.draft import UNREADABLE, DraftFault, Saving, evidence_in
from services.reporting.domain.paper import Paper

FIELDS_MAX: Final = 1_000
"""Most fields of one request."""
POINTER_LENGTH_MAX: Final = 500
STEP: Final = "draft"


class FieldForm(Part):
    """One field as it is saved."""

    field: Annotated[str, Field(min_length=1, max_length=POINTER_LENGTH_MAX)]
    """JSON pointer within the declaration."""
    value: Any = None
    """JSON; null clears it."""
    version: Annotated[int, Field(strict=True, ge=0)]
    """The version it had when it was read; 0: it was not there."""


class DraftForm(Part):
    """Fields that are saved together: all or none."""

    fields: Annotated[tuple[FieldForm, ...], Field(min_length=1, max_length=FIELDS_MAX)]


def routes(desk: PaperDesk, drafting: Drafting, ledger: Ledger) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.patch(
        "/v1/papers/{paper}/draft", openapi_extra=described(DraftForm, KEY_HEADER, MATCH_HEADER)
    )
    async def draft(
        request: Request, asking: Caller, authorization: Authorization, paper: Segment
    ) -> Response:
        """Save fields of the draft: all of the request, or none of it (409 names stale ones).

        Answers with the paper as it is after it; of a report without its content, `report`.
        """
        found = await desk.visible(asking, paper)
        key, version = idempotency_key(request), expected_version(request)
        body = await body_of(request)
        form = parsed(DraftForm, body)
        savings = [Saving(each.field, each.value, each.version) for each in form.fields]
        mark = mark_of(STEP.encode(), paper.encode(), body)
        ordered = key_of(asking.id, key)

        async def save() -> Answer:
            earlier = await drafting.answers.earlier(ordered, mark)
            if earlier is not None:
                return earlier
            await _check_evidence(ledger, authorization, found, savings)
            return await drafting.save(asking, paper, savings, ordered, mark, version)

        count(found.kind, STEP, (await told(found, STEP, save)).outcome.value)
        return await desk.saved(asking, await desk.visible(asking, paper))

    return router


async def _check_evidence(
    ledger: Ledger, authorization: bytes, paper: Paper, savings: list[Saving]
) -> None:
    """Find every file that fields attach among the project's evidence; 422 for what is not."""
    for index, saving in enumerate(savings):
        try:
            files = evidence_in(saving)
        except FieldFault as fault:
            words = (fault.reason, fault.reason_zh)
            found = DraftFault(paper.id, index, saving.field, UNREADABLE, *words)
            raise problems.faulty([found]) from fault
        missing = await ledger.missing(authorization, paper.project or "", files) if files else None
        if missing is not None:
            where = f"/fields/{index}/value/{missing}"
            raise problems.unknown_evidence(where)
