"""The console with all services behind it: what its tests look at."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.local.stack import Stack
from services.cli.city.city import Plan
from tests.support.html import Page

CITY = Plan(seed=3, projects=60, start=dt.date(2026, 3, 20), until=dt.date(2026, 4, 2))
ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Seen:
    """The running stack, a browser without JavaScript, and the services behind it."""

    stack: Stack
    browser: httpx.Client
    api: httpx.Client
    city: dict[str, Any]

    def page(self, path: str = "/") -> Page:
        """Look at a page."""
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text[-2_000:]
        return Page(answer.text)

    def ask(self, service: str, path: str, **params: Any) -> Any:
        """Ask a service itself."""
        url = getattr(self.stack.endpoints(), service)
        answer = self.api.get(url + path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()
