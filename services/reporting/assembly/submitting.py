"""Handing in: what was typed goes to the ledger and comes back, then an edition is frozen.

Every part is repeatable: facts have ids of their own and are stated once, figures are read anew,
and the edition is frozen in one transaction with the step, or not at all.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from contracts.envelope import AnyEvent
from contracts.record import format_cut, parse_cut
from contracts.vocabulary import PaperKind
from services.chassis import clock
from services.chassis.answers import Answer, Outcome
from services.chassis.problems import ProblemError
from services.reporting.asking.beside import Beside as Others
from services.reporting.asking.figures import Figures as FiguresClient
from services.reporting.asking.ledger import Ledger
from services.reporting.assembly.papers import Papers
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.editions import Frozen, freeze_form, freeze_report
from services.reporting.domain.filled import Figures
from services.reporting.domain.gaps import Gap
from services.reporting.domain.paper import Paper
from services.reporting.domain.stating import (
    RefusedRow,
    Stated,
    after,
    arrived,
    awaited,
    own_funds,
    refused_rows,
    statements,
    unstated,
    withdrawals,
    without,
)
from services.reporting.store import papers as paper_store
from services.reporting.store.commanding import CLASHES, Commands, Plan, Write
from services.reporting.store.papers import figures_document, stated_document

TRIES_MAX: Final = 10
"""How often it is begun anew because somebody saved a field meanwhile."""
POLL_SECONDS: Final = 0.1
LOOK_SECONDS: Final = 1.0
"""How long a fact may be on its way before it is looked for in the quarantine."""
NOT_REACHED: Final = "not_reached"


class OnTheirWayError(Exception):
    """What was typed is on its way through the ledger; nothing was frozen."""


class IncompleteError(Exception):
    """Something that must be there is missing."""

    def __init__(self, gaps: tuple[Gap, ...]) -> None:
        """Carry all that is missing."""
        super().__init__(gaps[0].pointer)
        self.gaps = gaps


class RefusedStatementsError(Exception):
    """Intake refused what was typed: it is in the quarantine, and nothing was frozen."""

    def __init__(self, refused: tuple[RefusedRow, ...]) -> None:
        """Carry the rows, each with the reason."""
        super().__init__(refused[0].row)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a form rests on, as it was read."""

    campaign: Campaign
    paper: Paper
    figures: Figures
    figures_version: int
    stated: Stated


class Submitting:
    """Takes what was typed through the ledger, and makes what is frozen."""

    def __init__(
        self,
        papers: Papers,
        commands: Commands,
        ledger: Ledger,
        figures: FiguresClient,
        wait_seconds: float,
        others: Others,
    ) -> None:
        """`wait_seconds`: longest that a request waits for the ledger and analysis together."""
        self._others = others
        self._papers = papers
        self._commands = commands
        self._ledger = ledger
        self._figures = figures
        self._wait_seconds = wait_seconds

    async def bring(self, authorization: bytes, paper: str, *, check: bool = True) -> None:
        """Have typed results and own funds in the form's figures.

        OnTheirWayError: not in time; IncompleteError: not even worth stating; both repeatable.
        RefusedStatementsError: intake refused a fact.
        """
        deadline = clock.monotonic() + self._wait_seconds
        for _ in range(TRIES_MAX):
            found = await self._standing(paper)
            if found is None:
                return
            if check:
                await self._refuse_incomplete(found)
            waiting = awaited(found.paper, found.stated)
            if waiting:
                await self._arrived(authorization, found, waiting, deadline)
                continue
            rows = unstated(found.paper, found.stated)
            if not rows:
                return
            await self._state(authorization, found, rows)
        raise OnTheirWayError

    async def frozen(
        self, campaign: Campaign, paper: Paper, authorization: bytes
    ) -> tuple[Frozen, Figures | None]:
        """Make what is frozen next of a paper that was brought, of a form with its figures.

        OnTheirWayError: somebody typed another result meanwhile; IncompleteError.
        """
        gaps = await self._papers.gaps(campaign, paper)
        if gaps:
            raise IncompleteError(gaps)
        edition = paper.edition + 1
        if paper.kind is PaperKind.REPORT:
            report = await self._papers.live_report(campaign, paper, authorization, edition)
            return freeze_report(report), None
        stated = await self._papers.stores.papers.stated(paper.id)
        if unstated(paper, stated) or awaited(paper, stated):
            raise OnTheirWayError
        figures = await self._papers.figures(paper)
        form = await self._papers.form(campaign, paper, figures, paper.declaration, edition)
        return freeze_form(form), figures

    async def refresh(self, authorization: bytes, paper: str) -> None:
        """Read results and own funds of a form anew, whoever changed them."""
        for _ in range(TRIES_MAX):
            found = await self._standing(paper)
            if found is None:
                return
            if await self._keep(found, await self._fresh(authorization, found), found.stated):
                return
        raise OnTheirWayError

    async def _standing(self, name: str) -> _Standing | None:
        store = self._papers.stores.papers
        paper = await store.paper(name)
        if paper is None or paper.kind is not PaperKind.FORM:
            return None
        kept = await store.figures_at(name)
        if kept is None:
            return None
        campaign = await self._papers.campaign(paper)
        return _Standing(campaign, paper, kept[0], kept[1], await store.stated(name))

    async def _refuse_incomplete(self, found: _Standing) -> None:
        """Refuse what no result that comes back can complete."""
        gaps = await self._papers.gaps(found.campaign, found.paper)
        rows = unstated(found.paper, found.stated)
        sure = tuple(gap for gap in gaps if "/".join(gap.pointer.split("/")[1:3]) not in rows)
        if sure:
            raise IncompleteError(sure)

    async def _state(self, authorization: bytes, found: _Standing, rows: dict[str, str]) -> None:
        """State what was not stated yet, all in one transaction with the note of it."""
        figures = found.figures
        if own_funds(rows):
            figures = await self._fresh(authorization, found)
        back = await self._taken_back(authorization, found)
        made = statements(found.campaign, found.paper, figures, rows, back)
        noted = after(found.stated, made, awaited(found.paper, found.stated))
        events = tuple(each.event for each in made if each.event is not None)
        await self._write(found, figures, noted, events)

    async def _taken_back(
        self, authorization: bytes, found: _Standing
    ) -> dict[str, tuple[int, ...]]:
        """Find the entries of results whose cells were cleared; those refused are not there.

        OnTheirWayError where the ledger is too long to say so: nothing is taken for taken back.
        """
        cleared = {row: found.stated.results[row] for row in withdrawals(found.paper, found.stated)}
        if not cleared:
            return {}
        wanted = {name for names in cleared.values() for name in names}
        project, since = found.paper.project or "", found.figures.money.stream_sequence
        there = await self._ledger.sequences(authorization, project, since, wanted)
        if there is None:
            raise OnTheirWayError
        return {
            row: tuple(sorted(there[name] for name in names if name in there))
            for row, names in cleared.items()
        }

    async def _arrived(
        self, authorization: bytes, found: _Standing, waiting: frozenset[str], deadline: float
    ) -> None:
        """Wait until the ledger has facts and analysis has folded them; keep its figures."""
        there = await self._there(authorization, found, waiting, deadline)
        if there is None:
            return
        at_least = list(parse_cut(found.figures.results_cut or found.figures.cut))
        for partition, position in there.items():
            at_least[partition] = max(at_least[partition], position)
        left = max(deadline - clock.monotonic(), POLL_SECONDS)
        try:
            figures = await self._fresh(authorization, found, format_cut(at_least), left)
        except ProblemError as error:
            if error.problem.code == NOT_REACHED:
                raise OnTheirWayError from error
            raise
        await self._keep(found, figures, arrived(found.stated))

    async def _there(
        self, authorization: bytes, found: _Standing, waiting: frozenset[str], deadline: float
    ) -> dict[int, int] | None:
        """Wait for where facts stand in the ledger; null: some of them are waited for no more."""
        project = found.paper.project or ""
        since = found.figures.money.stream_sequence
        look = clock.monotonic() + LOOK_SECONDS
        while True:
            there = await self._ledger.positions(authorization, project, since, waiting)
            if there is not None:
                return there
            now = clock.monotonic()
            if now >= min(look, deadline):
                if await self._let_go(found, waiting):
                    return None
                look = deadline
            if now >= deadline:
                raise OnTheirWayError
            await asyncio.sleep(POLL_SECONDS)

    async def _let_go(self, found: _Standing, waiting: frozenset[str]) -> bool:
        """Tell what was refused of what does not come; wait no more for what was discarded."""
        kept = await self._others.kept_apart(found.paper.project or "", waiting)
        refused = refused_rows(found.paper, found.stated, kept)
        if refused:
            raise RefusedStatementsError(refused)
        rest = without(found.stated, kept)
        return rest.waiting != found.stated.waiting and await self._keep(found, found.figures, rest)

    async def _fresh(
        self,
        authorization: bytes,
        found: _Standing,
        at_least: str | None = None,
        wait_seconds: float = 0.0,
    ) -> Figures:
        measured = await self._figures.project(
            authorization,
            found.paper.project or "",
            found.campaign.fiscal_year,
            found.campaign.cut_off,
            at_least,
            wait_seconds,
        )
        return replace(found.figures, results=measured.assessment, results_cut=measured.cut)

    async def _keep(self, found: _Standing, figures: Figures, stated: Stated) -> bool:
        """Keep figures; False if somebody was faster."""
        return await self._write(found, figures, stated, ())

    async def _write(
        self, found: _Standing, figures: Figures, stated: Stated, events: tuple[AnyEvent, ...]
    ) -> bool:
        name = found.paper.id
        writes: list[Write] = []
        if stated.version != found.stated.version:
            before = found.stated.version or None
            writes.append(Write(paper_store.STATED, stated_document(name, stated), before))
        if figures is not found.figures:
            document = figures_document(name, figures, found.figures_version + 1)
            writes.append(Write(paper_store.FIGURES, document, found.figures_version))
        answer = Answer(b"", found.paper.version, Outcome.DONE)
        try:
            await self._commands.do(Plan(answer, tuple(writes), statements=events))
        except CLASHES:
            return False
        return True
