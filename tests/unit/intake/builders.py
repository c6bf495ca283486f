"""Candidates and what is known before a batch, with sensible defaults."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contracts.vocabulary import Clock
from services.intake.domain.chain import Head
from services.intake.domain.days import day_opened
from services.intake.domain.decision import Before, Decision, Known
from services.intake.domain.jurisdictions import Jurisdiction
from services.intake.domain.ledger import decide
from services.intake.domain.submissions import Candidate, Copy, Origin, admitted, copied
from tests.support.hostile import wire

REQUEST = b"r" * 16
NOW_MS = 1_780_000_000_000


def origin(index: int = 0, request: bytes | None = REQUEST, publisher: str = "demo") -> Origin:
    return Origin(publisher, "http", request, index, NOW_MS, 0)


def taken(
    document: Mapping[str, Any] | bytes, index: int = 0, request: bytes | None = REQUEST
) -> Candidate:
    raw = document if isinstance(document, bytes) else wire(document)
    return admitted(raw, origin(index, request))


def copy_of(document: Mapping[str, Any] | bytes, where: Copy) -> Candidate:
    raw = document if isinstance(document, bytes) else wire(document)
    return copied(raw, origin(request=None), where.to_bytes())


def day(date: str, jurisdiction: str = "340100", *, jump: bool = False) -> bytes:
    return day_opened(jurisdiction, dt.date.fromisoformat(date), jump=jump)


HEFEI = Jurisdiction("340100", "340100", "01-01", "Asia/Shanghai", "CNY", Clock.MANUAL)


@dataclass
class Ledger:
    """One partition's ledger in memory: what the store does, without a store."""

    partition: int = 0
    position: int = 0
    heads: dict[str, Head] = field(default_factory=dict)
    jurisdictions: dict[str, Jurisdiction] = field(default_factory=lambda: {HEFEI.code: HEFEI})
    copies: dict[int, int] = field(default_factory=dict)
    facts: int = 0
    known: Known = field(default_factory=Known)

    def enter(self, *batch: Candidate, optimistic: bool = False) -> Decision:
        """Decide a batch and keep what it comes to."""
        found = decide(batch, before(self), Known() if optimistic else self.known, NOW_MS)
        self.position = found.position
        self.heads = {**self.heads, **found.heads}
        self.jurisdictions = {**self.jurisdictions, **found.jurisdictions}
        self.copies = dict(found.entered_copies)
        self.facts = found.facts
        self.known = Known(
            {**self.known.claims, **found.claims}, {*self.known.documents, *found.documents}
        )
        return found


def before(ledger: Ledger) -> Before:
    """Tell what an owner of this ledger knows."""
    return Before(
        ledger.partition,
        ledger.position,
        ledger.heads,
        ledger.jurisdictions,
        ledger.copies,
        ledger.facts,
    )


def verdicts(decision: Decision, request: bytes = REQUEST) -> list[str]:
    """List a request's verdicts in the order of its events."""
    return [row[1] for row in sorted(decision.verdicts.get(request, []))]


def sequences(decision: Decision) -> dict[str, list[int]]:
    return {stream: [entry[0] for entry in found] for stream, found in decision.entries.items()}


def positions(entries: Iterable[Sequence[Any]]) -> list[int]:
    return sorted(entry[1] for entry in entries)
