"""Asking analysis: what it says of itself is passed on, what is no answer ends nothing."""

import httpx
import pytest

from services.chassis.problems import Problem, ProblemError
from services.reporting.asking.figures import Figures
from tests.support.looped import looped

UNKNOWN = {
    "code": "unknown_project",
    "title": "There is no such project",
    "detail": "There is no 1/2.",
    "title_zh": "没有该项目",
    "detail_zh": "没有 1/2。",
    "pointer": "/project",
}


def _problem(answer: httpx.Response) -> Problem:
    """Ask, and give the problem that follows from an answer."""

    async def ask() -> None:
        figures = Figures("http://analysis", 1.0)
        await figures.close()
        transport = httpx.MockTransport(lambda _: answer)
        figures.client = httpx.AsyncClient(base_url="http://analysis", transport=transport)
        await figures.project(b"Bearer k", "1/2", 2026, None, None, 0.0)

    with pytest.raises(ProblemError) as caught:
        looped(ask())
    return caught.value.problem


def test_a_problem_of_analysis_is_passed_on_in_both_languages() -> None:
    """Whoever reads Chinese is told what analysis says."""
    found = _problem(httpx.Response(404, json=UNKNOWN))

    assert (found.status, found.code, found.pointer) == (404, "unknown_project", "/project")
    assert (found.title_zh, found.detail_zh) == ("没有该项目", "没有 1/2。")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(502, text="<html>Bad Gateway</html>"),
        httpx.Response(200, text="not JSON"),
        httpx.Response(500, json=[]),
    ],
)
def test_what_is_no_answer_is_told_as_such(answer: httpx.Response) -> None:
    """A gateway's page would end the task that opens campaigns, and the service with it."""
    found = _problem(answer)

    assert (found.status, found.code) == (502, "analysis_failed")
    assert found.title_zh
