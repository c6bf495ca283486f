"""A rule on past days: the form on its page, and the answer, told while alerts works on it.

All that is asked stands in the page's address; the page then follows a stream of its own, in which
each event is a piece of the page.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from services.chassis.segments import Segment
from services.console.domain.news import Frames
from services.console.domain.texts import Language
from services.console.domain.trying import is_amiss, stated, typed
from services.console.pages.frame.asking import (
    RefusedError,
    ServiceAwayError,
    Services,
    segment,
)
from services.console.pages.frame.rendering import page, texts_of
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.view import View, view_of

STEPS: Final = ("month", "week", "day")
TRIED: Final = "set."
"""Before a parameter's name in the page's address."""
ENDS: Final = frozenset({"report", "failed"})
SSE: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Parameters = Sequence[Mapping[str, Any]]


class Trial:
    """What an address asks to be tried."""

    def __init__(self, request: Request, scope: Scope, parameters: Parameters) -> None:
        """Read it; what is not said is the year so far, month by month."""
        given = request.query_params
        today = scope.jurisdiction.get("today") or ""
        start = scope.jurisdiction.get("fiscal_year_start") or "01-01"
        year = scope.fiscal_year
        self.asked = bool(given.get("from") and given.get("to"))
        """Whether anything is to be tried."""
        self.first = given.get("from") or (f"{year}-{start}" if year else "")
        self.last = given.get("to") or today
        self.step = given.get("step") or STEPS[0]
        self.steps = STEPS
        self.stream = f"{request.url.path}/backtest?{request.url.query}"
        """Where the page hears what comes of it."""
        self.fields = [
            {**one, "typed": given.get(TRIED + one["name"], typed(one["value"], one["unit"]))}
            for one in parameters
        ]
        """The rule's parameters, each with what stands in its field."""
        self.amiss = [one for one in self.fields if is_amiss(one["typed"], one["unit"])]
        """Fields with what is no number."""
        self.values = [
            f"{one['name']}={stated(one['typed'], one['unit'])}"
            for one in self.fields
            if TRIED + one["name"] in given
        ]
        """What is tried, also where it is in force today: on past days it may not have been."""

    def question(self, scope: Scope, view: View) -> dict[str, str | Sequence[str] | None]:
        """Write it as alerts is asked."""
        return {
            "jurisdiction": scope.jurisdiction["jurisdiction"],
            "department": view.get("department"),
            "from": self.first,
            "to": self.last,
            "step": self.step,
            "set": self.values,
        }


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.get("/rules/{rule}/backtest", name="backtest")
    async def backtest(rule: Segment, request: Request) -> Response:
        """Follow a trial: how far it is, and at the end what it found."""
        view = view_of(request)
        scope = await place_of(services, view)
        path = f"/v1/rules/{segment(rule)}"
        asked: dict[str, str | int | None] = {
            "jurisdiction": scope.jurisdiction["jurisdiction"],
            "department": view.get("department"),
        }
        found = await services.get("alerts", path, asked)
        trial = Trial(request, scope, found["parameters"])
        told = (
            _refused(view, trial.amiss[0])
            if trial.amiss
            else _told(services, view, f"{path}/backtest", trial.question(scope, view))
        )
        return StreamingResponse(told, media_type=SSE, headers=HEADERS)


async def _refused(view: View, amiss: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """Say which field holds no number, by the name that stands there."""
    name = (
        amiss["meaning_en" if view.language == Language.ENGLISH else "meaning_zh"] or amiss["name"]
    )
    detail = texts_of(view.language)("backtest.amiss", name=name, typed=amiss["typed"])
    yield _piece("failed", view, {"detail": detail})


async def _told(
    services: Services, view: View, path: str, question: Mapping[str, Any]
) -> AsyncIterator[bytes]:
    """Write each event as a piece of the page; one of `ENDS` is the last."""
    frames = Frames()
    try:
        async for part in services.stream("alerts", path, question, None, refusals=True):
            for event in frames.feed(part):
                yield _piece(event.event, view, json.loads(event.data))
                if event.event in ENDS:
                    return
        problem: Mapping[str, Any] | None = None
    except RefusedError as error:
        problem = error.problem
    except ServiceAwayError:
        problem = None
    yield _piece("failed", view, problem)


def _piece(name: str, view: View, said: Mapping[str, Any] | None) -> bytes:
    html = page("alerts/_backtest.html", view, kind=name, said=said).body
    # As JSON it is one line.
    data = json.dumps({"html": bytes(html).decode()}, ensure_ascii=False)
    return f"event: {name}\ndata: {data}\n\n".encode()
