"""A compliance finding as assessments and detections carry it."""

from contracts.envelope import Part
from contracts.vocabulary import (
    BusinessDate,
    FindingKind,
    FindingNature,
    Identifier,
    SignedAmount,
)

FINDINGS_MAX = 100


class FindingFact(Part):
    """A compliance finding that holds at the date (Art. 10, domain-rules 17)."""

    kind: FindingKind
    """What is found."""
    subject: Identifier
    """Line, document or entry it is about."""
    entry_sequence: int
    """The ledger entry (number within the project's stream) that brought it about; as money is
    kept by day: the last of the day on which the limit was crossed.
    """
    date: BusinessDate
    """Business date of that entry."""
    amount: SignedAmount
    """Amount at fault."""
    nature: FindingNature = FindingNature.FINDING
    """How much it claims."""
    provisional: bool
    """True until the next opened day confirms it (domain-rules 17b)."""
