"""Two dates, or two moments of knowing, side by side: what changed, project by project."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.record import format_cut
from contracts.vocabulary import fen_to_wire, wire_to_fen
from services.analysis.api.asking import CUT_LENGTH_MAX, Ask, AskedWhole, asked_whole
from services.analysis.api.entries import as_known_in, read_entries
from services.analysis.api.filters import Filtered
from services.analysis.api.known import is_day
from services.analysis.api.ordering import Chosen
from services.analysis.api.problems import unknown_project
from services.analysis.api.rollup import everything, totals
from services.analysis.api.rows import MONEY, Row, shown
from services.analysis.api.table import Table
from services.analysis.api.tables import Tables
from services.analysis.api.trees import settled
from services.analysis.domain import Entry
from services.analysis.domain.why.entries import contribution
from services.analysis.domain.why.pieces import Lateness
from services.analysis.store.rowstate import RowState
from services.analysis.store.tables import TableReader
from services.chassis.mongo import Progress

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 500
ENTRIES_MAX: Final = 1_000
"""Most entries between two sides that an answer lists."""
_FEN: Final = (*MONEY, "expected_spent", "forecast", "forecast_carryover", "forecast_surplus")
_NUMBERS: Final = (
    "execution_rate_bp",
    "execution_rate_original_bp",
    "expected_rate_bp",
    "ratio_bp",
    "deviation_points_bp",
    "attainment_rate_bp",
    "forecast_rate_bp",
    "indicators",
    "judged",
    "findings",
    "cpi_bp",
    "spi_bp",
    "milestones_overdue",
    "problems_open",
)
_WORDS: Final = ("state", "light", "execution_light", "attainment_light", "quadrant", "frozen")
_NAMES: Final = ("project_name", "department", "lead_unit", "project_class", "expected_basis")
FIGURES: Final = (*_FEN, *_NUMBERS, *_WORDS, *_NAMES)
"""What is compared."""

Side = Annotated[
    str,
    Query(
        min_length=1,
        max_length=CUT_LENGTH_MAX,
        description="A date; or a cut or moment (RFC 3339), as of `as_of` or the last day that "
        "had been opened at either of them.",
    ),
]
Subject = Annotated[
    str | None,
    Query(min_length=1, max_length=SUBJECT_LENGTH_MAX, description="This project alone."),
]

Only = Annotated[
    list[str] | None,
    Query(
        max_length=len(FIGURES),
        description="Only projects that come, go, or differ in one of these figures.",
    ),
]


def add_routes(router: APIRouter, reader: TableReader, progress: Progress, tables: Tables) -> None:
    """Add the route."""
    ask = asked_whole(reader, progress)

    @router.get("/compare")
    async def compare(
        find: Annotated[Ask, Depends(ask)],
        filters: Filtered,
        *,
        before: Annotated[Side, Query(alias="from")],
        then: Annotated[Side, Query(alias="to")],
        project: Subject = None,
        only: Only = None,
        after: Annotated[
            str | None, Query(max_length=SUBJECT_LENGTH_MAX, description="As `next` gave.")
        ] = None,
        limit: Annotated[
            int, Query(ge=1, le=PAGE_MAX, description="Most of a page.")
        ] = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """Tell what differs between two dates, or between what was known at two moments.

        Only projects that differ are listed, each with the figures that do: before, after, and
        the difference where it is a number. With `project` the entries between come too.
        Most days something differs in every project, if only what it should have spent by then:
        `only` names the figures that count.
        """
        moments = {"from": before, "to": then}
        whole = await find(**{name: text for name, text in moments.items() if not is_day(text)})
        chosen = await settled(reader, whole, filters)
        sides = [await _side(tables, whole, name, text) for name, text in moments.items()]
        one, two = (_rows(side.table, whole, chosen, project) for side in sides)
        if project is not None and project not in one.keys() | two.keys():
            raise unknown_project(project)
        changed = await asyncio.to_thread(_changes, one, two, frozenset(only or ()))
        names = sorted(name for name in changed if after is None or name > after)
        answer: dict[str, Any] = {
            "jurisdiction": whole.code,
            "fiscal_year": whole.year,
            "from": sides[0].head(),
            "to": sides[1].head(),
            "totals": _differences(*(_sums(rows) for rows in (one, two))),
            "items": [changed[name] for name in names[:limit]],
            "changed": len(changed),
            "unchanged": len(one.keys() | two.keys()) - len(changed),
            "next": names[limit - 1] if len(names) > limit else None,
        }
        if project is not None:
            answer |= await _between(reader, whole, project, sides)
        return answer


class Compared(msgspec.Struct):
    """One side: a table, as of a day."""

    table: Table
    day: dt.date
    known: bool
    """Whether it is what was known at a cut, rather than what is known now."""

    def head(self) -> dict[str, Any]:
        """Say what it is."""
        return {"as_of": self.day.isoformat(), "cut": format_cut(self.table.cut)}


async def _side(tables: Tables, whole: AskedWhole, name: str, text: str) -> Compared:
    """Make one side of a date, a cut or a moment."""
    if is_day(text):
        day = dt.date.fromisoformat(text)
        return Compared(await tables.asked(replace(whole, day=day)), day, known=False)
    return Compared(await tables.asked(whole, whole.cuts[name]), whole.day, known=True)


def _rows(
    table: Table, whole: AskedWhole, chosen: Chosen, project: str | None
) -> dict[str, RowState]:
    return {
        row.project: row
        for row in table.seen_by(whole.asking)
        if chosen.matches(row) and (project is None or row.project == project)
    }


def _sums(rows: Mapping[str, RowState]) -> Row:
    figures = totals(everything(list(rows.values()), Chosen()))
    foreseen = figures["forecast"] or {}
    return {**figures, "forecast": foreseen.get("point")}


def _changes(
    one: Mapping[str, RowState], two: Mapping[str, RowState], only: frozenset[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in one.keys() | two.keys():
        before, then = one.get(name), two.get(name)
        if before is not None and then is not None and _equal(before, then):
            continue
        figures = _differences(_shown(before), _shown(then))
        counts = bool(figures) if not only else not only.isdisjoint(figures)
        if counts or before is None or then is None:
            known = then or before
            found[name] = {
                "project_id": name,
                "project_name": known.name if known else None,
                "appears": before is None,
                "disappears": then is None,
                "figures": figures,
            }
    return found


def _equal(one: RowState, two: RowState) -> bool:
    return one is two or msgspec.structs.astuple(one) == msgspec.structs.astuple(two)


def _shown(row: RowState | None) -> Row:
    return {} if row is None else shown(row)


def _differences(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    """Set side by side what differs."""
    found: dict[str, Any] = {}
    for name in FIGURES:
        before, then = one.get(name), two.get(name)
        if before == then:
            continue
        found[name] = {"from": before, "to": then}
        if before is None or then is None:
            continue
        if name in _FEN:
            found[name]["change"] = fen_to_wire(wire_to_fen(then) - wire_to_fen(before))
        elif name in _NUMBERS:
            found[name]["change"] = then - before
    return found


async def _between(
    reader: TableReader, whole: AskedWhole, project: str, sides: list[Compared]
) -> dict[str, Any]:
    """List the entries that lie between: dated between, or entered between."""
    before, then = sides
    entries = await read_entries(reader, project, then.table.cut)
    partition = entries.partition
    first, last = before.table.cut[partition], then.table.cut[partition]
    late = Lateness(await as_known_in(reader, whole, partition))
    found: list[Entry] = []
    for entry in entries.items:
        data = entry.event.data
        entered = first < entry.position <= last and (before.known or then.known)
        if entered or before.day < data.date <= then.day:
            entry.late = late.of(entry, data.date)
            found.append(entry)
    found.sort(key=lambda entry: (entry.event.data.date, entry.sequence))
    shown_entries = [contribution(entry, _amount(entry), None) for entry in found[:ENTRIES_MAX]]
    return {"entries": msgspec.to_builtins(shown_entries), "entries_total": len(found)}


def _amount(entry: Entry) -> str | None:
    amount = getattr(entry.event.data, "amount", None)
    return None if amount is None else fen_to_wire(amount)
