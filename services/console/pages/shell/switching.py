"""Where the switch of jurisdiction and fiscal year leads."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.console.pages.frame.asking import Services
from services.console.pages.frame.looking import SEE_OTHER
from services.console.pages.frame.switching import PATH, switched


def add_routes(router: APIRouter, _services: Services) -> None:
    """Add the route."""

    @router.get(PATH, name="switch")
    async def switch(request: Request) -> Response:
        """Lead to the same page of another year, or to another jurisdiction's."""
        asked = request.query_params
        plain = {path for route in request.app.routes if (path := getattr(route, "path", None))}
        target = switched(
            asked.get("page", "/"),
            asked.get("jurisdiction", ""),
            asked.get("fiscal_year", ""),
            moved=bool(asked.get("jurisdiction")) and asked["jurisdiction"] != asked.get("was"),
            plain={path for path in plain if "{" not in path},
        )
        return RedirectResponse(target, SEE_OTHER)
