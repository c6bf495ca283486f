"""A rule tried on past days on its page: the form, what alerts is asked, and how it is told."""

import json
from typing import Any

import httpx
import pytest

from services.console.domain.trying import is_amiss, stated, typed
from tests.support.html import Page
from tests.unit.console.fake_services import HOSTILE, RULE, FakeServices, console

ADDRESS = "/rules/over_budget"
TRIED = {"from": "2026-01-01", "to": "2026-06-30", "step": "week"}
ONE: dict[str, Any] = {
    "asked": 9,
    "raised": 2,
    "red": 1,
    "cleared": 1,
    "open": 1,
    "errors": 1,
    "error": HOSTILE,
    "months": [{"month": "2026-05", "raised": 2, "cleared": 1}],
    "listed": [],
}
PLACE = {"project_id": "城/P/1", "fiscal_year": 2026, "subject": HOSTILE, "date": "2026-05-31"}
REPORT: dict[str, Any] = {
    "days": ["2026-01-31", "2026-06-30"],
    "assessments": 18,
    "live": {**ONE, "listed": [PLACE]},
    "tried": None,
    "held_back": [],
    "more": 0,
    "less": 0,
    "more_listed": [],
    "less_listed": [],
}
PROGRESS = {"days": 1, "of": 2, "assessments": 9}
PROBLEM = {"code": "backtest_too_long", "detail_zh": f"太久{HOSTILE}", "hint_zh": "请减少天数。"}


def streaming(*events: tuple[str, Any]) -> httpx.Response:
    """Answer as alerts does."""
    text = "".join(f"event: {name}\ndata: {json.dumps(said)}\n\n" for name, said in events)
    return httpx.Response(200, text=text, headers={"content-type": "text/event-stream"})


async def told(fake: FakeServices, answer: Any, **asked: str) -> list[tuple[str, Page]]:
    """Follow a trial; give its events with their pieces of the page."""
    fake.answers["alerts/v1/rules/over_budget/backtest"] = answer
    async with console(fake) as browser:
        found = (await browser.get(f"{ADDRESS}/backtest", params={**TRIED, **asked})).text
    frames = [frame.split("\n") for frame in found.split("\n\n") if frame]
    return [(one[0][7:], Page(json.loads(one[1][6:])["html"])) for one in frames]


async def test_the_form_offers_the_year_so_far_and_the_parameters_in_force() -> None:
    """Per cent, not basis points; nothing is tried before somebody asks for it."""
    async with console(FakeServices()) as browser:
        shown = Page((await browser.get(ADDRESS)).text)

    assert ["2026-01-01"] == shown.select("//input[@name='from']/@value")
    assert ["0.05"] == shown.select("//input[@name='set.limit']/@value")
    assert not shown.select("//*[@data-backtest]")


async def test_what_is_asked_stands_in_the_address() -> None:
    """And in the form again; the page follows a stream of the same question."""
    async with console(FakeServices()) as browser:
        answer = await browser.get(ADDRESS, params={**TRIED, "set.limit": "0.07"})
        shown = Page(answer.text)

    assert ["0.07"] == shown.select("//input[@name='set.limit']/@value")
    assert ["week"] == shown.select("//select[@name='step']/option[@selected]/@value")
    [stream] = shown.select("//*[@data-backtest]/@data-backtest")
    assert stream.startswith(f"{ADDRESS}/backtest?")
    assert "set.limit=0.07" in stream


async def test_a_rule_about_organisations_has_no_form() -> None:
    """No project's assessment answers it."""
    fake = FakeServices()
    fake.answers["alerts/v1/rules/over_budget"] = {**RULE, "scope": "department"}
    async with console(fake) as browser:
        shown = Page((await browser.get(ADDRESS)).text)

    assert not shown.select("//input[@name='from']")


async def test_alerts_is_asked_for_what_was_typed() -> None:
    """In its own units; also for what is in force today, for on past days it may not have been."""
    fake = FakeServices()
    await told(fake, streaming(("report", REPORT)), department="D1", **{"set.limit": "0.05"})
    await told(fake, streaming(("report", REPORT)))
    first, second = (
        request.url.params for request in fake.requests if request.url.path.endswith("/backtest")
    )

    assert {**TRIED, "jurisdiction": "城", "department": "D1", "set": "limit=5"} == dict(first)
    assert "set" not in second


async def test_progress_and_report_are_pieces_of_the_page() -> None:
    """With links to what was raised, as it was on that day; nothing of it is markup."""
    fake = FakeServices()
    progress, report = await told(fake, streaming(("progress", PROGRESS), ("report", REPORT)))

    assert ("progress", "report") == (progress[0], report[0])
    assert ["2"] == progress[1].select("//progress/@max")
    assert "共 2 天" in report[1].words()
    [link] = report[1].select("//li/a/@href")
    assert "as_of=2026-05-31" in link
    assert HOSTILE in report[1].words()


async def test_two_sets_of_parameters_stand_side_by_side() -> None:
    """What the other ones raise more, and what less."""
    other = {**ONE, "raised": 3, "months": [{"month": "2026-06", "raised": 3, "cleared": 0}]}
    back = [{"parameter": "limit", "code": "loosened", "why": "…"}]
    both = {**REPORT, "tried": other, "more": 70, "more_listed": [PLACE], "held_back": back}
    [(_, report)] = await told(FakeServices(), streaming(("report", both)))

    assert ["2026-05", "2026-06"] == report.select("//tbody/tr/th[starts-with(., '2026')]/text()")
    assert "多产生 70 条" in report.words()
    assert "最早的 1 条，共 70 条" in report.words()
    assert "参数 limit 在部分日期" in report.words()
    assert 1 == len(report.select("//li/a"))


async def test_a_rule_that_nothing_is_about_says_nothing_of_its_effect() -> None:
    """No matching data is not no deviation."""
    nothing = {**REPORT, "live": {**ONE, "asked": 0, "months": [], "error": None}}
    [(_, report)] = await told(FakeServices(), streaming(("report", nothing)))

    assert "没有与本规则有关的数据" in report.words()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (streaming(("progress", PROGRESS), ("failed", PROBLEM)), "太久"),
        (httpx.Response(422, json=PROBLEM), "请减少天数"),
        (httpx.Response(503, json=PROBLEM), "请减少天数"),
        (streaming(("progress", PROGRESS)), "没有应答"),
        (httpx.ConnectError("away"), "没有应答"),
    ],
)
async def test_what_went_wrong_is_said_in_its_place(answer: Any, words: str) -> None:
    """Refused at once, broken off, or no answer at all."""
    events = await told(FakeServices(), answer)

    assert "failed" == events[-1][0]
    assert words in events[-1][1].words()


async def test_what_is_no_number_is_said_by_the_fields_name() -> None:
    """Alerts would name the parameter and its basis points."""
    fake = FakeServices()
    [(name, piece)] = await told(fake, streaming(), **{"set.limit": f"many{HOSTILE}"})

    assert "failed" == name
    assert "须为数字" in piece.words()
    assert not [one for one in fake.requests if one.url.path.endswith("/backtest")]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2000, "bp", "20"),
        (2005, "bp", "20.05"),
        (-50, "bp", "-0.50"),
        (123, "fen", "1.23"),
        (3, "days", "3"),
        (True, "", "true"),
        ("other", "", "other"),
    ],
)
def test_what_is_typed_is_what_was_shown(value: bool | int | str, unit: str, text: str) -> None:  # noqa: FBT001
    """And back again."""
    assert text == typed(value, unit)
    assert stated(text, unit) in {str(value), str(value).lower()}


@pytest.mark.parametrize("text", ["", "1.234", "abc", "1e3", "٣", "9" * 16])
def test_what_is_no_such_number_is_left_to_alerts(text: str) -> None:
    """It says what is wrong with those whose units nobody rewrites."""
    assert text == stated(text, "bp") == stated(text, "days")
    assert is_amiss(text, "bp")
    assert not is_amiss(text, "days")
