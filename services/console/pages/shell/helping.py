"""Help: topics with the articles they rest on, the regulation, and the keyboard."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain.help import ARTICLES, TOPICS, topic_of
from services.console.domain.texts import Language
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import scope_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/help"


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the routes."""

    @router.api_route(PATH, methods=METHODS, name="help")
    async def topics(request: Request) -> Response:
        view = view_of(request)
        await _place(services, view)
        return page(
            "shell/help.html",
            view,
            trail=trail(view, at("help.title")),
            topics=TOPICS,
            articles=ARTICLES,
            original=texts_of(Language.CHINESE),
        )

    @router.api_route("/help/{topic}", methods=METHODS, name="help_topic")
    async def one(request: Request, topic: str) -> Response:
        view = view_of(request)
        found = topic_of(topic)
        if found is None:
            raise RefusedError(status=404, code="unknown_page", detail="")
        await _place(services, view)
        return page(
            "shell/topic.html",
            view,
            trail=trail(view, at("help.title", PATH), at(f"help_topic.{found.name}.title")),
            topic=found,
            original=texts_of(Language.CHINESE),
        )


async def _place(services: Services, view: View) -> None:
    """Let the frame know the jurisdictions; help needs none, and is there when all is away."""
    try:
        await scope_of(services, view)
    except (RefusedError, ServiceAwayError):
        return
