"""Corrections: where a fact's money and its classes belong at a date (domain-rules 4)."""

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


@dataclass(frozen=True)
class Move:
    """A correction that counts: from where to where the money of an entry goes, on its date."""

    correction: Fact
    original: Fact
    """The entry as it was stated."""
    before: Fact
    """As it was charged before."""
    after: Fact
    """As it is charged from the correction's date on."""

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
    stated = {fact.sequence: fact for fact in every if fact.kind in MONEY_KINDS}
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


def _charge(fact: Fact, data: Mapping[str, Any]) -> Fact:
    named = {name: data[name] for name in CHARGED if data.get(name) is not None}
    line = data.get("line") or fact.line
    return replace(fact, line=line, data={**fact.data, **named, "line": line})


def by_date(found: Iterable[Move]) -> list[Move]:
    """Give moves by date, without those that a later one of their entry and line came before.

    What the later one in the stream says of a line counts from its date on, also once the other's
    has come.
    """
    last: dict[tuple[int, str | None], int] = {}
    kept = []
    for move in sorted(found, key=lambda one: one.correction.place):
        of_line = move.entry, move.after.line
        if move.correction.sequence > last.get(of_line, 0):
            last[of_line] = move.correction.sequence
            kept.append(move)
    return kept


def as_charged(facts: Iterable[Fact], found: Iterable[Move]) -> dict[int, Fact]:
    """Give every money fact as it is charged once the moves are made, by its number."""
    charged = {fact.sequence: fact for fact in facts if fact.kind in MONEY_KINDS}
    for move in found:
        if move.entry in charged:
            charged[move.entry] = move.after
    return charged
