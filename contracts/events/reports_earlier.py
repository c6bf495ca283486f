"""Versions of what reporting told that have a successor: kept as they were, upcast on read.

Each class keeps the name that it had, so that its released schema stays what it is.
"""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from contracts.events.reports import HASH_PATTERN, PaperFact


class PaperEntered(PaperFact):
    """The bureau entered what came on paper 线下报送, and froze it."""

    TYPE: ClassVar[str] = "paper.entered"

    sha256: Annotated[str, Field(pattern=HASH_PATTERN)]
    """Hash of the frozen edition."""


def entered_v2(event: dict[str, Any]) -> dict[str, Any]:
    """Tell a `paper.entered.v1` as v2: the same step, without its scan."""
    return {**event, "type": "dualwatch.paper.entered.v2"}
