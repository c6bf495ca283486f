"""Bad inputs that the tests send, counted where they are made.

Each case of the hostile corpus goes through every door that it fits, and each such piece counts.
"""

from collections import Counter
from dataclasses import dataclass

from tests.fault.hostile.case import ACCEPTED, DUPLICATE
from tests.fault.hostile.corpus import CASES
from tests.fault.hostile.doors import Door, Piece, pieces
from tests.support.hostile import EVENTS, REQUESTS
from tests.unit.intake_files.test_hostile_tables import TEXTS, WORKBOOKS

TAKEN = frozenset({ACCEPTED, DUPLICATE})


@dataclass(frozen=True)
class Tried:
    """What the corpus sends through one door."""

    door: str
    pieces: int
    """Cases that go through it."""
    bad: int
    """Those that must be refused or kept in quarantine; the rest is strange and sound."""
    events: int
    """Events told apart in them."""


def tried() -> tuple[Tried, ...]:
    """Count by door."""
    found = list(pieces(CASES, list(Door)))
    sent: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for piece in found:
        sent[piece.door] += 1
        bad[piece.door] += _is_bad(piece)
        events[piece.door] += piece.case.sent
    doors = [Tried(str(door), sent[door], bad[door], events[door]) for door in Door]
    plain = len(EVENTS) + len(REQUESTS)
    files = len(WORKBOOKS) + len(TEXTS)
    return (
        *doors,
        Tried("http, malformed alone", plain, plain, len(EVENTS)),
        Tried("files, text and workbooks", files, files, 0),
    )


def cases() -> int:
    """Count the cases of the corpus, whatever doors they go through."""
    return len(CASES)


def families() -> dict[str, int]:
    """Count the cases by family."""
    return dict(Counter(case.family for case in CASES))


def _is_bad(piece: Piece) -> bool:
    return not TAKEN.issuperset(piece.expected[0].split())
