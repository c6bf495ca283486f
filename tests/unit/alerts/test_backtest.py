"""A rule tried on past days: what it would have raised, and with other parameters; how it is told.

Analysis is a transport that answers as its contract says.
"""

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request

from contracts.envelope import CloudEvent
from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import Aspect, PrincipalKind, Role
from services.alerts.api import backtest
from services.alerts.api.backtest import BacktestDesk, Pages, Question
from services.alerts.api.backtest import _told as told_of
from services.alerts.api.rules import RuleDesk
from services.alerts.asking.analysis import AnalysisClient
from services.alerts.domain.backtest import Beside, Step, beyond, days_of, with_values
from services.alerts.domain.judging import Key
from services.alerts.domain.layers import RuleBook
from services.alerts.domain.rules import Parameter, Rule, Stricter
from services.alerts.packs.cel import CelEvaluator
from services.chassis import problems
from services.chassis.identity import Principal
from tests.unit.alerts.builders import PROJECT, assessment, indicator
from tests.unit.alerts.rules import PACKS, RULES, rule
from tests.unit.alerts.test_packs_in_force import Kept

J = "340700"
AHEAD = "money_ahead_of_results"
MAY, JUNE, JULY = dt.date(2026, 5, 31), dt.date(2026, 6, 30), dt.date(2026, 7, 31)
KEY = "Bearer dw_somebody"


def ahead(project: str, day: dt.date, basis_points: int) -> CloudEvent[AssessmentMade]:
    """Assess a project whose money is so far ahead of its results."""
    return assessment(project=f"{J}/{project}", date=day, money_ahead_bp=basis_points)


PAST = {
    MAY: (ahead("A", MAY, 2_500), ahead("B", MAY, 0), ahead("C", MAY, 0)),
    JUNE: (ahead("A", JUNE, 2_500), ahead("B", JUNE, 1_600), ahead("C", JUNE, 0)),
    JULY: (ahead("A", JULY, 0), ahead("B", JULY, 1_600), ahead("C", JULY, 2_100)),
}
"""A is ahead until June, B is from June on, C from July."""


def rules_of(_department: str | None, _day: dt.date) -> list[Rule]:
    """Give the shipped rules."""
    return list(RULES)


def tried(values: Mapping[str, int]) -> Beside:
    """Try the rule on all that is past."""
    beside = Beside(AHEAD, rules_of, values)
    for day, made in PAST.items():
        for event in made:
            beside.judge(event.subject, event.data)
        beside.end(day)
    return beside


def test_a_rule_raises_and_clears_by_the_days_it_sees() -> None:
    """Nobody works on what is raised; what ends is cleared."""
    live = tried({}).live

    assert [(f"{J}/A", MAY), (f"{J}/C", JULY)] == [(one[0][0], one[1]) for one in live.raised]
    counted = live.counts[AHEAD]
    assert ({"2026-05": 1, "2026-07": 1}, {"2026-07": 1}) == (counted.raised, counted.cleared)
    assert (9, 9, 1) == (live.assessments, counted.asked, len(live.open))


def test_other_parameters_are_compared_with_those_in_force() -> None:
    """What they raise that is not raised now, and what they let go."""
    wider, narrower = tried({"yellow_from_bp": 1_500}), tried({"yellow_from_bp": 2_200})

    assert [(f"{J}/B", JUNE)] == [(one[0][0], one[1]) for one in wider.more()]
    assert [] == wider.less() == narrower.more() == tried({}).more()
    assert [(f"{J}/C", JULY)] == [(one[0][0], one[1]) for one in narrower.less()]


def test_compliance_is_not_loosened_by_trying() -> None:
    """As no pack may; stricter may be tried."""
    strict = rule("over_budget", parameters={"from": Parameter(10, stricter=Stricter.LOWER)})
    looser, ignored = with_values(strict, {"from": 11})
    stricter, none = with_values(strict, {"from": 9})

    assert (strict, ["loosened"]) == (looser, [part.code for part in ignored])
    assert (9, ()) == (stricter.parameters["from"].value, none)


def test_what_is_raised_on_another_day_is_neither_more_nor_less() -> None:
    """Most deviations grow: with a lower threshold they are only seen earlier."""
    beside = Beside(AHEAD, rules_of, {"yellow_from_bp": 1_500})
    for day, ahead_by in ((MAY, 1_700), (JUNE, 2_100)):
        beside.judge(f"{J}/A", ahead("A", day, ahead_by).data)
        beside.end(day)

    assert beside.tried is not None
    assert ([MAY], [JUNE]) == (
        [day for _, day in beside.tried.raised],
        [day for _, day in beside.live.raised],
    )
    assert ([], []) == (beside.more(), beside.less())


def test_what_is_raised_again_counts_again() -> None:
    """One that came, went and came is two; seen once elsewhere, one of them is more."""
    place = (f"{J}/A", 2026, Key(AHEAD, "project", f"{J}/A"))

    assert [(place, JULY)] == beyond([(place, MAY), (place, JULY)], [(place, JUNE)])


def test_red_ones_are_counted_once() -> None:
    """On whichever day they became so; a stricter red raises nothing more, and is seen here."""
    behind = "indicator_behind_standard"
    beside = Beside(behind, rules_of, {"red_below_bp": 7_500})
    for day in PAST:
        made = assessment(date=day, indicators=(indicator(ratio_bp=7_000),))
        beside.judge(made.subject, made.data)
        beside.end(day)

    assert beside.tried is not None
    assert (1, 0) == (beside.live.counts[behind].raised.total(), beside.live.counts[behind].red)
    assert (1, 1) == (beside.tried.counts[behind].raised.total(), beside.tried.counts[behind].red)
    assert beside.differs


def test_a_value_that_may_not_be_set_holds_no_other_back() -> None:
    """And is named."""
    strict = rule(
        "over_budget",
        parameters={"a": Parameter(10, stricter=Stricter.LOWER), "b": Parameter(5, stricter=None)},
        aspect=Aspect.COMPLIANCE,
    )
    laid, ignored = with_values(strict, {"a": 9, "b": 4})
    beside = Beside(strict.id, lambda _department, _day: [strict], {"a": 9, "b": 4})
    beside.judge(PROJECT, assessment().data)

    assert {"a": 9, "b": 5} == {name: one.value for name, one in laid.parameters.items()}
    assert ["b"] == [part.parameter for part in ignored] == list(beside.held_back)


@pytest.mark.parametrize(
    ("first", "last"), [(JULY, JUNE), (dt.date(2000, 1, 1), dt.date(2026, 1, 1))]
)
def test_a_time_that_is_none_or_too_long_is_refused(first: dt.date, last: dt.date) -> None:
    """Before anything is asked."""
    with pytest.raises(ValueError, match=r"days|before"):
        days_of(first, last, Step.MONTH)


def test_the_last_day_there_is_ends_its_month() -> None:
    """Nobody lives to see it; nothing breaks either."""
    assert [dt.date.max] == days_of(dt.date.max, dt.date.max, Step.MONTH)


class Opened(Kept):
    """A store that knows the last opened day."""

    async def today(self, _jurisdiction: str) -> dt.date | None:
        """Say that it is in August."""
        return dt.date(2026, 8, 15)


@dataclass
class Analysis:
    """Answers for assessments, two projects a page."""

    asked: list[httpx.Request] = field(default_factory=list)
    instead: dict[int, httpx.Response | Exception] = field(default_factory=dict)
    """What it says to the n-th question in place of its answer."""

    silent_after: int | None = None
    """After so many questions it says nothing any more."""

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.asked.append(request)
        if self.silent_after is not None and len(self.asked) > self.silent_after:
            await asyncio.Event().wait()
        other = self.instead.get(len(self.asked))
        if isinstance(other, Exception):
            raise other
        if other is not None:
            return other
        given = request.url.params
        made = PAST[dt.date.fromisoformat(given["as_of"])]
        behind = [event for event in made if event.subject > given.get("after", "")]
        page = behind[:2]
        items = [
            {"project_id": event.subject, "assessment": event.data.model_dump(mode="json")}
            for event in page
        ]
        more = page[-1].subject if len(behind) > len(page) else None
        return httpx.Response(200, json={"items": items, "cut": "7", "next": more})


@dataclass
class Told:
    """What came of a question."""

    status: int
    problem: dict[str, Any]
    events: list[tuple[str, dict[str, Any]]]


@dataclass
class Parts:
    """The route, and analysis behind it."""

    client: httpx.AsyncClient
    desk: BacktestDesk
    analysis: Analysis

    async def ask(self, name: str = AHEAD, **parameters: Any) -> Told:
        """Ask for a backtest from May to July."""
        asked = {"jurisdiction": J, "from": MAY.isoformat(), "to": JULY.isoformat(), **parameters}
        answer = await self.client.get(f"/v1/rules/{name}/backtest", params=asked)
        if answer.is_error:
            return Told(answer.status_code, answer.json(), [])
        frames = [part.splitlines() for part in answer.text.split("\n\n") if part]
        events = [(lines[0][7:], json.loads(lines[1][6:])) for lines in frames]
        return Told(answer.status_code, {}, events)


@pytest.fixture
async def parts() -> Any:
    """Give the route as somebody of the jurisdiction asks it."""
    analysis = Analysis()

    async def book_of(_jurisdiction: str) -> RuleBook:
        return RuleBook(PACKS)

    asking = AnalysisClient("http://analysis", 1, httpx.MockTransport(analysis))
    rules = RuleDesk((), book_of, Opened(), CelEvaluator())
    desk = BacktestDesk(rules, asking, asyncio.Event())
    app, router = FastAPI(), APIRouter(prefix="/v1")
    backtest.add_routes(router, desk)
    app.include_router(router)
    problems.install(app)
    roles = frozenset({Role.DEPARTMENT_REVIEWER})
    somebody = Principal("li", PrincipalKind.STAFF, roles, frozenset({J}))

    @app.middleware("http")
    async def let_in(request: Request, go_on: Any) -> Any:
        request.state.principal = somebody
        return await go_on(request)

    transport = httpx.ASGITransport(app)
    headers = {"Authorization": KEY}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://alerts", headers=headers
    ) as client:
        yield Parts(client, desk, analysis)
    await asking.close()


@pytest.mark.moves("dualwatch_alerts_backtests_total")
async def test_it_is_told_while_it_goes_on(parts: Parts) -> None:
    """In the caller's name, all pages of a day at one cut; at the end what was found."""
    told = await parts.ask(set="yellow_from_bp=1500")
    names = [name for name, _ in told.events]
    report = told.events[-1][1]

    assert [*["progress"] * 6, "report"] == names
    assert {"days": 1, "of": 3, "assessments": 2} | {"days": 0} == told.events[0][1]
    assert {"days": 3, "of": 3, "assessments": 9} == told.events[-2][1]
    assert {KEY} == {request.headers["authorization"] for request in parts.analysis.asked}
    assert [None, "7"] * 3 == [request.url.params.get("at") for request in parts.analysis.asked]
    assert (2, 3, 1, 0) == (
        report["live"]["raised"],
        report["tried"]["raised"],
        report["more"],
        report["less"],
    )
    assert [
        {"project_id": f"{J}/B", "fiscal_year": 2026, "subject": None, "date": "2026-06-30"}
    ] == report["more_listed"]
    assert [
        {"month": "2026-05", "raised": 1, "cleared": 0},
        {"month": "2026-07", "raised": 1, "cleared": 1},
    ] == report["live"]["months"]


async def test_without_other_values_nothing_is_compared(parts: Parts) -> None:
    """Values that were in force on all the days are no others."""
    told = await parts.ask(set="yellow_from_bp=2000", department="D-1")

    assert told.events[-1][1]["tried"] is None
    assert {f"{J}/D-1"} == {request.url.params["scope"] for request in parts.analysis.asked}


@pytest.mark.parametrize(
    ("parameters", "status", "code", "pointer"),
    [
        ({"name": "no_such_rule"}, 404, "unknown_rule", None),
        ({"name": "department_red_share"}, 422, "not_by_assessment", "/rule"),
        ({"to": "2026-05-30"}, 422, "invalid_parameter", "/to"),
        ({"to": "2026-08-16"}, 422, "invalid_parameter", "/to"),
        ({"to": "2026-08-15", "step": "day"}, 422, "invalid_parameter", "/step"),
        ({"step": "hour"}, 422, "invalid_parameter", "/step"),
        ({"set": "no_such=1"}, 422, "invalid_parameter", "/set"),
        ({"set": "yellow_from_bp=1.5"}, 422, "invalid_parameter", "/set"),
        ({"set": "yellow_from_bp=１"}, 422, "invalid_parameter", "/set"),
        ({"set": f"yellow_from_bp={'9' * 19}"}, 422, "invalid_parameter", "/set"),
        ({"set": "yellow_from_bp"}, 422, "invalid_parameter", "/set"),
        ({"name": "problem_overdue", "set": "from=2"}, 422, "invalid_parameter", "/set"),
        ({"jurisdiction": "410000"}, 404, "unknown_jurisdiction", None),
    ],
)
async def test_what_cannot_be_tried_is_refused(
    parts: Parts, parameters: dict[str, str], status: int, code: str, pointer: str | None
) -> None:
    """Before analysis is asked; what, where, and in both languages."""
    told = await parts.ask(**parameters)

    assert (status, code, pointer) == (
        told.status,
        told.problem["code"],
        told.problem.get("pointer"),
    )
    assert told.problem["detail_zh"]
    assert not parts.analysis.asked


REFUSAL = {"code": "unknown_scope", "title": "Not found", "detail": "…", "detail_zh": "没有。"}


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (httpx.ConnectError("away"), 503, "analysis_away"),
        (httpx.Response(500, json={}), 503, "analysis_away"),
        (httpx.Response(200, text="<html>"), 503, "analysis_away"),
        (httpx.Response(200, json={"items": [{}]}), 503, "analysis_away"),
        (httpx.Response(404, json=REFUSAL), 404, "unknown_scope"),
    ],
)
async def test_analysis_away_or_refusing_is_said(
    parts: Parts, said: httpx.Response | Exception, status: int, code: str
) -> None:
    """At the first question as an answer, later as an event; no place stays taken."""
    parts.analysis.instead = {1: said, 4: said}
    at_once, later = await parts.ask(), await parts.ask()

    assert (status, code) == (at_once.status, at_once.problem["code"])
    assert ["progress", "progress", "failed"] == [name for name, _ in later.events]
    assert code == later.events[-1][1]["code"]
    assert later.events[-1][1]["detail_zh"]
    for _ in range(backtest.AT_ONCE_MAX):
        parts.desk.begin()


async def test_as_many_as_a_process_does_at_once(parts: Parts) -> None:
    """One more is told to come back."""
    places = [parts.desk.begin() for _ in range(backtest.AT_ONCE_MAX)]
    told = await parts.ask()
    places[0].close()

    assert (503, "backtest_busy") == (told.status, told.problem["code"])
    assert 200 == (await parts.ask()).status


async def test_one_that_takes_too_long_ends(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """And says what to do."""
    monkeypatch.setattr(backtest, "SECONDS_MAX", 0.2)
    parts.analysis.silent_after = 2
    told = await parts.ask()

    assert ["progress", "progress", "failed"] == [name for name, _ in told.events]
    assert "backtest_too_long" == told.events[-1][1]["code"]


async def test_none_goes_on_while_the_service_stops(parts: Parts) -> None:
    """Whoever looks is told so."""
    parts.desk.stopping.set()
    told = await parts.ask()

    assert (503, "stopping") == (told.status, told.problem["code"])


@pytest.mark.moves("dualwatch_alerts_backtests_total")
async def test_one_that_nobody_waits_for_gives_its_place_back(parts: Parts) -> None:
    """Left in the midst of it."""
    pages = Pages(parts.desk, KEY.encode(), J)
    question = Question(rule(AHEAD), RuleBook(PACKS), J, None, [MAY, JUNE], {})
    stream = told_of(pages, question, await pages.of(MAY))
    first = await anext(stream)
    await stream.aclose()

    assert first.startswith(b"event: progress")
    assert 1 == len(parts.analysis.asked)
