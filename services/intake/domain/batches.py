"""Batches of virements 调剂 and distributions 分配: what goes out comes in (domain-rules 2).

The sides of a batch are entries of several projects, which come in any order, at any time and from
any publisher; so none of them can be refused for the others. What is judged is the batch, once a
day was opened behind the last that moved it out of balance (domain-rules 17b). Pure.

A correction 更正 moves a line or a unit, never an amount, so it changes no batch; a side that was
stated wrongly is taken back by a side of the other direction under the same batch number.
"""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from contracts.events.intake import BudgetAdjusted
from contracts.vocabulary import AdjustmentKind, Flow, wire_to_fen
from services.intake.domain.chain import Entry
from services.intake.domain.decision import COPY_MARK
from services.intake.domain.jurisdictions import DAY_OPENED

ADJUSTED: Final = BudgetAdjusted.event_type()
ID_BYTES: Final = 16
DAYS_MAX: Final = 400
"""Days on which one batch is moved that are told apart; beyond it the oldest two become one."""
PUBLISHERS_MAX: Final = 50
"""Publishers of one batch that are named; further ones are only counted in."""
BEFORE_DAYS: Final = ""
"""Stands for the day before the first opened one: it sorts before every ISO date."""


class BatchKind(StrEnum):
    """Kinds of adjustments that have two sides."""

    VIREMENT = AdjustmentKind.VIREMENT.value
    DISTRIBUTED = AdjustmentKind.DISTRIBUTED.value


class BatchState(StrEnum):
    """Whether somebody has to look at a batch."""

    BALANCED = "balanced"
    """As much comes in as goes out."""
    SETTLING = "settling"
    """It does not balance yet; the other side has until the next day is opened."""
    UNBALANCED = "unbalanced"
    """It did not balance when a day was opened behind its last turn: work of the data desk."""


class BatchName(msgspec.Struct, frozen=True):
    """What makes sides one batch."""

    jurisdiction: str
    fiscal_year: int
    kind: BatchKind
    number: str

    @property
    def id(self) -> str:
        """Derive the id under which it is kept and asked for."""
        # None of the parts holds control characters, so the NUL parts them whatever they are.
        parts = (self.jurisdiction, str(self.fiscal_year), self.kind.value, self.number)
        text = "\x00".join(parts).encode()
        return hashlib.blake2b(text, digest_size=ID_BYTES, person=b"batch").hexdigest()


class Side(msgspec.Struct, frozen=True):
    """One entry of the ledger as a side of its batch."""

    batch: BatchName
    project: str
    sequence: int
    """Its number in the project's stream."""
    publisher: str
    """Who stated it."""
    line: str
    """The line that changes, as stated."""
    direction: Flow
    amount: int
    """Fen, never negative."""
    date: str
    """Business date, ISO."""
    day: str | None
    """Last day opened in its partition before it, ISO; null: none that was read with it."""

    @property
    def net(self) -> int:
        """What it adds to in − out, in fen."""
        return self.amount if self.direction is Flow.IN else -self.amount


class Batch(msgspec.Struct, frozen=True):
    """A batch as far as the ledger has been read."""

    name: BatchName
    amount_in: int = 0
    """Fen."""
    amount_out: int = 0
    """Fen."""
    sides: int = 0
    """Entries of which it consists."""
    publishers: tuple[str, ...] = ()
    """Who stated them, in alphabetical order."""
    days: tuple[tuple[str, int], ...] = ()
    """Opened day → in − out of what was entered on it, in fen; in the order of days."""

    @property
    def since(self) -> str | None:
        """The opened day on which it left its balance last; null: it balances.

        By days, not by the order of reading: partitions are read one after the other.
        """
        left: str | None = None
        reached = 0
        for day, net in self.days:
            before, reached = reached, reached + net
            if reached and not before:
                left = day
        return left if reached else None

    def taken(self, side: Side) -> "Batch":
        """Take a side in; its day is known."""
        into = side.direction is Flow.IN
        days = dict(self.days)
        day = side.day or BEFORE_DAYS
        days[day] = days.get(day, 0) + side.net
        return Batch(
            self.name,
            self.amount_in + (side.amount if into else 0),
            self.amount_out + (0 if into else side.amount),
            self.sides + 1,
            tuple(sorted({*self.publishers, side.publisher})[:PUBLISHERS_MAX]),
            _bounded(sorted(days.items())),
        )


def state_of(since: str | None, settled: str | None) -> BatchState:
    """Judge a batch that has been out of balance since a day.

    `settled` is the last opened day up to whose beginning the ledger is read in every partition.
    """
    if since is None:
        return BatchState.BALANCED
    return BatchState.SETTLING if settled is None or since >= settled else BatchState.UNBALANCED


def _bounded(days: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    while len(days) > DAYS_MAX:
        (first, net), (_, more) = days[:2]
        days[:2] = [(first, net + more)]
    return tuple(days)


class _Adjusted(msgspec.Struct, gc=False):
    fiscal_year: int
    adjustment_kind: str
    line: str
    amount: str
    date: str
    direction: Flow | None = None
    batch_number: str | None = None


class _AdjustedEvent(msgspec.Struct, gc=False):
    data: _Adjusted


class _Opened(msgspec.Struct, gc=False):
    date: str


class _OpenedEvent(msgspec.Struct, gc=False):
    data: _Opened


_read_adjusted = msgspec.json.Decoder(_AdjustedEvent).decode
_read_opened = msgspec.json.Decoder(_OpenedEvent).decode
_KINDS: Final = {kind.value: kind for kind in BatchKind}


def sides_of(entries: Iterable[tuple[Entry, str]]) -> tuple[list[Side], dict[str, str]]:
    """Choose the sides among entries of one partition, in order of positions, with their streams.

    Also gives the last day that is opened among them, by jurisdiction.
    """
    sides: list[Side] = []
    opened: dict[str, str] = {}
    for entry, stream in entries:
        kind = entry[3]
        try:
            if kind == ADJUSTED:
                side = _side(entry, stream, opened)
                if side is not None:
                    sides.append(side)
            elif kind == DAY_OPENED:
                opened[stream.partition(COPY_MARK)[0]] = _read_opened(entry[5]).data.date
        except (msgspec.MsgspecError, ValueError):
            # What the ledger holds was admitted; what cannot be read all the same has no side.
            continue
    return sides, opened


def _side(entry: Entry, stream: str, opened: Mapping[str, str]) -> Side | None:
    sequence, _, _, _, publisher, raw, _ = entry
    data = _read_adjusted(raw).data
    kind = _KINDS.get(data.adjustment_kind)
    if kind is None or data.direction is None or data.batch_number is None:
        return None
    jurisdiction = stream.partition("/")[0]
    return Side(
        BatchName(jurisdiction, data.fiscal_year, kind, data.batch_number),
        stream,
        sequence,
        publisher,
        data.line,
        data.direction,
        wire_to_fen(data.amount),
        data.date,
        opened.get(jurisdiction),
    )
