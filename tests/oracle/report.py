"""What a comparison says: differences, bounded, and how much was compared."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

DIFFERENCES_MAX: Final = 200
PER_PLACE_MAX: Final = 12
"""Differences that are kept in words, in all and of one place; all are counted."""
VALUE_LENGTH_MAX: Final = 400


class Undecided:
    """What the log does not tell: counted, not compared."""


UNDECIDED: Final = Undecided()


@dataclass(frozen=True)
class Difference:
    """One place where the running system says something else than the recomputation."""

    where: str
    """Which answer, dotted to the field: `intake.ledger`, `analysis.assessment.goal` …"""
    subject: str
    """Project, fiscal year, day, alert or event it is about."""
    expected: str
    """What the oracle reckons."""
    actual: str
    """What the system answered."""

    def __str__(self) -> str:
        return f"{self.where} [{self.subject}] expected {self.expected}, actual {self.actual}"


@dataclass
class Report:
    """The outcome of a comparison."""

    differences: list[Difference] = field(default_factory=list)
    """The first DIFFERENCES_MAX of them."""
    differing: Counter[str] = field(default_factory=Counter)
    """How many differences there are, by place."""
    compared: Counter[str] = field(default_factory=Counter)
    """How many values were compared, by place: nothing compared proves nothing."""

    @property
    def equal(self) -> bool:
        """Whether something was compared and nothing differed."""
        return bool(self.compared.total()) and not self.differing

    def compare(self, where: str, subject: str, expected: object, actual: object) -> None:
        """Count one comparison and keep the difference, if there is one."""
        if expected is UNDECIDED:
            self.compared[f"{where} (undecided)"] += 1
            return
        self.compared[where] += 1
        if expected == actual and type(expected) is type(actual):
            return
        self.differ(where, subject, expected, actual)

    def differ(self, where: str, subject: str, expected: object, actual: object) -> None:
        """Keep a difference."""
        self.differing[where] += 1
        if self.differing[where] <= PER_PLACE_MAX and len(self.differences) < DIFFERENCES_MAX:
            shown = (_shown(expected), _shown(actual))
            self.differences.append(Difference(where, subject, *shown))

    def compare_fields(
        self, where: str, subject: str, expected: Mapping[str, Any], actual: Mapping[str, Any]
    ) -> None:
        """Compare every field of a structure; one that is missing counts as null."""
        for name in expected.keys() | actual.keys():
            self.compare(f"{where}.{name}", subject, expected.get(name), actual.get(name))

    def merge(self, other: Self) -> None:
        """Add what another comparison says."""
        room = DIFFERENCES_MAX - len(self.differences)
        self.differences += other.differences[:room]
        self.differing += other.differing
        self.compared += other.compared

    def lines(self) -> list[str]:
        """Say it all in lines for a person."""
        total = self.differing.total()
        counts = [f"compared {count:>9} {where}" for where, count in sorted(self.compared.items())]
        places = [f"DIFFERS  {count:>9} {where}" for where, count in self.differing.most_common()]
        verdict = "equal" if self.equal else f"{total} differences"
        return [*counts, *places, *map(str, self.differences), verdict]


@dataclass(frozen=True)
class Endpoints:
    """Where the services answer, and the key they ask for."""

    intake: str
    analysis: str
    alerts: str
    reporting: str
    key: str

    @classmethod
    def read(cls, data_dir: Path) -> Self:
        """Read what `dualwatch up` wrote into its data directory."""
        known = json.loads((data_dir / "dualwatch.json").read_text("utf-8"))
        return cls(**{name: known[name] for name in cls.__dataclass_fields__})


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= VALUE_LENGTH_MAX else f"{text[:VALUE_LENGTH_MAX]}…"
