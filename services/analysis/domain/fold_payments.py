"""What payments say beside the money: class codes and suspicions (domain-rules 17c, 17d)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import Data
from services.analysis.domain.state import Entry, ProjectYear

FOLDS: Final[Mapping[type[Data], Callable[[ProjectYear, Entry, Any], None]]] = {}
"""Event data → how it changes a year."""
