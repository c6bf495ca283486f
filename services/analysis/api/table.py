"""All projects of a jurisdiction and year at a day, as rows, kept up to date in memory.

Of today the rows are read that every assessment leaves in the store: each question reads only
those written since the last one. What is not in a row yet, or of another day, is measured from
its state, once per change.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from contracts.record import reached
from services.analysis.api.groups import Groups
from services.analysis.api.known import then
from services.analysis.api.problems import too_many_projects
from services.analysis.api.rollup import GroupBy
from services.analysis.api.rows import measure, registered, state_of
from services.analysis.api.tally import Tally
from services.analysis.domain import Jurisdiction
from services.analysis.store.reading import Asked, Page
from services.analysis.store.rowstate import RowState
from services.analysis.store.tables import Head, Moment, TableReader
from services.chassis import clock
from services.chassis.identity import Principal

TABLE_PROJECTS_MAX: Final = 20_000
"""Most projects that are put in order or added up at once: twice a large city's."""
REUSE_SECONDS: Final = 0.25
"""While entries keep coming, a table may be this old: each answer names its position."""
DUE_MEASURED_MAX: Final = 100
"""Changed projects measured for one answer; where more wait, it stands at an earlier position."""
TURN: Final = 20
"""Projects measured before others have their turn."""


def _whole(row: RowState) -> RowState:
    return row


@dataclass
class Table:
    """The rows, ordered by project id."""

    jurisdiction: Jurisdiction
    """A copy of it: for what is the same in all."""
    year: int
    day: dt.date
    cut: list[int] = field(default_factory=list)
    """What is folded in all rows, at least."""
    rows: list[RowState] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    read: float = 0.0
    """When it was last brought up to date, on the monotonic clock."""
    keep: Callable[[RowState], Any] = _whole
    """What is kept of a row."""
    exact: bool = True
    """Whether no row holds an entry beyond `cut`."""
    sums: Tally = field(default_factory=Tally)
    """Over all rows, kept up as they change."""
    groups: dict[GroupBy, Groups] = field(default_factory=dict)
    """Of all rows, as they were when that was last asked for."""
    _known: dict[str, RowState] = field(default_factory=dict)
    _places: dict[str, int] | None = None
    """Where each project stands in `rows`; None: they have to be put in order again."""
    _ahead: set[str] = field(default_factory=set)
    """Rows that were measured because the stored one was behind."""
    _seen_cut: list[int] | None = None
    _seen_out: list[int] | None = None
    _measured_by: bytes = b""
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def seen_by(self, asking: Principal) -> list[RowState]:
        """Return the rows that are in somebody's scope, by who leads them now."""
        if not asking.narrow:
            # A copy: rows are replaced in place as they change.
            return list(self.rows)
        return [row for row in self.rows if asking.sees(row.project, *self.lead_of(row.project))]

    def lead_of(self, project: str) -> tuple[str | None, str | None]:
        """Return who leads a project now: lead unit and department."""
        head = self.heads[project]
        return head.lead_unit, head.department

    async def refresh(self, reader: TableReader, at_least: list[int] | None) -> None:
        """Bring it up to date, unless that was done after it was asked for."""
        asked = clock.monotonic()
        async with self._lock:
            fresh = self.read >= asked or asked - self.read <= REUSE_SECONDS
            if self.cut and fresh and (at_least is None or reached(self.cut, at_least)):
                return
            began = clock.monotonic()
            async with reader.moment(self.jurisdiction.jurisdiction) as moment:
                await self._read(moment, at_least)
            self.read = began

    async def fold(self, reader: TableReader, cut: list[int]) -> None:
        """Make it once from the entries up to a cut: nothing can change it."""
        async with self._lock:
            if self.read:
                return
            async with reader.moment() as moment:
                heads = await moment.heads(self.jurisdiction.jurisdiction)
            self.heads = {head.project: head for head in heads}
            asked = Asked(self.jurisdiction.jurisdiction, self.year)
            after: str | None = None
            for _ in range(TABLE_PROJECTS_MAX // TURN + 1):
                page = await then(reader, asked, cut, after, TURN)
                self._take_page(page, cut)
                after = page.after
                if after is None:
                    break
                await asyncio.sleep(0)
            else:
                raise too_many_projects(TABLE_PROJECTS_MAX)
            self._put_in_order()
            self.cut, self.read = cut, clock.monotonic()

    def _take_page(self, page: Page, cut: list[int]) -> None:
        for found, state in zip(page.items, page.years, strict=True):
            if state is None and not registered(found, self.day):
                continue
            year = state or found.project.year(self.year)
            known = found.jurisdiction or self.jurisdiction
            data = measure(found, known, year, self.day, cut[found.partition])
            self._put(found.project.head.project, state_of(found, data, self.day))

    async def _read(self, moment: Moment, at_least: list[int] | None) -> None:
        copies, code = moment.copies, self.jurisdiction.jurisdiction
        self._forget_if_judged_otherwise(copies, moment)
        if self._seen_cut is None or self._seen_out is None:
            heads = await moment.heads(code)
            wanted = self._take(heads, await moment.rows(code, self.year))
            wanted |= set(await moment.years(code, self.year)) - self._known.keys()
        else:
            seen = self._seen_cut, self._seen_out
            wanted = self._take(*await moment.news(code, self.year, *seen))
        self._check_size(wanted)
        cut, waiting, exact = await self._waiting(moment, at_least)
        await self._measure(moment, copies, wanted | waiting)
        self._put_in_order()
        self.cut, self.exact = cut, exact
        self._seen_cut, self._seen_out = moment.cut, moment.out

    def _forget_if_judged_otherwise(self, copies: dict[int, Jurisdiction], moment: Moment) -> None:
        measured_by = _measured_by(copies.values())
        never_opened = any(copy.today is None for copy in copies.values())
        moved = moment.cut != self._seen_cut
        # Before its first day nothing is assessed, so that no row tells what has changed.
        if measured_by != self._measured_by or (never_opened and moved):
            self._forget()
            self._seen_cut = self._seen_out = None
        self._measured_by = measured_by

    def _take(self, heads: Iterable[Head], rows: Iterable[tuple[str, RowState | None]]) -> set[str]:
        """Take in what was written; return the projects that have to be measured."""
        iso, ordinal = self.day.isoformat(), self.day.toordinal()
        wanted: set[str] = set()
        for project, state in rows:
            self._ahead.discard(project)
            if state is not None and state.as_of == iso:
                self._put(project, state)
            else:
                wanted.add(project)
        for head in heads:
            known, former = self._known.get(head.project), self.heads.get(head.project)
            self.heads[head.project] = head
            if known is not None:
                if known.incomplete != head.incomplete:
                    wanted.add(head.project)
                changed = former is not None and former != head
            else:
                changed = head.registered_on is not None and head.registered_on <= ordinal
            if changed:
                wanted.add(head.project)
        return wanted

    async def _waiting(
        self, moment: Moment, at_least: list[int] | None
    ) -> tuple[list[int], set[str], bool]:
        """Return the cut that the answer stands at, and what has to be measured for it."""
        jurisdiction = self.jurisdiction.jurisdiction
        due = await moment.due(jurisdiction, self.year, DUE_MEASURED_MAX + 1)
        anew = moment.asked_anew(jurisdiction)
        if len(due) <= DUE_MEASURED_MAX and not anew:
            return moment.cut, {known.project for known in due}, True
        if at_least is not None:
            asked = await moment.due(jurisdiction, self.year, TABLE_PROJECTS_MAX, at_least)
            wanted = {known.project for known in asked}
            if any(position <= at_least[partition] for partition, position in anew.items()):
                # What it is judged by now is asked for, and rows still say it as it was.
                wanted |= self._known.keys()
            return list(at_least), wanted, False
        cut = await moment.before_due(jurisdiction, self.year)
        for partition, position in anew.items():
            cut[partition] = min(cut[partition], position - 1)
        return cut, set(), False

    async def _measure(
        self, moment: Moment, copies: dict[int, Jurisdiction], names: set[str]
    ) -> None:
        count = 0
        async for found, state in moment.projects(sorted(names), self.year, copies):
            head = found.project.head
            first = head.registered_on
            if state is None and (first is None or first > self.day.toordinal()):
                self._drop(head.project)
                continue
            before = self._known.get(head.project)
            year = state or found.project.year(self.year)
            if self._is_new(before, head.project, head.sequence, found.project.incomplete):
                known = found.jurisdiction or self.jurisdiction
                data = measure(found, known, year, self.day, moment.cut[found.partition])
                self._put(head.project, state_of(found, data, self.day))
                self._ahead.add(head.project)
            count += 1
            if count % TURN == 0:
                # Folding goes on meanwhile.
                await asyncio.sleep(0)

    def _is_new(
        self, before: RowState | None, project: str, sequence: int, incomplete: object
    ) -> bool:
        """Tell whether a project changed since it was measured here."""
        return (
            before is None
            or project not in self._ahead
            or before.sequence != sequence
            or before.incomplete != incomplete
        )

    def _put(self, project: str, row: RowState) -> None:
        before = self._known.get(project)
        self._known[project] = kept = self.keep(row)
        if self.keep is _whole:
            if before is not None:
                self.sums.move(before, -1)
            self.sums.move(row, 1)
        if self._places is not None and project in self._places:
            self.rows[self._places[project]] = kept
        else:
            self._places = None

    def _drop(self, project: str) -> None:
        before = self._known.pop(project, None)
        if before is not None:
            self._places = None
            if self.keep is _whole:
                self.sums.move(before, -1)

    def _forget(self) -> None:
        self._known, self.heads, self._ahead, self.rows = {}, {}, set(), []
        self.sums, self._places = Tally(), None

    def _put_in_order(self) -> None:
        if self._places is None:
            names = sorted(self._known)
            self.rows = [self._known[name] for name in names]
            self._places = {name: place for place, name in enumerate(names)}

    def _check_size(self, wanted: set[str]) -> None:
        if len(self._known.keys() | wanted) > TABLE_PROJECTS_MAX:
            self._forget()
            self._seen_cut = self._seen_out = None
            raise too_many_projects(TABLE_PROJECTS_MAX)


def _measured_by(copies: Iterable[Jurisdiction]) -> bytes:
    """Write what a jurisdiction measures by: with another, every figure may be another."""
    return msgspec.msgpack.encode(
        [
            (copy.start_month, copy.parameters, copy.standards, copy.models, copy.lists)
            for copy in copies
        ]
    )
