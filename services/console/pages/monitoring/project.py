"""A project: plan and actual by month, indicators, findings, alerts, ledger entries, the form."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import unquote

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from contracts.vocabulary import wire_to_fen
from services.chassis.segments import Segment
from services.console.domain.figures import FEN_PER
from services.console.domain.lists import by_weight, entry_words, page_before, raw_event, series
from services.console.domain.texts import Texts
from services.console.domain.work import LINES_MAX, Happening, happenings, marks
from services.console.pages.frame.asking import (
    Parameters,
    RefusedError,
    ServiceAwayError,
    Services,
    passed_on,
    segment,
)
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import Scope, scope_of
from services.console.pages.frame.view import View, view_of
from services.console.pages.monitoring import why
from services.console.pages.monitoring.overview import METHODS

ALERTS_MAX: Final = 200
"""Open alerts of one project."""
SEQUENCE_MAX: Final = 2**63 - 1
DIGITS_MAX: Final = 19
TYPED_STATUS: Final = 307

EntryNumber = Annotated[int, Path(ge=1, le=SEQUENCE_MAX)]


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""
    _add_page(router, services)
    _add_documents(router, services)
    why.add_routes(router, services)

    # Last: it takes what the others do not.
    @router.api_route("/projects/{project:path}", methods=METHODS, include_in_schema=False)
    async def spelled_out(project: str, request: Request) -> Response:
        """Lead on from an id whose slash was typed as it is."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/projects/{segment(unquote(project))}{query}", TYPED_STATUS)


def _add_page(router: APIRouter, services: Services) -> None:
    @router.api_route("/projects/{project}", methods=METHODS, name="project")
    async def project_page(project: Segment, request: Request) -> Response:
        view = view_of(request)
        asked = {"fiscal_year": view.get("fiscal_year"), "as_of": view.get("as_of")}
        found = await services.get("analysis", f"/v1/projects/{segment(project)}", asked)
        scope = await scope_of(services, view, project.partition("/")[0])
        if request.headers.get("HX-Target") == "entries":
            entries = await _entries(services, view, found, scope)
            return page("monitoring/_entries.html", view, project=found, entries=entries)
        months, years, extended, alerts, entries = await asyncio.gather(
            services.get("analysis", f"/v1/projects/{segment(project)}/months", asked),
            services.get("analysis", f"/v1/projects/{segment(project)}/years", asked),
            services.get("analysis", f"/v1/projects/{segment(project)}/extended", asked),
            _alerts(services, project, found["fiscal_year"]),
            _entries(services, view, found, scope),
        )
        work = happenings(extended)
        return page(
            "monitoring/project.html",
            view,
            scope=scope,
            project=found,
            assessment=found["assessment"],
            months=months["items"],
            years=years["items"],
            work=work,
            work_max=LINES_MAX,
            chart=_chart(view, found, months["items"], work),
            alerts=alerts,
            entries=entries,
        )


def _add_documents(router: APIRouter, services: Services) -> None:
    @router.api_route("/projects/{project}/entries/{sequence}", methods=METHODS, name="entry")
    async def entry(project: Segment, sequence: EntryNumber) -> Response:
        answer = await services.fetch(
            "intake", f"/v1/ledger/{segment(project)}", {"after": sequence - 1, "limit": 1}
        )
        event = raw_event(answer.content, sequence)
        if event is None:
            detail = f"The ledger has no entry {sequence} of {project[:64]}."
            raise RefusedError(status=404, code="unknown_entry", detail=detail)
        return Response(event, media_type="application/json")

    @router.api_route("/projects/{project}/form.xlsx", methods=METHODS, name="form")
    async def form(project: Segment, request: Request) -> Response:
        view = view_of(request)
        answer = await services.fetch(
            "reporting",
            f"/v1/forms/{segment(project)}",
            {
                "fiscal_year": view.get("fiscal_year"),
                "as_of": view.get("as_of"),
                "format": "xlsx",
            },
        )
        return passed_on(answer)


def _chart(view: View, found: Any, months: list[Any], work: Sequence[Happening]) -> dict[str, Any]:
    """Put together what the chart's script draws: lines by month in the unit shown."""
    texts = texts_of(view.language)
    fen = FEN_PER[view.unit]
    lines = series(months, found["adjusted_budget"])

    def shown(amount: str | None) -> float | None:
        return None if amount is None else wire_to_fen(amount) / fen

    outlook = found["assessment"]["execution"]["forecast"]
    ends = ("point", "low", "high")
    return {
        "months": [month["end"][:7] for month in months],
        "as_of": found["as_of"][:7],
        "series": [
            {"kind": name, "name": texts(f"months.{name}"), "values": list(map(shown, amounts))}
            for name, amounts in lines.items()
        ],
        "forecast": outlook
        and {
            "name": texts("forecast.line"),
            "band": f"{texts('forecast.low')} – {texts('forecast.high')}",
            **{name: shown(outlook[name]) for name in ends},
        },
        "events": {"name": texts("work.events"), "months": _events(texts, found, work)},
    }


def _events(texts: Texts, found: Any, work: Sequence[Happening]) -> dict[str, list[str]]:
    """Say in words what happened, by month."""
    since = found["assessment"]["standing"]["state_since"]

    def said(one: Happening | None) -> str:
        if one is None:
            return texts("work.state_changed")
        kind, state = texts.of("work_kind", one.kind), texts.of("work_state", one.state)
        return f"{kind} {one.what}: {state}"

    happened = marks(work, since)
    return {month: list(map(said, of_it)) for month, of_it in happened.items()}


async def _alerts(services: Services, project: str, fiscal_year: int) -> list[Any] | None:
    """Ask for the open alerts; None while the service is away."""
    asked: Parameters = {
        "project": project,
        "fiscal_year": fiscal_year,
        "state": "open",
        "limit": ALERTS_MAX,
    }
    try:
        return list(by_weight((await services.get("alerts", "/v1/alerts", asked))["items"]))
    except ServiceAwayError:
        return None


async def _entries(
    services: Services, view: View, project: Any, scope: Scope | None
) -> Mapping[str, Any] | None:
    """Ask for a page of ledger entries, the newest first; None while intake is away."""
    before, last = view.get("before"), project["sequence"]
    if before is not None:
        fits = before.isascii() and before.isdecimal() and len(before) < DIGITS_MAX
        if not fits or int(before) < 2:  # noqa: PLR2004 - nothing is before the first
            detail = "before: is not the number of an entry with others before it"
            raise RefusedError(status=422, code="invalid_parameter", detail=detail)
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
