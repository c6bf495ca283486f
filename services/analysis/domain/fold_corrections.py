"""Corrections 更正: a fact moves to another line, unit or class; the total stays (rule 4)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import Data
from services.analysis.domain.state import Entry, ProjectYear

FOLDS: Final[Mapping[type[Data], Callable[[ProjectYear, Entry, Any], None]]] = {}
"""Event data → how it changes a year."""
