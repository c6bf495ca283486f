"""A run of entries folded into its projects, in memory."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.events.intake import (
    DispositionDecided,
    ExpenditureRecorded,
    ExpenditureReversed,
    FiscalYearClosed,
    ForecastModelPublished,
    FundsDisbursed,
    FundsReturned,
    MonitoringParametersPublished,
    MonitoringParametersPublishedV1,
    PriorityListPublished,
    ProgressStandardPublished,
    PublisherHeard,
)
from services.analysis.domain import (
    FOLD_OF,
    LOOK_BYTES,
    PUBLISHERS_MAX,
    STATE_BYTES_MAX,
    Entry,
    Jurisdiction,
    ProjectHead,
    ProjectYear,
    advance_head,
    advance_year,
    count_late,
    ends_silence,
    evolve_head,
    evolve_jurisdiction,
    evolve_organisation,
    findings_of,
    is_kept,
    leave_out,
    look,
    note_closing,
)
from services.analysis.domain.corrections import FACT_CORRECTED, original_of
from services.analysis.domain.folding.organisations import code_of
from services.analysis.handlers import counting
from services.analysis.handlers.arriving import Arrived
from services.analysis.handlers.correcting import Originals
from services.analysis.handlers.grouping import Group
from services.analysis.handlers.share import Share
from services.analysis.handlers.telling import Cause, forward, tell
from services.analysis.store.documents import packs
from services.analysis.store.events import BrokenEntryError, event_id, read_event, read_hot
from services.analysis.store.states import (
    Batch,
    OrganisationKey,
    Parked,
    Project,
    Round,
    Year,
    YearKey,
    left_of,
    stream_of,
    unknown_project,
)
from services.chassis import clock
from services.chassis.log import get_logger

log = get_logger(__name__)

TURN_ENTRIES: Final = 500
"""Entries folded before others have their turn: a few milliseconds."""
LONG_ENTRIES: Final = 64
"""Entries of one project after which is looked whether they took long, as those of a large one do
that each come to a finding: Kafka hears from us meanwhile, and leaves us the partition."""
LONG_SECONDS: Final = 0.02
"""What is long."""
REASON_LENGTH_MAX: Final = 2_000
PAYMENT: Final = ExpenditureRecorded.event_type()
VOUCHERS: Final = frozenset(
    data.event_type()
    for data in (ExpenditureRecorded, ExpenditureReversed, FundsDisbursed, FundsReturned)
)
"""Money that went out or came back: what a voucher 凭证 is made out for."""
HEARD: Final = PublisherHeard.event_type()
DISPOSITION: Final = DispositionDecided.event_type()

MEASURED_BY: Final = frozenset(
    data.event_type()
    for data in (
        FiscalYearClosed,
        ForecastModelPublished,
        MonitoringParametersPublishedV1,
        MonitoringParametersPublished,
        PriorityListPublished,
        ProgressStandardPublished,
    )
)
"""Facts that bear on every project of their jurisdiction: all are assessed anew."""

Broken = Mapping[int, str]
"""Positions known not to fold, and why."""


class FoldError(Exception):
    """An entry that the contract takes could not be folded: read again, it is parked."""

    def __init__(self, position: int, reason: str) -> None:
        """Name the entry."""
        super().__init__(f"position {position}: {reason}")
        self.position = position
        self.reason = reason


@dataclass(slots=True)
class Stream:
    """A project while its entries are folded: what all of them need is looked up once."""

    project: Project
    jurisdiction: Jurisdiction | None
    originals: Mapping[int, Any] | None
    """What its corrections correct."""
    today: dt.date | None = None
    """The jurisdiction's opened day; None: nothing is late, found or assessed."""
    finds: bool = False
    """Whether each entry is looked at for what it shows to be against a rule."""
    year: Year | None = None
    """The year that the last of its entries was about."""
    last: Arrived | None = None
    """The last entry of that year, as long as the year does not know how far it is folded."""
    publisher: str = ""
    """Who stated the last entry."""

    def steady(self) -> tuple[ProjectYear | None, dt.date]:
        """Give the year if one more payment of it, of who paid last, says nothing but money.

        And the day up to which that is so: a later one is its publisher's latest voucher's.
        """
        if self.finds or self.year is None or self.year.state.publisher != self.publisher:
            return None, dt.date.min
        if self.year.state.full or self._is_closed(self.year.state.fiscal_year):
            return None, dt.date.min
        if not self.publisher or self.jurisdiction is None:
            return self.year.state, dt.date.max
        latest = self.jurisdiction.vouchers.get(self.publisher)
        return self.year.state, dt.date.fromordinal(latest) if latest else dt.date.min

    def _is_closed(self, fiscal_year: int) -> bool:
        """Say whether a year was ever closed: what comes after that is remembered."""
        closings = () if self.jurisdiction is None else self.jurisdiction.closings
        return any(closing.fiscal_year == fiscal_year for closing in closings)

    def leave(self) -> None:
        """Let the year know how far it is folded: once for all that came in a row."""
        last, year = self.last, self.year
        if last is not None and year is not None:
            advance_year(year.state, last)
            year.recorded_ms = last.recorded_ms
        self.last = None


@dataclass
class Folding:
    """A run of entries being folded, and what it changes."""

    share: Share
    batch: Batch
    projects: dict[str, Project]
    """Those that the entries are about; new ones are added."""
    broken: Broken
    originals: Originals = field(default_factory=dict)
    """What corrections among the entries correct."""
    changed: dict[YearKey, int] = field(default_factory=dict)
    """Years that changed, with the ledger position of the first change."""
    bytes_max: int = STATE_BYTES_MAX
    """Size from which on a project's year, or what is true of all its years, takes in no more."""

    async def fold(self, steps: Sequence[Group | Arrived]) -> None:
        """Take the entries in; FoldError leaves the share to be forgotten."""
        folded = 0
        for step in steps:
            if isinstance(step, Arrived):
                self._fact(step)
                continue
            for group in step.values():
                await self._fold_group(group)
                folded += len(group)
                if folded >= TURN_ENTRIES:
                    # Other partitions' transactions go on meanwhile, and people get answers.
                    await asyncio.sleep(0)
                    folded = 0

    def _is_broken(self, entry: Arrived) -> bool:
        reason = self.broken.get(entry.position)
        if reason is not None:
            self._park(entry, reason)
        return reason is not None

    def _sound(self, group: Sequence[Arrived]) -> Sequence[Arrived]:
        """Park what is known not to fold; give the others."""
        return [one for one in group if not self._is_broken(one)] if self.broken else group

    def _event(self, entry: Arrived, subject: str) -> Any:
        """Decode an entry by its contract; None if it is broken: then it is parked."""
        try:
            event = read_event(entry.raw, entry.event_type)
        except BrokenEntryError as error:
            self._park(entry, str(error))
            return None
        if event.subject == subject:
            return event
        self._park(entry, f"its subject is not its key, {subject!r}")
        return None

    def _stream(self, first: Arrived) -> Stream:
        subject = first.subject
        project = self._project(first)
        # One that is not registered has no today.
        jurisdiction = self.share.jurisdictions.get(project.head.jurisdiction)
        today = None if jurisdiction is None else jurisdiction.today
        # While we build, the live generation has said, or says, what is found.
        finds = today is not None and not self.share.building
        return Stream(project, jurisdiction, self.originals.get(subject), today, finds)

    async def _fold_group(self, group: Sequence[Arrived]) -> None:
        stream = self._stream(group[0])
        whole: list[Arrived] = []
        # Now that the project is there to be marked incomplete.
        group = self._sound(group)
        for first in range(0, len(group), LONG_ENTRIES):
            began = clock.monotonic()
            self._fold_some(stream, group[first : first + LONG_ENTRIES], whole)
            if clock.monotonic() - began > LONG_SECONDS:
                await asyncio.sleep(0)
        self._leave(stream, whole)

    def _fold_some(self, stream: Stream, group: Sequence[Arrived], whole: list[Arrived]) -> None:
        """Fold entries of a project; add to `whole` what is part of what is known of it."""
        subject, pay = stream.project.head.project, FOLD_OF[PAYMENT]
        steady, upto = stream.steady()
        for entry in group:
            try:
                event = read_hot(entry.raw, entry.event_type)
                if event is None or event.subject != subject:
                    event = self._event(entry, subject)
                    if event is None:
                        continue
                data = event.data
                # Nearly all of a backlog are: it is all that `_take_in` comes to for such a one.
                if (
                    steady is not None
                    and event.type == PAYMENT
                    and data.fiscal_year == steady.fiscal_year
                    and data.date <= upto
                    and entry.publisher == steady.publisher
                ):
                    if stream.today is not None:
                        _note_late(stream.today, steady, entry, data.date)
                    pay(steady, entry, data)
                    stream.last = entry
                    whole.append(entry)
                    # As `_grow` does: a call for each would be a thirtieth of the fold.
                    steady.grown += len(entry.raw)
                    steady = steady if steady.grown < LOOK_BYTES else self._look(stream, steady)
                else:
                    entry.event = event
                    if self._take_in(stream, entry, event):
                        whole.append(entry)
                    # Decoded events of a whole batch would be too much to hold.
                    entry.event = None
                    steady, upto = stream.steady()
            except Exception as error:
                raise _not_folded(entry, error) from error

    def _leave(self, stream: Stream, whole: Sequence[Arrived]) -> None:
        """Keep a project's entries that are not broken; know how far they are."""
        head = stream.project.head
        # Packed at once, while they lie in the processor's cache, as they have just been decoded.
        self.batch.packed += packs({head.project: [(one.mark, one.raw) for one in whole]})
        stream.leave()
        if whole and stream.year is not None:
            # Of a year's facts the head keeps how far they are, so the last one says it all.
            advance_head(head, whole[-1])

    def _take_in(self, stream: Stream, entry: Arrived, event: Any) -> bool:
        """Fold an entry; give whether it is part of what is known of its project."""
        data, kind, year, today = event.data, event.type, stream.year, stream.today
        if entry.publisher != stream.publisher:
            stream.publisher = entry.publisher
            self._hear(stream.jurisdiction, entry.publisher)
        fold = FOLD_OF.get(kind)
        if fold is None:
            stream.leave()
            return self._amend(stream.project, entry)
        if year is None or year.state.fiscal_year != data.fiscal_year:
            year = self._turn_to(stream, entry, data.fiscal_year)
        state = year.state
        if state.full:
            self._leave_out_of(year, stream, entry)
            return False
        if stream.originals is not None and kind == FACT_CORRECTED:
            entry.original = original_of(entry, stream.originals)
        if today is not None:
            _note_late(today, state, entry, data.date)
        note_closing(state, stream.jurisdiction, entry, data.date)
        # As `evolve` does, but for what the last of them says for all.
        fold(state, entry, data)
        stream.last = entry
        self._bear(stream, state, entry, data.date)
        self._grow(stream, state, entry)
        return True

    def _bear(self, stream: Stream, state: ProjectYear, entry: Arrived, date: dt.date) -> None:
        """See what a fact of a year says of its publisher and its project, and shows at once."""
        if entry.event_type in VOUCHERS:
            self._pay(stream.jurisdiction, state, entry, date.toordinal())
        else:
            self._decide(stream, entry)
        if stream.finds:
            self._find(stream, state, entry)

    def _turn_to(self, stream: Stream, entry: Arrived, fiscal_year: int) -> Year:
        """Go on with another year of the project."""
        stream.leave()
        year = stream.year = stream.project.year(fiscal_year)
        if not year.state.full:
            self._changed(year, entry)
        return year

    def _grow(self, stream: Stream, year: ProjectYear, entry: Arrived) -> None:
        """Count what a year took in, and see from time to time whether it is full."""
        year.grown += len(entry.raw)
        if year.grown >= LOOK_BYTES:
            self._look(stream, year)

    def _look(self, stream: Stream, year: ProjectYear) -> ProjectYear | None:
        """See whether a year is full: None if so."""
        stream.leave()
        look(year, self.bytes_max)
        return None if year.full else year

    def _leave_out_of(self, year: Year, stream: Stream, entry: Arrived) -> None:
        """Count an entry that a full year does not take in."""
        stream.leave()
        if self._leave_out(stream.project, year.state, entry):
            # Once is enough for it to be said that its figures lack something.
            self._changed(year, entry)
        self.batch.years[year.key] = year

    def _leave_out(
        self, project: Project, state: ProjectHead | ProjectYear, entry: Arrived
    ) -> bool:
        """Count an entry that a full state does not take in; give whether it is the first."""
        counting.LEFT_OUT.inc()
        project.lacks = True
        self.batch.heads[project.head.project] = project
        advance_head(project.head, entry)
        project.keep(entry)
        first = leave_out(state, entry)
        year = str(state.fiscal_year) if isinstance(state, ProjectYear) else ""
        kept = self.batch.left.setdefault(left_of(project.head.project), [])
        kept.append((entry.mark, year.encode()))
        if first:
            log.error(
                "state_full",
                project=project.head.project,
                fiscal_year=getattr(state, "fiscal_year", None),
                partition=self.share.partition,
                position=entry.position,
                sequence=entry.sequence,
            )
        return first

    def _decide(self, stream: Stream, entry: Arrived) -> None:
        """A disposition may suspend the project: that is true of all its years (Art. 14(2))."""
        if entry.event_type == DISPOSITION:
            self._amend(stream.project, entry)

    def _hear(self, jurisdiction: Jurisdiction | None, publisher: str) -> None:
        """Remember the opened day on which this partition last heard a publisher.

        Who is silent (domain-rules 17f) hangs on it only as long as no fact says who was heard.
        """
        # Of one that is not known nobody could say that it is silent.
        if not publisher or jurisdiction is None or jurisdiction.today is None:
            return
        heard, today = jurisdiction.publishers, jurisdiction.today.toordinal()
        if heard.get(publisher) == today:
            return
        if publisher in heard:
            heard[publisher] = today
        elif kept := _with(heard, publisher, today):
            jurisdiction.publishers = kept
        else:
            return
        self.batch.jurisdictions[jurisdiction.jurisdiction] = jurisdiction

    def _pay(
        self, jurisdiction: Jurisdiction | None, state: ProjectYear, entry: Arrived, day: int
    ) -> None:
        """Remember who paid, and the latest day that his vouchers are dated (domain-rules 24)."""
        publisher = entry.publisher
        if entry.event_type == PAYMENT:
            state.publisher = publisher
        if not publisher or jurisdiction is None:
            return
        latest = jurisdiction.vouchers
        known = latest.get(publisher)
        if known is not None:
            if day <= known:
                return
            latest[publisher] = day
        elif kept := _with(latest, publisher, day):
            jurisdiction.vouchers = kept
        else:
            return
        self.batch.jurisdictions[jurisdiction.jurisdiction] = jurisdiction

    def _find(self, stream: Stream, year: ProjectYear, entry: Arrived) -> None:
        jurisdiction, project = stream.jurisdiction, stream.project
        if jurisdiction is None:
            return
        for found in findings_of(jurisdiction, year, entry, project.head):
            context = self.share.contexts.of(entry.position)
            cause = Cause(entry.position, entry.recorded_ms, event_id(entry.raw), context)
            tell(self.batch, self.share.partition, project.head.project, found, cause)

    def _amend(self, project: Project, entry: Arrived) -> bool:
        """Take in what is true of all years: a name or department is part of each assessment.

        Gives whether the entry is part of what is known of the project.
        """
        head = project.head
        # No year remembers such an entry, so the head is written: the stream's last number is its.
        self.batch.heads[head.project] = project
        project.keep(entry)
        if is_kept(entry.event):
            advance_head(head, entry)
            return True
        if head.full:
            if self._leave_out(project, head, entry):
                self._all_changed(project, entry)
            return False
        evolve_head(head, entry)
        head.grown += len(entry.raw)
        if head.grown >= LOOK_BYTES:
            look(head, self.bytes_max)
        self._all_changed(project, entry)
        return True

    def _all_changed(self, project: Project, entry: Arrived) -> None:
        for year in project.years.values():
            self._changed(year, entry)
            year.recorded_ms = entry.recorded_ms

    def _project(self, first: Arrived) -> Project:
        subject = first.subject
        project = self.projects.get(subject)
        if project is None:
            project = self.projects[subject] = unknown_project(subject)
            project.change(first.position)
            self.batch.heads[subject] = project
        return project

    def _changed(self, year: Year, entry: Entry) -> None:
        key = year.key
        self.changed.setdefault(key, entry.position)
        self.batch.years[key] = year

    def _fact(self, entry: Arrived) -> None:
        if self.broken and self._is_broken(entry):
            return
        event = self._event(entry, entry.subject)
        if event is None:
            return
        entry.event = event
        try:
            self._establish(entry)
        except Exception as error:
            raise _not_folded(entry, error) from error
        entry.event = None
        keep_fact(self.batch, self.share, entry)
        forward(self.batch, entry)

    def _establish(self, entry: Arrived) -> None:
        name, known = entry.subject, self.share.jurisdictions
        measured = entry.event_type in MEASURED_BY or (
            # What stood still while its publisher was silent is judged again, now and not tomorrow.
            entry.event_type == HEARD and ends_silence(known.get(name), entry.event.data.publisher)
        )
        before = dict(known[name].forgotten) if name in known else {}
        state = known[name] = evolve_jurisdiction(known.get(name), entry)
        self.batch.jurisdictions[name] = state
        code = code_of(entry)
        if code is not None:
            key, organisations = OrganisationKey(name, code), self.share.organisations
            organisation = evolve_organisation(state, organisations.get(key), entry)
            if organisation is not None:
                self.batch.organisations[key] = organisations[key] = organisation
        for kind, count in state.forgotten.items():
            self._tell_forgotten(entry, kind, count - before.get(kind, 0))
        if measured and state.today and not self.share.is_catching_up:
            again = Round(entry.position, entry.recorded_ms, name, entry.event.id)
            self.batch.standing.ask(again)

    def _tell_forgotten(self, entry: Arrived, kind: str, facts: int) -> None:
        """Tell operators that more is stated of a jurisdiction than can be kept."""
        if facts:
            counting.FORGOTTEN.labels(kind).inc(facts)
            log.warning(
                "facts_forgotten",
                jurisdiction=entry.subject,
                kind=kind,
                facts=facts,
                partition=self.share.partition,
                position=entry.position,
            )

    def _park(self, arrived: Arrived, reason: str) -> None:
        subject, reason = arrived.subject, reason[:REASON_LENGTH_MAX]
        counting.PARKED.inc()
        log.error(
            "entry_parked",
            partition=self.share.partition,
            position=arrived.position,
            reason=reason,
        )
        self.batch.parked.append(
            Parked(
                subject,
                arrived.sequence,
                arrived.position,
                arrived.recorded_ms,
                arrived.event_type,
                reason,
                arrived.raw,
            )
        )
        project = self.projects.get(subject)
        if project is not None:
            project.lacks = True
            project.change(arrived.position)
            self.batch.heads[subject] = project


def _not_folded(entry: Entry, error: Exception) -> FoldError:
    """Name an entry that did not fold; what says nothing of the entry is raised as it is."""
    if isinstance(error, MemoryError):
        raise error
    return FoldError(entry.position, repr(error))


def _with(days: dict[str, int], publisher: str, day: int) -> dict[str, int] | None:
    """Add a publisher to the days of others; None if he is not noticed.

    The first PUBLISHERS_MAX by name are, in that order: whose entry came first may hang on how
    entries were batched. Who is once left out never is among the first again.
    """
    if len(days) >= PUBLISHERS_MAX and publisher > next(reversed(days)):
        return None
    return dict(sorted([*days.items(), (publisher, day)])[:PUBLISHERS_MAX])


def _note_late(today: dt.date, year: ProjectYear, entry: Entry, date: dt.date) -> None:
    """Remember whether an entry came after its day had ended."""
    if today > date:
        entry.late = True
        count_late(year, date)


def keep_fact(batch: Batch, share: Share, entry: Arrived) -> None:
    """Keep a jurisdiction fact: the past is folded from what was known then."""
    stream = stream_of(entry.subject, share.partition)
    batch.facts.setdefault(stream, []).append((entry.mark, entry.raw))
