"""The console's own table of routes, and something of another unit for every place in it.

A route that is added later is asked too; a parameter that nobody thought of fails the tests until
it is given an example here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from services.console.app import create_app
from services.console.settings import ConsoleSettings
from tests.e2e import test_identity as identity

PARAMETER: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
SENDS_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN: Final = (
    "/static/",
    "/sign-in",
    "/sign-out",
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/v1/log-levels",
)
"""What whoever has not signed in reaches: how to sign in, that the console lives, and what asks for
an operator's key by itself."""
STREAMS: Final = frozenset({"/live"})
"""Answers that go on for ever."""


@dataclass(frozen=True)
class Route:
    """One route of the console."""

    method: str
    path: str

    def __str__(self) -> str:
        """Name it as a test's parameter."""
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Name what its address holds."""
        return tuple(PARAMETER.findall(self.path))

    @property
    def sends(self) -> bool:
        """Whether it takes a form or a file."""
        return self.method not in SENDS_NOTHING

    @property
    def is_open(self) -> bool:
        """Whether it is for everybody."""
        return self.path.startswith(OPEN)

    def filled(self, values: Mapping[str, str]) -> str:
        """Put values into its address; KeyError names what has no example."""
        code = values["department"] if self.path.startswith("/departments/") else values["unit"]
        given = {"code": code, **values}
        return PARAMETER.sub(lambda found: quote(given[found[1]], safe=""), self.path)


def table() -> list[Route]:
    """List the routes in the console's order: each method but HEAD, which asks what GET asks."""
    app = create_app(ConsoleSettings(key="k" * 40)).app
    return [
        Route(method, route.path)
        for route in _all(app.routes)
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]


def _all(routes: Iterable[Any]) -> Iterator[Any]:
    """Look into routers that were included."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _all(inner.routes)
        elif hasattr(route, "methods"):
            yield route


STATED: Final = {
    "step": "comment",
    "act": "test",
    "what": "summary",
    "topic": "lights",
    "sequence": "1",
    "number": "1",
    "preset": identity.PRESET,
}
"""Parameters that name nothing of anybody's."""
PUBLIC: Final = frozenset({*STATED, "figure", "rule", "template"})
"""The same for all who may ask: what stands there tells of nobody."""
ALSO: Final = {
    "batch": "batch_id",
    "file": "file_id",
    "entry": "quarantine_id",
    "publisher": "principal_id",
    "person": "principal_id",
}
"""What the console calls what a service calls otherwise."""
ASKED: Final = {
    "/campaigns/{campaign}/file/{what:path}": {"format": "xlsx"},
    "/campaigns/{campaign}/workbook": {"unit": "B"},
    "/papers/{paper}/file": {"format": "xlsx"},
}
"""What an address is asked with, where it cannot do without."""


def theirs(units: identity.World) -> dict[str, str]:
    """Give for each parameter something of the other unit that there is."""
    found = {**units.theirs, **STATED, "unit": "B"}
    return found | {ours: found[services] for ours, services in ALSO.items()}


def mine(units: identity.World) -> dict[str, str]:
    """Give the same, but of one's own where that exists."""
    own = {"project": identity.MINE, "department": "D1", "unit": "A"}
    return {**theirs(units), **own, "jurisdiction": identity.CITY}
