"""Carrying out what people do with papers: each step one transaction with its history and event."""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.events.reports import ReturnReason
from contracts.vocabulary import PaperStepKind
from services.chassis import clock
from services.chassis.answers import Answer, Outcome
from services.chassis.identity import Principal
from services.reporting.assembly.papers import Papers, UnknownPaperError, sees
from services.reporting.assembly.submitting import OnTheirWayError, Submitting
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.paper import Acting, Paper, hashed
from services.reporting.domain.paper_events import paper_told
from services.reporting.store import papers as paper_store
from services.reporting.store.commanding import Commands, Plan, StaleError, Write
from services.reporting.store.papers import (
    Edition,
    PaperStep,
    edition_document,
    paper_document,
    results_of,
    step_document,
)

TRIES_MAX: Final = 3
"""How often results are brought again because somebody typed others meanwhile."""

Act = Callable[[Paper, Acting], Paper]


@dataclass(frozen=True, slots=True)
class Ordered:
    """A step as somebody sent it."""

    paper: str
    asking: Principal
    key: str
    """What it is known again by (`answers.key_of`)."""
    mark: bytes
    """What it asks for, in short."""
    authorization: bytes
    version: int | None = None
    """The version that the paper must have; null: any."""
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says with a step."""

    note: str = ""
    reasons: Sequence[ReturnReason] = ()
    figure: str | None = None
    """Figure that is disputed or settled."""
    to: str | None = None
    scan: str | None = None
    """SHA-256 of the scan that goes with it: of what came on paper, of what is sealed."""
    received_on: dt.date | None = None
    """Of what came on paper: day on which it was received."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What the step's event says besides what all say."""


@dataclass(frozen=True, slots=True)
class _Found:
    paper: Paper
    campaign: Campaign
    acting: Acting


class Stepping:
    """Plans steps and carries them out, each once."""

    def __init__(self, papers: Papers, commands: Commands, submitting: Submitting) -> None:
        """All parts are made by the app."""
        self.papers = papers
        self._commands = commands
        self._submitting = submitting
        self.answers = commands.answers

    async def step(
        self, ordered: Ordered, kind: PaperStepKind, act: Act, said: Said = Said()
    ) -> Answer:
        """Carry out a step that freezes nothing."""

        async def plan() -> Plan:
            found = await self._found(ordered)
            return self._planned(ordered, kind, found, act(found.paper, found.acting), said)

        return await self._commands.carry_out(ordered.key, ordered.mark, plan)

    async def freeze(
        self, ordered: Ordered, kind: PaperStepKind, act: Act, said: Said = Said()
    ) -> Answer:
        """Carry out a step that freezes an edition, once all that it states is in its figures.

        OnTheirWayError, IncompleteError: nothing was frozen, and it may be repeated.
        """
        for attempt in range(1, TRIES_MAX + 1):
            earlier = await self.answers.earlier(ordered.key, ordered.mark)
            if earlier is not None:
                return earlier
            found = await self._found(ordered)
            act(found.paper, found.acting)
            await self._submitting.bring(ordered.authorization, ordered.paper)
            try:
                return await self._commands.carry_out(
                    ordered.key, ordered.mark, lambda: self._freezing(ordered, kind, act, said)
                )
            except OnTheirWayError:
                if attempt == TRIES_MAX:
                    raise
        raise OnTheirWayError

    async def _found(self, ordered: Ordered) -> _Found:
        paper = await self.papers.stores.papers.paper(ordered.paper)
        if paper is None or not sees(ordered.asking, paper):
            raise UnknownPaperError(ordered.paper)
        if ordered.version not in {None, paper.version}:
            raise StaleError(paper.version)
        campaign = await self.papers.campaign(paper)
        return _Found(paper, campaign, await self.papers.acting(ordered.asking, campaign))

    async def _freezing(self, ordered: Ordered, kind: PaperStepKind, act: Act, said: Said) -> Plan:
        found = await self._found(ordered)
        after = act(found.paper, found.acting)
        frozen, figures = await self._submitting.frozen(
            found.campaign, found.paper, ordered.authorization
        )
        after = hashed(after, found.acting, frozen.sha256, said.scan)
        more = {**said.more, "sha256": frozen.sha256}
        if kind is PaperStepKind.SUBMITTED:
            more["late"] = after.late
        edition = Edition(
            paper=after.id,
            kind=after.kind,
            edition=after.edition,
            sha256=frozen.sha256,
            content=frozen.content,
            frozen_on=found.acting.day.isoformat(),
            by=found.acting.by,
            late=after.late,
            entered=after.entered,
            version=after.version,
            scan=said.scan,
            results=None if figures is None else results_of(figures),
            results_cut=None if figures is None else figures.results_cut,
        )
        told = replace(said, more=more)
        write = Write(paper_store.EDITIONS, edition_document(edition))
        return self._planned(ordered, kind, found, after, told, write)

    def _planned(
        self,
        ordered: Ordered,
        kind: PaperStepKind,
        found: _Found,
        after: Paper,
        said: Said,
        *writes: Write,
    ) -> Plan:
        at = clock.now()
        step = PaperStep(
            paper=after.id,
            at_version=after.version,
            kind=kind.value,
            by=found.acting.by,
            date=found.acting.day.isoformat(),
            at=at.isoformat(),
            state=after.state.value,
            edition=after.edition,
            note=said.note,
            reasons=tuple({"field": each.field, "reason": each.reason} for each in said.reasons),
            field=said.figure,
            to=said.to,
            scan=said.scan,
            received_on=None if said.received_on is None else said.received_on.isoformat(),
        )
        told = paper_told(
            kind,
            found.campaign,
            after,
            found.acting,
            at,
            note=said.note,
            more=said.more,
            correlation_id=ordered.correlation_id,
        )
        return Plan(
            answer_of(after),
            (
                Write(paper_store.COLLECTION, paper_document(after), found.paper.version),
                Write(paper_store.STEPS, step_document(step)),
                *writes,
            ),
            (told,),
        )


def answer_of(paper: Paper) -> Answer:
    """Make the answer that is kept: which paper in which version; it is shown as it is then."""
    body = json.dumps({"id": paper.id, "version": paper.version}, ensure_ascii=False).encode()
    return Answer(body, paper.version, Outcome.DONE)
