"""HTTP: a rule on past days, as it is in force and with other parameters, told while it goes on.

Analysis is asked for each day's assessments in the caller's name, so that everybody tries rules on
what they may see; nothing is kept. Server-sent events: `progress` after each page, at the end
`report`, or `failed` with the problem.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.alerts.api.parameters import SUBJECT_LENGTH_MAX, Name
from services.alerts.api.rules import RuleDesk, in_force
from services.alerts.api.streaming import EventStream
from services.alerts.asking.analysis import AnalysisClient, Assessed
from services.alerts.domain.backtest import (
    NOT_HERE,
    Beside,
    Place,
    Step,
    Trial,
    days_of,
    with_values,
)
from services.alerts.domain.facts import FactValue
from services.alerts.domain.layers import RuleBook
from services.alerts.domain.rules import Parameter, Rule
from services.chassis import clock, metrics
from services.chassis.identity import Authorization, Caller
from services.chassis.problems import (
    RETRY_AFTER_SECONDS,
    Problem,
    ProblemError,
    invalid_parameter,
    not_found,
    refused,
)
from services.chassis.segments import Segment

DAYS_MAX: Final = 62
"""Most days that one backtest looks at: two months of days, five years of months."""
SECONDS_MAX: Final = 50.0
"""Longest that one takes: a caller's assertion, in whose name analysis is asked, lives a minute."""
AT_ONCE_MAX: Final = 2
"""Backtests under way in one process; alerts are judged beside them."""
TURN_ASSESSMENTS: Final = 16
"""Assessments judged before others have their turn: a few milliseconds."""
TO: Final = "to"
STEP: Final = "step"
SET: Final = "set"
VALUES_MAX: Final = 20
VALUE_LENGTH_MAX: Final = 200
WHOLE_DIGITS_MAX: Final = 18
"""Below 64 bits, as CEL has its whole numbers."""
LISTED_MAX: Final = 50
"""Deviations that a report names, of those that it counts."""

BACKTESTS: Final = metrics.counter(
    "dualwatch_alerts_backtests_total",
    "Backtests of a rule over HTTP, by how they ended: told, failed, left (nobody waited for it).",
    ("outcome",),
)

Values = Annotated[
    list[Annotated[str, Query(max_length=VALUE_LENGTH_MAX)]] | None,
    Query(
        max_length=VALUES_MAX,
        description="A parameter's other value, `name=value`; as often as there are some.",
    ),
]


class BacktestDesk:
    """What the route asks, and how many use it."""

    def __init__(self, rules: RuleDesk, analysis: AnalysisClient, stopping: asyncio.Event) -> None:
        """Nobody does yet; none goes on when `stopping` is set."""
        self.rules = rules
        self.analysis = analysis
        self.stopping = stopping
        self._under_way = 0

    def begin(self) -> ExitStack:
        """Take one of the places; closing gives it back. 503 where there is none."""
        if self._under_way >= AT_ONCE_MAX:
            raise _busy()
        self._under_way += 1
        place = ExitStack()
        place.callback(self._end)
        return place

    def _end(self) -> None:
        self._under_way -= 1


@dataclass(frozen=True)
class Question:
    """What is to be tried."""

    rule: Rule
    """As it is in force on the last day."""
    book: RuleBook
    jurisdiction: str
    department: str | None
    days: Sequence[dt.date]
    values: Mapping[str, FactValue]
    """Other parameters."""

    @property
    def scope(self) -> str:
        """Whose projects analysis is asked for."""
        if self.department is None:
            return self.jurisdiction
        return f"{self.jurisdiction}/{self.department}"

    def rules(self, department: str | None, day: dt.date) -> Sequence[Rule]:
        """Return the rules in force."""
        return self.book.at(self.jurisdiction, department, day).rules


def add_routes(router: APIRouter, desk: BacktestDesk) -> None:
    """Add the route."""

    @router.get("/rules/{rule}/backtest")
    async def backtest(  # noqa: PLR0913 - one parameter for each of the query's
        *,
        asking: Caller,
        authorization: Authorization,
        rule: Segment,
        jurisdiction: Annotated[str, Query(min_length=1, max_length=SUBJECT_LENGTH_MAX)],
        first: Annotated[dt.date, Query(alias="from", description="First day.")],
        last: Annotated[dt.date, Query(alias=TO, description="Last day.")],
        department: Name = None,
        step: Annotated[Step, Query(description="How often it looks.")] = Step.MONTH,
        values: Annotated[Values, Query(alias=SET)] = None,
    ) -> Response:
        """Say what a rule would have raised and cleared, as server-sent events.

        Each day is measured as of it, with what is known now. With `set` also what other
        parameters would have raised, and what they would not.
        """
        days = _days(first, last, step)
        book, found = await in_force(desk.rules, asking, jurisdiction, department, last)
        _past(last, await desk.rules.store.today(jurisdiction))
        known = next((one for one in found.rules if one.id == rule), None)
        if known is None:
            what = f"There is no rule {rule} in force on {last}."
            what_zh = f"{last} 没有生效的规则 {rule}。"
            raise not_found(code="unknown_rule", what=what, what_zh=what_zh)
        if known.scope in NOT_HERE:
            raise _judged_elsewhere()
        given = _values(known, values or ())
        asked = Question(known, book, jurisdiction, department, days, given)
        with desk.begin() as place:
            pages = Pages(desk, authorization, asked.scope)
            # Refused before the stream begins, if it is.
            first_page = await pages.of(days[0])
            return EventStream(_told(pages, asked, first_page), place.pop_all().close)


class Pages:
    """Pages of assessments, for as long as one backtest may take."""

    def __init__(self, desk: BacktestDesk, authorization: bytes, scope: str) -> None:
        """Begin the time."""
        self._desk = desk
        self._authorization = authorization
        self._scope = scope
        self._until = clock.monotonic() + SECONDS_MAX

    async def of(self, day: dt.date, before: Assessed | None = None) -> Assessed:
        """Give a day's next page; ProblemError: there is none, or no time left for it."""
        if self._desk.stopping.is_set():
            raise _stopping()
        try:
            async with asyncio.timeout(self._until - clock.monotonic()):
                return await self._desk.analysis.assessed(
                    self._authorization, self._scope, day, before
                )
        except TimeoutError as error:
            raise _too_long() from error


async def _told(pages: Pages, asked: Question, page: Assessed) -> AsyncGenerator[bytes]:
    """Judge day after day; say how far it is, and what came of it."""
    outcome = "failed"
    try:
        beside = Beside(asked.rule.id, asked.rules, asked.values)
        for place, day in enumerate(asked.days):
            if place:
                page = await pages.of(day)
            await _judge(beside, page)
            while page.after is not None:
                yield _progress(asked, place, beside)
                page = await pages.of(day, page)
                await _judge(beside, page)
            beside.end(day)
            yield _progress(asked, place + 1, beside)
        outcome = "told"
        yield _event("report", report(asked, beside))
    except ProblemError as error:
        yield _event("failed", error.problem.document())
    except (GeneratorExit, asyncio.CancelledError):
        outcome = "left"
        raise
    finally:
        BACKTESTS.labels(outcome).inc()


async def _judge(beside: Beside, page: Assessed) -> None:
    for count, (project, made) in enumerate(page.items, 1):
        beside.judge(project, made)
        if count % TURN_ASSESSMENTS == 0:
            # Streams are written and people get answers meanwhile.
            await asyncio.sleep(0)


def report(asked: Question, beside: Beside) -> dict[str, Any]:
    """Write what was found."""
    more, less = beside.more(), beside.less()
    return {
        "rule_id": asked.rule.id,
        "jurisdiction": asked.jurisdiction,
        "department": asked.department,
        "days": [day.isoformat() for day in asked.days],
        "values": dict(asked.values),
        "assessments": beside.live.assessments,
        "live": _outcome(asked.rule.id, beside.live),
        "tried": _outcome(asked.rule.id, beside.tried) if beside.tried and beside.differs else None,
        "held_back": [
            {"parameter": name, "code": part.code, "why": part.why}
            for name, part in sorted(beside.held_back.items())
        ],
        "more": len(more),
        "less": len(less),
        "more_listed": [_raised(*one) for one in more[:LISTED_MAX]],
        "less_listed": [_raised(*one) for one in less[:LISTED_MAX]],
    }


def _outcome(rule: str, trial: Trial) -> dict[str, Any]:
    counted = trial.counts[rule]
    months = sorted({*counted.raised, *counted.cleared})
    return {
        "asked": counted.asked,
        "raised": counted.raised.total(),
        "red": counted.red,
        "cleared": counted.cleared.total(),
        "open": len(trial.open),
        "errors": counted.errors,
        "error": counted.example or None,
        "months": [
            {
                "month": month,
                "raised": counted.raised.get(month, 0),
                "cleared": counted.cleared.get(month, 0),
            }
            for month in months
        ],
        "listed": [_raised(*one) for one in trial.raised[:LISTED_MAX]],
    }


def _raised(place: Place, day: dt.date) -> dict[str, Any]:
    project, fiscal_year, key = place
    return {
        "project_id": project,
        "fiscal_year": fiscal_year,
        "subject": None if key.subject == project else key.subject,
        "date": day.isoformat(),
    }


def _progress(asked: Question, days: int, beside: Beside) -> bytes:
    said = {"days": days, "of": len(asked.days), "assessments": beside.live.assessments}
    return _event("progress", said)


def _event(name: str, said: Mapping[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(said))


def _days(first: dt.date, last: dt.date, step: Step) -> list[dt.date]:
    try:
        days = days_of(first, last, step)
    except ValueError as error:
        raise invalid_parameter(
            TO, str(error), "结束日期早于起始日期,或与其相距超过十年"
        ) from error
    if len(days) > DAYS_MAX:
        raise invalid_parameter(
            STEP,
            f"{len(days)} days are more than {DAYS_MAX}",
            f"共 {len(days)} 天,最多 {DAYS_MAX} 天",
            "Take a wider `step` or a shorter time.",
            "请加大 `step` 或缩短期间。",
        )
    return days


def _past(last: dt.date, today: dt.date | None) -> None:
    """Refuse what has not come: analysis would tell how it is if nothing more happened."""
    if today is not None and last > today:
        raise invalid_parameter(
            TO,
            f"{last} has not come: the last opened day is {today}",
            f"{last} 尚未到来:最近开启的业务日是 {today}",
            "Take that day or an earlier one.",
            "请选择该日或更早的日期。",
        )


def _values(rule: Rule, given: Sequence[str]) -> dict[str, FactValue]:
    """Read other values of a rule's parameters; 422 for what a pack could not set either."""
    found: dict[str, FactValue] = {}
    for text in given:
        name, _, value = text.partition("=")
        known = rule.parameters.get(name)
        if known is None:
            there_are = ", ".join(rule.parameters) or "–"
            raise invalid_parameter(
                SET,
                f"{rule.id} has no parameter {name!r}; it has {there_are}",
                f"规则 {rule.id} 没有参数 {name!r};可用:{there_are}",
            )
        read = _read(value, known.value)
        if read is None:
            raise invalid_parameter(
                SET,
                f"{name} must be like {_written(known)}, not {value!r}",
                f"{known.meaning_zh or name}({name})须与 {_written(known)} 同类,不能是 {value!r}",
            )
        found[name] = read
    _, ignored = with_values(rule, found)
    if ignored:
        raise invalid_parameter(
            SET,
            ignored[0].why,
            f"参数 {ignored[0].parameter} 不能这样设置:合规类规则只可从严,固定参数不可更改",
        )
    return found


def _written(parameter: Parameter) -> str:
    """Write the value in force with its unit."""
    return f"{parameter.value!r} {parameter.unit}".strip()


def _read(text: str, like: FactValue) -> FactValue | None:
    if isinstance(like, bool):
        return {"true": True, "false": False}.get(text)
    if isinstance(like, str):
        return text
    digits = text.removeprefix("-")
    whole = digits.isascii() and digits.isdecimal() and len(digits) <= WHOLE_DIGITS_MAX
    return int(text) if whole else None


def _too_long() -> ProblemError:
    return refused(
        413,
        "backtest_too_long",
        ("The backtest takes too long", "回溯测算耗时过长"),
        (
            f"After {SECONDS_MAX:.0f} seconds it was not through.",
            f"{SECONDS_MAX:.0f} 秒内未能完成。",
        ),
        (
            "Take fewer days or one department; `dualwatch rules backtest` may take longer.",
            "请减少天数或限定一个部门,或使用不限时长的 `dualwatch rules backtest`。",
        ),
    )


def _stopping() -> ProblemError:
    return refused(
        503,
        "stopping",
        ("The service stops", "服务正在停止"),
        ("It ends what it has begun and begins nothing.", "服务正在收尾,不再开始新的工作。"),
        ("Try again in a moment.", "请稍后重试。"),
        headers={"Retry-After": RETRY_AFTER_SECONDS},
    )


def _busy() -> ProblemError:
    return refused(
        503,
        "backtest_busy",
        ("Others try rules just now", "其他人正在进行回溯测算"),
        (
            f"{AT_ONCE_MAX} backtests are under way, as many as one process does at once.",
            f"已有 {AT_ONCE_MAX} 项回溯测算正在进行,达到单进程上限。",
        ),
        ("Try again in a minute.", "请一分钟后重试。"),
        headers={"Retry-After": RETRY_AFTER_SECONDS},
    )


def _judged_elsewhere() -> ProblemError:
    return ProblemError(
        Problem(
            422,
            "not_by_assessment",
            "No backtest of this rule",
            "It judges units, departments, quarantine or papers; a backtest asks assessments.",
            pointer="/rule",
            hint="See /v1/alerts?rule= for what it has raised.",
            title_zh="该规则不能回溯测算",
            detail_zh="该规则以单位、部门、隔离区或报告为对象,而回溯测算以项目测算结果为依据。",
            hint_zh="它已产生的预警见 /v1/alerts?rule=。",
        )
    )
