"""A finding before it is written (domain-rules 17)."""

import datetime as dt
from typing import Any, Final, NamedTuple

from contracts.events.analysis import EarlierFindingFact, EarlierFindingKind, FindingFact
from contracts.vocabulary import FindingKind, FindingNature
from services.analysis.domain.findings.causes import Cause
from services.analysis.domain.unchecked import unchecked

SUSPICIONS: Final = frozenset(
    {
        FindingKind.DUPLICATE_PAYMENT,
        FindingKind.SPLIT_PAYMENT,
        FindingKind.ROUND_PAYMENT,
        FindingKind.YEAR_END_RUSH,
        FindingKind.PAYEE_OUTSIDE_CONTRACT,
        # What is committed is the year's part: what was signed before and is paid now is not in it.
        FindingKind.PAYMENT_OVER_CONTRACT,
    }
)
"""疑点: for review, never called a violation (17d)."""


def nature_of(kind: FindingKind) -> FindingNature:
    """Return how much a kind claims, unless circumstances say another."""
    if kind in SUSPICIONS:
        return FindingNature.SUSPICION
    if kind is FindingKind.AWAITING_BUDGET:
        return FindingNature.INFORMATION
    return FindingNature.FINDING


class Finding(NamedTuple):
    """A finding before it is written."""

    kind: FindingKind
    subject: str
    cause: Cause
    amount: int
    """Fen at fault, ≥ 0."""
    nature: FindingNature

    def fact(self, *, settled_position: int | None) -> FindingFact:
        """Write it; provisional if its entry is younger than the last opened day (17b)."""
        return unchecked(FindingFact, kind=self.kind, **self._told(settled_position))

    def detected(self, *, settled_position: int | None) -> EarlierFindingFact:
        """Write it as what is told of a single fact at once."""
        kind = EarlierFindingKind(self.kind.value)
        return unchecked(EarlierFindingFact, kind=kind, **self._told(settled_position))

    def _told(self, settled_position: int | None) -> dict[str, Any]:
        provisional = settled_position is not None and self.cause.position > settled_position
        return {
            "subject": self.subject,
            "entry_sequence": self.cause.sequence,
            "date": dt.date.fromordinal(self.cause.day),
            "amount": self.amount,
            "nature": self.nature,
            "provisional": provisional,
        }


def named(
    kind: FindingKind,
    line: str,
    cause: Cause,
    amount: int,
    nature: FindingNature | None = None,
) -> Finding:
    """Make a finding on a line; on money that names none, on the entry."""
    subject = line or f"entry:{cause.sequence}"
    return Finding(kind, subject, cause, amount, nature or nature_of(kind))
