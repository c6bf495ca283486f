"""Search across all areas: projects, vouchers, alerts, papers, one's own work."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.console.domain.lists import kind_of
from services.console.domain.waiting import Waiting, of_alerts, of_papers
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services
from services.console.pages.frame.looking import PERSON
from services.console.pages.frame.rendering import page
from services.console.pages.frame.scope import Scope, place_of
from services.console.pages.frame.trail import at, trail
from services.console.pages.frame.view import View, view_of

METHODS: Final = ["GET", "HEAD"]
PATH: Final = "/search"
LENGTH_MIN: Final = 2
LENGTH_MAX: Final = 100
SHOWN: Final = 10
"""Hits of each kind."""
TASKS_READ: Final = 200
"""One's own tasks that are looked through."""


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found of one kind; None: its service is away, or one may not look there."""

    name: str
    items: Sequence[Any] | None
    more: bool = False
    behind: int = 0
    """Of vouchers: positions of the ledger that cannot be searched yet."""
    away: str | None = None
    """Service that did not answer."""


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.api_route(PATH, methods=METHODS, name="search")
    async def search(request: Request) -> Response:
        view = view_of(request)
        scope = await place_of(services, view)
        wanted = (view.get("q") or "")[:LENGTH_MAX]
        enough = len(wanted) >= LENGTH_MIN
        found = await _search(services, view, scope, wanted) if enough else []
        return page(
            "shell/search.html",
            view,
            scope=scope,
            trail=trail(view, at("search.title")),
            wanted=wanted,
            enough=enough,
            found=found,
            nothing=enough and not any(one.items or one.away for one in found),
            shown=SHOWN,
        )


async def _search(services: Services, view: View, scope: Scope, wanted: str) -> list[Hits]:
    asking = Asking(services, view, scope, wanted)
    person = PERSON.get()
    parts = []
    if person.may("read"):
        parts += [asking.mine(), asking.projects()]
    if person.may("ledger"):
        parts.append(asking.vouchers())
    if person.may("read"):
        parts += [asking.alerts(), asking.papers()]
    return list(await asyncio.gather(*parts))


@dataclass(frozen=True)
class Asking:
    """Asks each service in its own way; one that is away takes nothing from the others."""

    services: Services
    view: View
    scope: Scope
    wanted: str

    async def projects(self) -> Hits:
        """Find projects by name or code, of the year that is looked at."""
        asked = {"search": self.wanted, "fiscal_year": self.view.get("fiscal_year")}
        found = await self._ask("analysis", "/v1/projects", {**asked, "limit": SHOWN})
        return self._hits("projects", found)

    async def vouchers(self) -> Hits:
        """Find entries of the ledger by how their document's number begins."""
        # Numbers are printed in capitals and typed as it comes.
        ways = dict.fromkeys((self.wanted, self.wanted.upper()))
        answers = await asyncio.gather(
            *(self._ask("intake", "/v1/documents", {"number": way, "limit": SHOWN}) for way in ways)
        )
        if not all(isinstance(one, Mapping) for one in answers):
            return Hits("vouchers", None, away=next((one for one in answers if one), None))
        items = [
            {**one, "event": kind_of(one["type"])} for found in answers for one in found["items"]
        ]
        more = len(items) > SHOWN or any(found["more"] for found in answers)
        return Hits("vouchers", items[:SHOWN], more, answers[0]["behind"])

    async def alerts(self) -> Hits:
        """Find alerts of any state by title or project."""
        asked = {"q": self.wanted, "state": "all", "sort": "changed", "limit": SHOWN}
        return self._hits("alerts", await self._ask("alerts", "/v1/alerts", asked))

    async def papers(self) -> Hits:
        """Find papers by project or department."""
        asked = {"q": self.wanted, "limit": SHOWN}
        return self._hits("papers", await self._ask("reporting", "/v1/papers", asked))

    async def mine(self) -> Hits:
        """Find among what waits for whoever looks."""
        tasks, papers = await asyncio.gather(
            self._ask("alerts", "/v1/tasks", {"limit": TASKS_READ}),
            self._ask(
                "reporting", "/v1/papers", {"q": self.wanted, "waiting": "me", "limit": SHOWN}
            ),
        )
        found: list[Waiting] = []
        if isinstance(tasks, Mapping):
            found += [one for one in of_alerts(tasks["items"], None) if self._speaks_of(one)]
        if isinstance(papers, Mapping):
            found += of_papers(papers["items"], None)
        return Hits("mine", found[:SHOWN], len(found) > SHOWN)

    def _speaks_of(self, one: Waiting) -> bool:
        names = ("title_zh", "title_en", "project_name", "project_id", "scope_subject")
        wanted = self.wanted.casefold()
        return any(wanted in str(one.item.get(name) or "").casefold() for name in names)

    async def _ask(self, service: str, path: str, more: Mapping[str, Any]) -> Any:
        """Ask; the service's name while it is away, None where one may not look."""
        asked = {"jurisdiction": self.scope.jurisdiction["jurisdiction"], **more}
        try:
            return await self.services.get(service, path, asked)
        except ServiceAwayError as error:
            return error.service
        except RefusedError:
            return None

    @staticmethod
    def _hits(name: str, found: Any) -> Hits:
        if isinstance(found, str) or found is None:
            return Hits(name, None, away=found)
        return Hits(name, found["items"], bool(found.get("next")))
