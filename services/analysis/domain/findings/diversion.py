"""挤占挪用: payments charged to another budget or class than their line's (domain-rules 17c)."""

from collections.abc import Iterator
from typing import Final

from contracts.vocabulary import FindingKind
from services.analysis.domain.findings.causes import Cause, money_mark
from services.analysis.domain.findings.finding import Finding, named
from services.analysis.domain.folding.charges import codes_in, usual_mark
from services.analysis.domain.folding.recharging import codes_of_key, days_of, pays_otherwise
from services.analysis.domain.money.buckets import (
    BUCKET_BITS,
    CHARGED,
    COLUMN_MASK,
    MONEY_MARK,
    PAID_ALLOCATION,
    PAID_AUTHORISED,
    PAID_DIRECT,
    PAID_OWN,
    REVERSED_ALLOCATION,
    REVERSED_OWN,
    REVERSED_TREASURY,
    place,
)
from services.analysis.domain.money.figures import LineSums
from services.analysis.domain.money.terms import plainly_same, terms_for
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import Codes, Line, LineTerms, Parameters

_PAID: Final = frozenset({PAID_DIRECT, PAID_AUTHORISED, PAID_ALLOCATION, PAID_OWN})
_BACK: Final = frozenset({REVERSED_TREASURY, REVERSED_ALLOCATION, REVERSED_OWN})


def diversion(now: Snapshot, sums: LineSums) -> Iterator[Finding]:
    """Find what a line paid under codes that are not its own.

    Each payment is compared with the terms of its line at its own date; where there were none, with
    the first of a later date. What came back naming a payment's document is taken off it; what
    names none comes back first of what was paid under the line's own codes.
    """
    line = sums.source
    terms = [known for known in line.terms if known.day <= now.day]
    if not terms or not _may_differ(line, terms):
        return
    found = _Diverted(now, line)
    amount = min(sum(found.wrong.values()), sum(found.paid.values()))
    if amount > 0:
        yield named(FindingKind.DIVERSION, sums.line, found.begins(), amount)


def differs(codes: Codes, terms: LineTerms, parameters: Parameters) -> bool:
    """Say whether codes are not a line's. What is missing on either side is not compared.

    Classes are compared to the depth that the parameters say, and no deeper than both are told.
    """
    account, function, government, fund = codes
    return (
        (account is not None and account is not terms.account)
        or _part(function, terms.function, parameters.class_function_digits)
        or _part(government, terms.government_economic, parameters.class_government_digits)
        or (fund is not None and terms.fund_type is not None and fund != terms.fund_type)
    )


def _part(paid: str | None, approved: str | None, digits: int) -> bool:
    if paid is None or approved is None:
        return False
    depth = min(digits, len(paid), len(approved))
    return paid[:depth] != approved[:depth]


def _may_differ(line: Line, terms: list[LineTerms]) -> bool:
    if pays_otherwise(line):
        return True
    usual = line.usual
    return usual is not None and not all(plainly_same(usual, known) for known in terms)


class _Diverted:
    """What a line paid day by day, and what of it was under codes that are not its own."""

    def __init__(self, now: Snapshot, line: Line) -> None:
        self.paid: dict[int, int] = {}
        """Net, under any codes."""
        self.wrong: dict[int, int] = {}
        """Under other codes, less what came back of it and says so."""
        self._marks: dict[int, int] = {}
        self._papers: dict[str, dict[int, int]] = {}
        """Paid at fault by document and the day from which on it was."""
        self._now, self._line = now, line
        self._held_to: dict[int, LineTerms | None] = {}
        """What the line is to payments of a day: asked for each of its sets of codes."""
        usual = self._take_flows()
        self._take_charges(usual)
        self._take_recharged(usual)
        if line.usual is not None:
            self._take_usual(line.usual, usual)
        self._take_back()

    def _take_flows(self) -> dict[int, int]:
        """Take in what was paid and came back; return what was paid, by day."""
        usual: dict[int, int] = {}
        for bucket, fen in self._line.flows.items():
            day, column = bucket >> BUCKET_BITS, bucket & COLUMN_MASK
            if day <= self._now.day and column in _PAID:
                _add(self.paid, day, fen)
                _add(usual, day, fen)
            elif day <= self._now.day and column in _BACK:
                _add(self.paid, day, -fen)
        return usual

    def _take_charges(self, usual: dict[int, int]) -> None:
        """Take in what was paid under unusual codes; take it off what was paid, by day."""
        for key, charge in self._line.charges.items():
            codes = codes_in(key)
            for bucket, fen in charge.flows.items():
                day = bucket >> BUCKET_BITS
                self._take(usual, codes, bucket & COLUMN_MASK, (day, day), fen)
            for paper, day, fen in charge.papers:
                self._owe(codes, paper, (day, day), fen)

    def _take_recharged(self, usual: dict[int, int]) -> None:
        """Take in what corrections charged, or took away: each payment is held to its own day."""
        for key, charge in self._line.recharged.items():
            codes = codes_of_key(self._line, key)
            if codes is None:
                continue
            for bucket, fen in charge.flows.items():
                self._take(usual, codes, bucket & COLUMN_MASK, days_of(bucket), fen)
            for paper, bucket, fen in charge.papers:
                self._owe(codes, paper, days_of(bucket), fen)

    def _take(
        self, usual: dict[int, int], codes: Codes, column: int, days: tuple[int, int], value: int
    ) -> None:
        """Take in a bucket of what was paid on a day and is charged so from another on."""
        paid, day = days
        if day > self._now.day:
            return
        if column == CHARGED:
            _add(usual, day, -value)
        if self._differs(codes, paid):
            self._note(day, column, value)

    def _owe(self, codes: Codes, paper: str, days: tuple[int, int], fen: int) -> None:
        paid, day = days
        if day <= self._now.day and self._differs(codes, paid):
            _add(self._papers.setdefault(paper, {}), day, fen)

    def _take_back(self) -> None:
        """Take off what came back of payments that it names, as long as they are at fault."""
        for paper, owed in self._papers.items():
            returned = self._now.year.payments.returned.get(paper, {})
            back = {day: fen for day, fen in returned.items() if day <= self._now.day}
            at_fault = came = taken = 0
            for day in sorted({*owed, *back}):
                at_fault += owed.get(day, 0)
                came += back.get(day, 0)
                before, taken = taken, min(max(0, at_fault), came)
                _add(self.wrong, day, before - taken)

    def _take_usual(self, codes: Codes, usual: dict[int, int]) -> None:
        for day, fen in usual.items():
            if fen and self._differs(codes, day):
                self._note(day, CHARGED, fen)
                self._note(day, MONEY_MARK, usual_mark(self._line, day))

    def _differs(self, codes: Codes, day: int) -> bool:
        if day not in self._held_to:
            self._held_to[day] = terms_for(self._line, day, self._now.day)
        terms = self._held_to[day]
        return terms is not None and differs(codes, terms, self._now.parameters)

    def _note(self, day: int, column: int, value: int) -> None:
        if column == MONEY_MARK:
            self._marks[day] = max(value, self._marks.get(day, 0))
        else:
            _add(self.wrong, day, value)

    def begins(self) -> Cause:
        """Return the last entry of the day on which the amount at fault last went above zero."""
        wrong = total = found = 0
        above = False
        for day in sorted({*self.wrong, *self.paid}):
            wrong += self.wrong.get(day, 0)
            total += self.paid.get(day, 0)
            before, above = above, min(wrong, total) > 0
            if above and not before:
                found = day
        marked = self._marks.get(found, 0) if self.wrong.get(found, 0) > 0 else 0
        return Cause(found, *place(marked or money_mark(self._line, found)))


def _add(sums: dict[int, int], day: int, fen: int) -> None:
    sums[day] = sums.get(day, 0) + fen
