"""A project: plan and actual by month, indicators, findings, alerts, ledger entries, the form."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from contracts.vocabulary import wire_to_fen
from services.chassis.segments import Segment
from services.console.domain.figures import FEN_PER
from services.console.domain.lists import by_weight, series
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
from services.console.pages.frame.trail import Crumb, named, trail
from services.console.pages.frame.view import View, view_of
from services.console.pages.monitoring import entries as ledger
from services.console.pages.monitoring import proofs, why
from services.console.pages.monitoring.asked import (
    DEPARTMENT,
    METHODS,
    UNIT,
    Level,
    days_of,
    link_of,
    opened_days,
)

MONTHS: Final = 12
NOTHING: Final = "0.00"
ALERTS_MAX: Final = 200
"""Open alerts of one project."""
TYPED_STATUS: Final = 307


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""
    _add_page(router, services)
    _add_documents(router, services)
    for part in (ledger, proofs, why):
        part.add_routes(router, services)

    # Last: it takes what the others do not.
    @router.api_route("/projects/{project:path}", methods=METHODS, include_in_schema=False)
    async def spelled_out(project: str, request: Request) -> Response:
        """Lead on from an id whose slash was typed as it is."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/projects/{segment(unquote(project))}{query}", TYPED_STATUS)


def _add_page(router: APIRouter, services: Services) -> None:
    @router.api_route("/projects/{project}", methods=METHODS, name="project")
    async def project_page(project: Segment, request: Request) -> Response:
        return await _page(services, project, request)


async def _page(services: Services, project: str, request: Request) -> Response:
    """Ask for all parts at once and write the page, or the entries alone."""
    view = view_of(request)
    asked: Parameters = {"fiscal_year": view.get("fiscal_year"), "as_of": view.get("as_of")}
    path = f"/v1/projects/{segment(project)}"
    found, scope = await asyncio.gather(
        services.get("analysis", path, asked),
        scope_of(services, view, project.partition("/")[0]),
    )
    if request.headers.get("HX-Target") == "entries":
        entries = await ledger.entries_of(services, view, found, scope)
        return page("monitoring/_entries.html", view, project=found, entries=entries)
    assert scope is not None  # noqa: S101 - a project that is seen is in a jurisdiction
    months, years, extended, before, alerts, days, entries = await asyncio.gather(
        services.get("analysis", f"{path}/months", asked),
        services.get("analysis", f"{path}/years", asked),
        services.get("analysis", f"{path}/extended", asked),
        _last_year(services, path, found),
        _alerts(services, project, found["fiscal_year"]),
        opened_days(services, view, scope),
        ledger.entries_of(services, view, found, scope),
    )
    work = happenings(extended)
    return page(
        "monitoring/project.html",
        view,
        scope=scope,
        trail=trail(view, *_way(scope, found)),
        days=days_of(days, found["as_of"]),
        organisation=lambda kind, code: link_of(view, scope, kind, code),
        project=found,
        assessment=found["assessment"],
        months=list(zip(months["items"], before, strict=True)),
        years=years["items"],
        work=work,
        work_max=LINES_MAX,
        chart=_chart(view, found, months["items"], before, work),
        alerts=alerts,
        entries=entries,
    )


def _way(scope: Scope, project: Any) -> list[Crumb]:
    """Step down to a project: its department, the unit that leads it, itself."""
    steps = [
        named(scope.name(project[field]), Level(kind, project[field]).path)
        for kind, field in ((DEPARTMENT, "department"), (UNIT, "lead_unit"))
        if project[field]
    ]
    own = f"/projects/{segment(project['project_id'])}"
    return [*steps, named(project["project_name"] or project["project_id"], own)]


async def _last_year(services: Services, path: str, project: Any) -> list[Any]:
    """Ask for the months of the year before; nothing is known of each where there is no such year.

    As of its last day: what the whole year came to is known by now.
    """
    asked: Parameters = {"fiscal_year": project["fiscal_year"] - 1, "as_of": project["as_of"]}
    try:
        found = (await services.get("analysis", f"{path}/months", asked))["items"]
    except RefusedError:
        return [None] * MONTHS
    known = any(month["adjusted_budget"] not in (None, NOTHING) for month in found)
    return list(found) if known and len(found) == MONTHS else [None] * MONTHS


def _add_documents(router: APIRouter, services: Services) -> None:
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


def _chart(
    view: View, found: Any, months: list[Any], before: list[Any], work: Sequence[Happening]
) -> dict[str, Any]:
    """Put together what the chart's script draws: lines by month in the unit shown."""
    texts = texts_of(view.language)
    fen = FEN_PER[view.unit]
    lines = series(months, found["adjusted_budget"])
    if any(before):
        lines["last_year"] = [month["spent"] for month in before]

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
