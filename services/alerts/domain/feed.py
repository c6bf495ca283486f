"""An entry of a feed, and what somebody wants of it: the same filters for every way out."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

FILTER_VALUES_MAX: Final = 50
"""Most values of one filter."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a jurisdiction's feed."""

    cursor: int
    """Gapless number within the feed, from 1."""
    event: dict[str, Any]
    """The event (CloudEvents, JSON) as the topic `alerts` has it."""
    project: str
    lead_unit: str | None = None
    department: str | None = None
    muted: str | None = None
    """Why nobody is notified of it; null: subscribers are."""

    @property
    def kind(self) -> str:
        """What happened: raised, cleared, commented, and so on."""
        return str(self.event["type"].split(".")[-2])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filters of a feed: one of the values of each that names any; all filters together."""

    rule: frozenset[str] = frozenset()
    severity: frozenset[str] = frozenset()
    aspect: frozenset[str] = frozenset()
    kind: frozenset[str] = frozenset()
    project: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    """Codes of units and departments: the project's lead unit or its department is one of them;
    an organisation's own stream is called by it."""

    @property
    def everything(self) -> bool:
        """Whether nothing is filtered."""
        return self == EVERYTHING

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is wanted."""
        data = entry.event["data"]
        return (
            _one(data["rule"], self.rule)
            and _one(data["severity"], self.severity)
            and _one(data["aspect"], self.aspect)
            and _one(entry.kind, self.kind)
            and _one(entry.project, self.project)
            and (not self.units or not self.units.isdisjoint(_whose(entry)))
        )


EVERYTHING: Final = Wanted()


def _whose(entry: Entry) -> tuple[str, ...]:
    own = tuple(code for code in (entry.lead_unit, entry.department) if code)
    return own or (entry.project.partition("/")[2],)


def _one(value: str, of: Collection[str]) -> bool:
    return not of or value in of
