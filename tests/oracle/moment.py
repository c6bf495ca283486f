"""What a rule is asked: an assessment, and the moment it is judged at."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracle.assessment import Assessment
from tests.oracle.dates import FiscalYear

Parameters = Mapping[str, int]
Key = tuple[str, str, str, int]
"""Rule, project, subject within it, fiscal year: one open alert each."""


@dataclass(frozen=True)
class Moment:
    """An assessment and the moment it is judged at."""

    project: str
    year: FiscalYear
    as_of: dt.date
    assessment: Assessment
    epoch: int | None
    """Between days, how many were opened: findings of entries since then are provisional.
    None at an opened day, which confirms what was found before."""
    frozen: bool = False
    """Whether the project's publisher is silent (domain-rules 17f)."""

    @property
    def settled(self) -> bool:
        """Whether it is the state at an opened day."""
        return self.epoch is None

    @property
    def execution(self) -> Mapping[str, Any]:
        """The first monitor."""
        stated: Mapping[str, Any] = self.assessment.stated["execution"]
        return stated


Answers = Iterator[tuple[str, str]]
"""Subjects within the project with their severity."""
