"""Catalogues: code lists, indicator classes, standards and measures, each with its origin."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.pages.administration.code_lists import code_lists
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import place_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/administration/catalogues"
LIBRARY: Final = "indicator_behaviour"
"""The catalogue that tells how indicators are judged by the class they stand in."""
OF_LISTS: Final = {
    "budget_origin": "BudgetOrigin",
    "organisation_kind": "OrganisationKind",
    "project_class": "ProjectClass",
    "indicator_behaviour": "IndicatorBehaviour",
    "indicator_direction": "IndicatorDirection",
    "grade": "Grade",
    "channel": "Channel",
    "account_of_fund_type": "BudgetAccount",
}
"""Catalogue of table words → the list whose codes they stand for."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.api_route(PATH, methods=METHODS, name="catalogues")
    async def catalogues(request: Request) -> Response:
        view = view_of(request)
        scope = await place_of(services, view)
        asked: dict[str, str | int | None] = {
            "jurisdiction": scope.jurisdiction["jurisdiction"],
            "as_of": view.get("as_of"),
        }
        words = await _words(services)
        return page(
            "administration/catalogues.html",
            view,
            scope=scope,
            measuring=await _measuring(services, asked),
            library=words.get("IndicatorBehaviour", {}),
            words=words,
            lists=_lists(view),
            trail=trail(view, at("catalogues.title")),
        )


async def _measuring(services: Services, asked: Mapping[str, str | int | None]) -> Any:
    """Ask what is measured by; the lists are shown without it too."""
    try:
        return await services.get("analysis", "/v1/measuring", asked)
    except (ServiceAwayError, RefusedError):
        return None


async def _words(services: Services) -> dict[str, dict[str, list[str]]]:
    """Ask which words of tables stand for which codes, by list."""
    try:
        items = (await services.get("intake", "/v1/catalogues"))["items"]
    except (ServiceAwayError, RefusedError):
        return {}
    return {
        OF_LISTS[one["catalogue"]]: one["words"] for one in items if one["catalogue"] in OF_LISTS
    }


def _lists(view: View) -> list[dict[str, Any]]:
    """Give every list with each code's name in the looker's language."""
    texts = texts_of(view.language)
    return [
        {
            "name": one.name,
            "meaning": one.meaning,
            "module": one.module,
            "codes": [
                {
                    "code": each.code,
                    "name": texts.entries.get(f"{one.texts}.{each.code}")
                    or (each.chinese if texts.language == "zh" else "")
                    or each.code,
                    "text": each.text,
                }
                for each in one.codes
            ],
        }
        for one in code_lists()
    ]
