"""The rules in force: what raises, from which article, by which parameters, layer by layer."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.segments import Segment
from services.console.pages.alerts.backtest import Trial
from services.console.pages.frame.asking import Services, segment
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import place_of
from services.console.pages.frame.trail import at, named, trail
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/rules"


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="rules")
    async def rules(request: Request) -> Response:
        view = view_of(request)
        scope = await place_of(services, view)
        asked: dict[str, str | int | None] = {
            "jurisdiction": scope.jurisdiction["jurisdiction"],
            "department": view.get("department"),
        }
        found = await services.get("alerts", "/v1/rules", asked)
        return page(
            "alerts/rules.html",
            view,
            scope=scope,
            trail=trail(view, at("rules.title")),
            rules=found["items"],
            layers=dict.fromkeys(layer for rule in found["items"] for layer in rule["layers"]),
            ignored=found["ignored"],
        )

    @router.api_route("/rules/{rule}", methods=METHODS, name="rule")
    async def one(rule: Segment, request: Request) -> Response:
        view = view_of(request)
        scope = await place_of(services, view)
        asked: dict[str, str | int | None] = {
            "jurisdiction": scope.jurisdiction["jurisdiction"],
            "department": view.get("department"),
        }
        found = await services.get("alerts", f"/v1/rules/{segment(rule)}", asked)
        name = found["title_en"] if view.language == "en" else found["title_zh"]
        way = trail(view, at("rules.title", PATH), named(name))
        trial = Trial(request, scope, found["parameters"])
        return page("alerts/rule.html", view, scope=scope, rule=found, trail=way, trial=trial)
