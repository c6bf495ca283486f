"""How a year went: by opened day or month's end, of a project or of all together."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.record import format_cut
from contracts.vocabulary import BusinessDate, fen_to_wire
from services.analysis.api.asking import (
    AskedProject,
    AskedWhole,
    AtLeast,
    Department,
    Year,
    asked_project,
    known_jurisdiction,
    waited,
)
from services.analysis.api.filters import Subtree
from services.analysis.api.ordering import LIGHTS, NO_LIGHT
from services.analysis.api.problems import invalid, too_much_to_measure, unknown_organisation
from services.analysis.api.rollup import mean
from services.analysis.api.rows import measure, wire
from services.analysis.api.tables import Tables
from services.analysis.api.trees import below, tree
from services.analysis.domain import Jurisdiction
from services.analysis.domain.calendar import fiscal_calendar
from services.analysis.domain.money.figures import bounded_rate_bp
from services.analysis.store.tables import TableReader
from services.chassis.cuts import Wait
from services.chassis.identity import Caller
from services.chassis.mongo import Progress
from services.chassis.problems import ProblemError

HISTORY_DAYS_MAX: Final = 400
"""Most days of one answer: more than a year's."""
MEASURES_MAX: Final = 40_000
"""Most projects × days measured for one answer."""

Every = Annotated[
    Literal["day", "month"], Query(description="Each opened day (of a project), or month's end.")
]
Together = Annotated[
    str | None,
    Query(min_length=1, max_length=SUBJECT_LENGTH_MAX, description="All its projects together."),
]
Alone = Annotated[
    str | None,
    Query(min_length=1, max_length=SUBJECT_LENGTH_MAX, description="This project alone."),
]
From = Annotated[BusinessDate | None, Query(alias="from", description="The year's first day.")]
To = Annotated[BusinessDate | None, Query(alias="to", description="The jurisdiction's today.")]


def add_routes(router: APIRouter, reader: TableReader, progress: Progress, tables: Tables) -> None:
    """Add the route."""
    ask_project = asked_project(reader, progress)

    @router.get("/history")
    async def history(  # noqa: PLR0913 - one parameter for each of the query's
        *,
        asking: Caller,
        jurisdiction: Together = None,
        project: Alone = None,
        fiscal_year: Year = None,
        first: From = None,
        last: To = None,
        every: Every = "month",
        department: Department = None,
        subtree: Subtree = None,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """Give execution, expectation, attainment and light at each opened day or month's end.

        Each point counts the facts dated by its day that are known now. Of many projects only by
        month's end. The last point is the last day asked for, whatever day it is.
        """
        if (jurisdiction is None) == (project is None):
            raise _one_of_both()
        if project is not None:
            asked = await ask_project(
                asking=asking,
                project=project,
                fiscal_year=fiscal_year,
                as_of=last,
                at_least=at_least,
                wait=wait,
            )
            days = days_of(asked.jurisdiction, asked.year, first, asked.day, every)
            return await _of_project(asked, days)
        await waited(progress, at_least, wait)
        known, day, year = await known_jurisdiction(
            reader, asking, jurisdiction or "", last, fiscal_year
        )
        if every == "day":
            raise _month_ends_alone()
        whole = AskedWhole(asking, known, day, year, None)
        within = await _within(reader, whole, subtree)
        days = days_of(known, year, first, day, every)
        return await Many(reader, tables, whole).answer(days, department, within)


async def _within(
    reader: TableReader, whole: AskedWhole, subtree: str | None
) -> frozenset[str] | None:
    if subtree is None:
        return None
    within = below(await tree(reader, whole.jurisdiction.jurisdiction, whole.day), subtree)
    if not within:
        raise unknown_organisation(subtree)
    return within


def _one_of_both() -> ProblemError:
    return invalid(
        "project",
        "ask for a jurisdiction or for a project",
        "请给出 jurisdiction 或 project 之一",
    )


def _month_ends_alone() -> ProblemError:
    return invalid(
        "every",
        "of many projects there are month ends alone",
        "多个项目只提供月末数据",
        "Ask for every=month, or for one project.",
        "请使用 every=month,或只查询一个项目。",
    )


def days_of(
    jurisdiction: Jurisdiction, year: int, first: dt.date | None, last: dt.date, every: Every
) -> list[dt.date]:
    """List the days of a history, the last one always among them."""
    calendar = fiscal_calendar(year, jurisdiction.start_month)
    begin = first or calendar.first
    ends = [dt.date.fromordinal(start - 1) for start in calendar.starts[1:]] + [calendar.last]
    known = ends
    if every == "day":
        known = [dt.date.fromordinal(opening.day) for opening in jurisdiction.openings]
    days = sorted({*(day for day in known if begin <= day < last), last})
    if len(days) > HISTORY_DAYS_MAX:
        refused = too_much_to_measure(
            f"{len(days)} days are asked for, at most {HISTORY_DAYS_MAX} are given.",
            f"请求了 {len(days)} 天,最多给出 {HISTORY_DAYS_MAX} 天。",
            "Narrow from and to, or ask for every=month.",
            "请缩小 from 与 to 的范围,或使用 every=month。",
        )
        raise refused
    return days


async def _of_project(asked: AskedProject, days: Sequence[dt.date]) -> dict[str, Any]:
    items = []
    year = asked.found.project.year(asked.year)
    for day in days:
        data = measure(asked.found, asked.jurisdiction, year, day, asked.position)
        execution, money = data.execution, data.execution.money
        items.append(
            {
                "date": day.isoformat(),
                "adjusted_budget": fen_to_wire(money.adjusted_budget),
                "disbursed": fen_to_wire(money.disbursed),
                "spent": fen_to_wire(money.spent),
                "execution_rate_bp": money.execution_rate_bp,
                "expected_spent": wire(execution.expected_spent),
                "expected_rate_bp": execution.expected_rate_bp,
                "ratio_bp": execution.ratio_bp,
                "attainment_rate_bp": data.attainment.attainment_rate_bp,
                "judged": data.attainment.judged,
                "light": data.light,
                "quadrant": data.quadrant,
                "state": data.standing.state,
            }
        )
        await asyncio.sleep(0)
    return {
        "project_id": asked.found.project.head.project,
        "fiscal_year": asked.year,
        "cut": format_cut(asked.cut),
        "items": items,
    }


class Many:
    """The history of many projects, added up."""

    def __init__(self, reader: TableReader, tables: Tables, whole: AskedWhole) -> None:
        """Measure nothing yet."""
        self._reader = reader
        self._tables = tables
        self._whole = whole

    async def answer(
        self, days: Sequence[dt.date], department: str | None, within: frozenset[str] | None
    ) -> dict[str, Any]:
        """Give a point for each day."""
        whole = self._whole
        await self._check(days)
        items, position = [], ""
        for day in days:
            table = await self._tables.point(replace(whole, day=day), day)
            position = format_cut(table.cut)
            rows = [
                row
                for row in table.seen_by(whole.asking)
                if (department is None or row.department == department)
                and (within is None or _lead(row) in within)
            ]
            items.append({"date": day.isoformat(), **added(rows)})
        return {
            "jurisdiction": whole.code,
            "fiscal_year": whole.year,
            "position": position,
            "items": items,
        }

    async def _check(self, days: Sequence[dt.date]) -> None:
        missing = [day for day in days if not self._tables.has_point(self._whole, day)]
        async with self._reader.moment() as moment:
            projects = len(await moment.years(self._whole.code, self._whole.year))
        if len(missing) > 1 and projects * len(missing) > MEASURES_MAX:
            refused = too_much_to_measure(
                f"{projects} projects on {len(missing)} days are not measured yet.",
                f"{projects} 个项目在 {len(missing)} 个日期上尚未计算。",
                "Ask for fewer days at a time, with from and to: what is measured stays.",
                "请用 from 与 to 分次查询较少的日期;已计算的结果会保留。",
            )
            raise refused


def _lead(row: Any) -> str:
    return str(row.lead_unit or row.department or row.project.partition("/")[2])


def added(rows: Sequence[Any]) -> dict[str, Any]:
    """Add up points."""
    adjusted = sum([row.adjusted_budget for row in rows])
    spent = sum([row.spent for row in rows])
    expected = sum([row.expected_spent or 0 for row in rows])
    lights = Counter([row.light or NO_LIGHT for row in rows])
    rated = [row for row in rows if row.attainment_rate_bp is not None]
    return {
        "projects": len(rows),
        "adjusted_budget": fen_to_wire(adjusted),
        "disbursed": fen_to_wire(sum([row.disbursed for row in rows])),
        "spent": fen_to_wire(spent),
        "execution_rate_bp": bounded_rate_bp(max(0, spent), adjusted),
        "expected_spent": fen_to_wire(expected),
        "expected_rate_bp": bounded_rate_bp(expected, adjusted),
        "ratio_bp": bounded_rate_bp(max(0, spent), expected),
        "attainment_rate_bp": mean(
            sum([row.attainment_rate_bp * row.judged for row in rated]),
            sum([row.judged for row in rated]),
        ),
        "lights": {light: lights[light] for light in LIGHTS},
    }
