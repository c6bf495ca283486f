"""Administration: what there is to look after, for whoever may."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.pages.frame.asking import Services
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.view import view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/administration"
PARTS: Final = (
    ("organisations", "/administration/organisations", "read"),
    ("people", "/administration/people", "keys"),
    ("audit", "/administration/audit", "audit"),
    ("packs", "/administration/packs", "read"),
    ("catalogues", "/administration/catalogues", "read"),
    ("templates", "/administration/templates", "read"),
    ("campaigns", "/campaigns", "campaign"),
    ("days", "/data/days", "days"),
)
"""What is looked after, where, and the permission it takes to see anything there."""


def add_routes(router: APIRouter, services: Services) -> None:  # noqa: ARG001 - as all groups' are
    """Add the route."""

    @router.api_route(PATH, methods=METHODS, name="administration")
    async def administration(request: Request) -> Response:
        me = PERSON.get()
        parts = [(name, path) for name, path, needs in PARTS if me.may(needs)]
        return page("administration/home.html", view_of(request), parts=parts)
