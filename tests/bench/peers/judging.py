"""Whether what a contender has kept is what it was sent: exact, or how far from it."""

from collections.abc import Mapping
from typing import NamedTuple

EXACT = "exact"


class Figures(NamedTuple):
    """One project: events counted, fen in all and by month, January first."""

    events: int
    spent: int
    disbursed: int
    used: tuple[int, ...]
    paid: tuple[int, ...]


class Verdict(NamedTuple):
    """What a contender's final state lacks and has too much of."""

    lost: int
    """Events that count nowhere."""
    doubled: int
    """Events that count once more than they were sent."""
    wrong: int
    """Projects with the right count of events and other amounts."""

    @property
    def text(self) -> str:
        """Say it in words."""
        said = [f"{name} {count:,}" for name, count in self._asdict().items() if count]
        return ", ".join(said) or EXACT


def judge(expected: Mapping[str, Figures], found: Mapping[str, Figures]) -> Verdict:
    """Compare project by project."""
    lost = doubled = wrong = 0
    for subject in expected.keys() | found.keys():
        wanted, kept = expected.get(subject), found.get(subject)
        more = (kept.events if kept else 0) - (wanted.events if wanted else 0)
        lost += max(0, -more)
        doubled += max(0, more)
        wrong += more == 0 and kept != wanted
    return Verdict(lost, doubled, wrong)
