"""Refusals of reporting say what and what to do in both languages."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI

from services.chassis.identity import _caller
from services.chassis.problems import install
from services.reporting.api import papers
from services.reporting.api.forms import _no_projects

NOBODY: Any = SimpleNamespace(may_enter=lambda _code: False)
DESK: Any = None


def test_a_department_without_projects_is_told_so_in_both_languages() -> None:
    """With what to look at again."""
    problem = _no_projects("D9", "610100", dt.date(2026, 6, 30)).problem

    assert (problem.status, problem.code) == (404, "no_projects")
    assert "D9" in str(problem.detail_zh)
    assert problem.title_zh
    assert problem.hint_zh


async def test_a_feed_of_nowhere_is_told_so_in_both_languages() -> None:
    """The same where there is one that is out of scope."""
    app = FastAPI()
    install(app)
    app.include_router(papers.routes(DESK))
    app.dependency_overrides[_caller] = lambda: NOBODY
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://r") as ask:
        answer = await ask.get("/v1/reports/feed/999999")

    told = answer.json()
    assert (answer.status_code, told["code"]) == (404, "unknown_jurisdiction")
    assert "999999" in told["detail_zh"]
