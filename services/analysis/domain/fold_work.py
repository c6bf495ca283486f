"""Milestones, checks, problems, assets, changes of plan, dispositions (Art. 7, 8(3), 10)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import Data
from services.analysis.domain.state import Entry, ProjectYear

FOLDS: Final[Mapping[type[Data], Callable[[ProjectYear, Entry, Any], None]]] = {}
"""Event data → how it changes a year."""
