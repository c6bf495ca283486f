"""The ledger's decision once more: entries that were accepted before, in their places.

Nothing is judged: what stands on the topic `ledger` was accepted, by rules and bounds of its time.
What follows from entries (claims, heads, jurisdictions, who leads what) is made by the same code.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from services.intake.domain.decision import Before, Decision, Known, Published
from services.intake.domain.ledger import _Batch
from services.intake.domain.submissions import Candidate


class Told(NamedTuple):
    """One record of the topic, read."""

    candidate: Candidate
    recorded_ms: int
    record: Published
    """As it stands there."""


class NotTheSameError(Exception):
    """What would be entered is not what the topic holds."""


def replay(told: Iterable[Told], before: Before, known: Known) -> Decision:
    """Enter records again; NotTheSameError if one does not come out exactly as it went in."""
    batch = _Replay(before, known, 0)
    for each in told:
        batch.enter(each)
    return batch.decision


class _Replay(_Batch):
    def enter(self, told: Told) -> None:
        candidate, self._recorded_ms, record = told
        published = self.decision.published
        count = len(published)
        if candidate.copy is not None:
            self._enter_copy(candidate, candidate.copy)
        elif candidate.jurisdiction_fact:
            self._take_jurisdiction_fact(candidate)
        elif candidate.document is not None and self._is_recorded(candidate.document):
            # It was released from quarantine: the document stays the first one's.
            self._accept(msgspec.structs.replace(candidate, document=None))
        else:
            self._accept(candidate)
        if published[count:] != [record]:
            msg = f"{record[2].decode()} of {record[0].decode()}"
            raise NotTheSameError(msg)
