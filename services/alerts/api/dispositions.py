"""HTTP: dispositions 分类处置, recorded and listed (Art. 14; domain-rules 18)."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from contracts.vocabulary import Measure
from services.alerts.api.alerts import sees
from services.alerts.api.deciding import opened, taken, whose
from services.alerts.api.decision_problems import unknown_alert
from services.alerts.api.evidence import Cabinet
from services.alerts.api.parameters import PAGE_DEFAULT, TOKEN_LENGTH_MAX, Limit, Name, Year
from services.alerts.domain.decisions import (
    DispositionForm,
    Taken,
    body_hash,
    disposition_event,
)
from services.alerts.store.decisions import DecisionStore, RepeatedError, Whose
from services.alerts.store.documents import Document
from services.alerts.store.reading import AlertReader, scope_query
from services.chassis.identity import Authorization, Caller, Principal
from services.chassis.problems import foreign_token, not_found
from services.chassis.refusals import key_reused
from services.chassis.requests import KEY_HEADER, body_of, described, parsed

_PAGE: Final = re.compile(r"^([0-9]{1,15})\.([0-9a-f]{32})$", re.ASCII)


def add_deciding_routes(
    router: APIRouter, store: DecisionStore, reader: AlertReader, cabinet: Cabinet
) -> None:
    """Add the route of those who decide."""

    @router.post(
        "/dispositions",
        status_code=201,
        openapi_extra=described(DispositionForm, KEY_HEADER),
    )
    async def dispose(
        asking: Caller, authorization: Authorization, request: Request, response: Response
    ) -> dict[str, Any]:
        """Record a disposition; it becomes a fact of the ledger and is measured from there.

        200 with the first answer if the same request was made before. Its files must lie with the
        project.
        """
        decided = taken(asking, request)
        form = parsed(DispositionForm, await body_of(request))
        lead = await whose(store, asking, form.subject, form.fiscal_year)
        await opened(store, form.jurisdiction, form.decided_on, "/decided_on")
        await _answers(reader, asking, form)
        event = disposition_event(form, decided)
        if await store.disposition(event.id) is None:
            await cabinet.check(authorization, form.subject, form.evidence)
        try:
            document, new = await store.dispose(_document(form, lead, decided, event.id), event)
        except RepeatedError as error:
            raise key_reused() from error
        if not new:
            response.status_code = 200
        return _item(document)


def add_routes(router: APIRouter, store: DecisionStore) -> None:
    """Add the routes of those who read."""

    @router.get("/dispositions")
    async def dispositions(
        *,
        asking: Caller,
        jurisdiction: Name = None,
        project: Name = None,
        fiscal_year: Year = None,
        alert: Name = None,
        measure: Measure | None = None,
        after: Annotated[str | None, Query(max_length=TOKEN_LENGTH_MAX)] = None,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """List what was decided here, last recorded first."""
        filters = {
            "jurisdiction": jurisdiction,
            "project": project,
            "fiscal_year": fiscal_year,
            "alert": alert,
            "measure": measure,
        }
        wanted = {name: value for name, value in filters.items() if value is not None}
        page = await store.dispositions(wanted, scope_query(asking), _after(after), limit + 1)
        more, page = len(page) > limit, page[:limit]
        following = f"{page[-1]['at_ms']}.{page[-1]['_id']}" if more else None
        return {"items": [_item(document) for document in page], "next": following}

    @router.get("/dispositions/{disposition}")
    async def disposition(asking: Caller, disposition: str) -> dict[str, Any]:
        """Show one."""
        found = await store.disposition(disposition)
        if found is None or not asking.sees(
            found["project"], found["lead_unit"], found["department"]
        ):
            raise not_found(
                code="unknown_disposition",
                what=f"There is no disposition {disposition}.",
                what_zh=f"没有分类处置 {disposition}。",
            )
        return _item(found)


async def _answers(reader: AlertReader, asking: Principal, form: DispositionForm) -> None:
    """Check that the alert it answers is one of the project and year."""
    if form.alert is None:
        return
    found = await reader.alert(form.alert)
    fits = (
        found is not None
        and sees(asking, found)
        and found.where.project == form.subject
        and found.where.fiscal_year == form.fiscal_year
    )
    if not fits:
        raise unknown_alert(form.alert)


def _after(token: str | None) -> tuple[int, str] | None:
    if token is None:
        return None
    parts = _PAGE.match(token)
    if parts is None:
        raise foreign_token()
    return int(parts[1]), parts[2]


def _document(form: DispositionForm, lead: Whose, decided: Taken, name: str) -> Document:
    words = form.model_dump(mode="json", exclude={"project"})
    return {
        "_id": name,
        "body_hash": body_hash(form),
        "project": form.subject,
        "lead_unit": lead.lead_unit,
        "department": lead.department,
        "by": decided.by,
        "at_ms": round(decided.at.timestamp() * 1000),
        **words,
    }


def _item(document: Document) -> dict[str, Any]:
    hidden = {"_id", "body_hash", "at_ms", "project"}
    return {
        "disposition_id": document["_id"],
        "project_id": document["project"],
        **{name: value for name, value in document.items() if name not in hidden},
        "recorded_ms": document["at_ms"],
    }
