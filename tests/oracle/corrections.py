"""Corrections: where a fact's money and its classes belong at a date (domain-rules 4)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.oracle.facts import Fact

MONEY_KINDS: Final = frozenset(
    {
        "budget.approved",
        "budget.adjusted",
        "carryover.registered",
        "balance.recovered",
        "commitment.recorded",
        "payment.requested",
        "expenditure.recorded",
        "expenditure.reversed",
        "funds.disbursed",
        "funds.returned",
    }
)
"""Facts that move money; of all others a correction is an entry and no more."""
CHARGED: Final = ("unit", "account", "classification")

Piece = tuple[Fact, int]
"""A fact as it is charged, and how often: -1 where it left a line that it had not come to yet."""


@dataclass(frozen=True)
class Move:
    """A correction that counts: from where to where the money of an entry goes, on its date."""

    correction: Fact
    original: Fact
    """The entry as it was stated."""
    before: Fact
    """As the corrections before this one in the stream leave it, whatever their dates."""
    after: Fact
    """The same with this one."""

    @property
    def entry(self) -> int:
        """Number of the entry that is corrected."""
        return self.original.sequence


def moves(facts: Sequence[Fact], known: Iterable[Fact]) -> list[Move]:
    """Give the moves dated by the as-of date (`facts`), in the order of the stream.

    A later correction of an entry moves it from where the one before left it, whatever their
    dates are: so all facts that are `known` of the year are asked.
    """
    dated = {fact.sequence for fact in facts}
    if not any(fact.kind == "fact.corrected" for fact in facts):
        return []
    every = sorted(known, key=lambda fact: fact.sequence)
    stated = {fact.sequence: fact for fact in every if _can_move(fact)}
    charged = dict(stated)
    found = []
    for fact in every:
        entry = fact.data["entry"] if fact.kind == "fact.corrected" else None
        if entry not in stated or entry > fact.sequence:
            continue
        before = charged[entry]
        after = charged[entry] = _charge(before, fact.data)
        if {fact.sequence, entry} <= dated:
            # Nothing moves before it is there.
            moved_on = replace(fact, date=max(fact.date, before.date))
            found.append(Move(moved_on, stated[entry], before, after))
    return found


def _can_move(fact: Fact) -> bool:
    """Whether a correction moves a fact: money, but no approval for a period of its own."""
    for_own_period = fact.kind == "budget.approved" and fact.data.get("period")
    return fact.kind in MONEY_KINDS and not for_own_period


def _charge(fact: Fact, data: Mapping[str, Any]) -> Fact:
    named = {name: data[name] for name in CHARGED if data.get(name) is not None}
    line = data.get("line") or fact.line
    return replace(fact, line=line, data={**fact.data, **named, "line": line})


def charged_on(fact: Fact, found: Iterable[Move], date: dt.date) -> Fact:
    """Give a fact with all that corrections dated by a day say of it, the last in the stream last.

    One that is dated later says nothing yet: the money stays where it was.
    """
    for move in found:
        if move.entry == fact.sequence and move.correction.date <= date:
            fact = _charge(fact, move.correction.data)
    return fact


def as_charged(facts: Iterable[Fact], found: Iterable[Move]) -> list[Piece]:
    """Give every fact as it is charged once the moves are made, in order.

    Each takes it from where those before it in the stream left it. If one of these is dated later,
    it is on three lines: still on the first, on the last, and less than not at all between.
    """
    changes: dict[int, list[Piece]] = {}
    for move in found:
        changes.setdefault(move.entry, []).extend(((move.before, -1), (move.after, 1)))
    charged = []
    for fact in facts:
        # The very same object: facts are compared by their place alone.
        times = {id(fact): (fact, 1)}
        for piece, change in changes.get(fact.sequence, ()):
            times[id(piece)] = (piece, times.get(id(piece), (piece, 0))[1] + change)
        charged += [(piece, count) for piece, count in times.values() if count]
    return charged
