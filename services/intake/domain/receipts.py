"""Receipts: what has become of each event of a request, and how many of each."""

from collections.abc import Mapping, Sequence

import msgspec

from services.intake.domain.decision import Row
from services.intake.domain.verdicts import COUNTED_APART, Refusal, Verdict

SETTLED_IF_ENTERED = frozenset({Verdict.ACCEPTED, Verdict.DUPLICATE})


class Result(msgspec.Struct, omit_defaults=False):
    """What has become of one event."""

    index: int
    """Its place in the request."""
    id: str | None
    """Its id; null where none could be read."""
    verdict: Verdict = Verdict.PENDING
    partition: int | None = None
    """Ledger partition it is in."""
    sequence: int | None = None
    """Number in its stream."""
    position: int | None = None
    """Number in its partition."""
    quarantine: str | None = None
    """Where it is kept, if it was refused."""
    problem: msgspec.Raw | None = None
    """Why it was refused, as in RFC 9457."""


class Counts(msgspec.Struct):
    """The accounting: sent = accepted + duplicate + quarantined + pending."""

    sent: int = 0
    accepted: int = 0
    duplicate: int = 0
    quarantined: int = 0
    pending: int = 0


def is_settled(
    index: int,
    decided: Mapping[int, tuple[int, Row]],
    spread: Sequence[int],
    copies: Sequence[Mapping[int, int]],
) -> bool:
    """Say whether an event's verdict is final.

    A jurisdiction fact (an index of `spread`) is accepted only when every partition has it:
    `copies` are, by partition, the home partitions' positions entered there.
    """
    if index not in decided:
        return False
    home, (_, verdict, _, position, _) = decided[index]
    if index not in spread or verdict not in SETTLED_IF_ENTERED or position is None:
        return True
    return all(
        entered.get(home, 0) >= position
        for partition, entered in enumerate(copies)
        if partition != home
    )


def results_of(
    event_ids: Sequence[str | None],
    decided: Mapping[int, tuple[int, Row]],
    refused: Mapping[int, tuple[Refusal, str]],
) -> list[Result]:
    """List what has become of each event; `refused` is what the door itself already knows."""
    results = []
    for index, event_id in enumerate(event_ids):
        result = Result(index, event_id)
        if index in refused:
            refusal, kept_as = refused[index]
            result.verdict = refusal.reason.verdict
            result.quarantine = kept_as
            result.problem = msgspec.Raw(msgspec.json.encode(refusal.problem()))
        elif index in decided:
            partition, (_, verdict, sequence, position, kept) = decided[index]
            result.verdict = Verdict(verdict)
            result.sequence, result.position, result.quarantine = sequence, position, kept
            result.partition = None if position is None else partition
        results.append(result)
    return results


def count(results: Sequence[Result]) -> Counts:
    """Count results by how they are accounted."""
    counts = Counts(sent=len(results))
    for result in results:
        if result.verdict is Verdict.ACCEPTED:
            counts.accepted += 1
        elif result.verdict is Verdict.DUPLICATE:
            counts.duplicate += 1
        elif result.verdict not in COUNTED_APART:
            counts.quarantined += 1
        else:
            counts.pending += 1
    return counts
