"""Templates of forms and reports: what there is, what each holds, what is wrong with it."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.segments import Segment
from services.console.pages.frame.asking import Services, segment
from services.console.pages.frame.rendering import page
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/administration/templates"


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="templates")
    async def templates(request: Request) -> Response:
        view = view_of(request)
        told = await services.get("reporting", "/v1/templates")
        return page(
            "administration/templates.html",
            view,
            items=[{**one, "address": f"{PATH}/{segment(one['file'])}"} for one in told["items"]],
            faults=told["faults"],
            trail=trail(view, at("templates.title")),
        )

    @router.api_route(PATH + "/{template}", methods=METHODS, name="template")
    async def file(template: Segment) -> Response:
        """Give a template's file."""
        return await services.file("reporting", f"/v1/templates/{segment(template)}")
