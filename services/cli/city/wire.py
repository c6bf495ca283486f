"""Writing what the city states: CloudEvents as bytes, control lines, the ground truth."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from contracts.vocabulary import fen_to_wire

TYPE: Final = "dualwatch.{}.v1"
SOURCE: Final = "urn:dualwatch:synthetic:{seed}:{system}"
TIME_ZONE: Final = "+08:00"

Data = dict[str, Any]

_encode = msgspec.json.Encoder().encode


class OpenDay(msgspec.Struct, frozen=True):
    """Not an event: the day that is to be opened now (intake alone states days)."""

    jurisdiction: str
    date: str

    def to_bytes(self) -> bytes:
        """Write the control line."""
        return _encode({"open_day": {"jurisdiction": self.jurisdiction, "date": self.date}})


Line = bytes | OpenDay
"""A line of the stream: an event's bytes, or a day to open."""


class Truth(msgspec.Struct, frozen=True, omit_defaults=True):
    """One planted deviation: what the rules ought to find."""

    kind: str
    subject: str
    """The project it is in."""
    date: str
    """The business day from which it is there."""
    fiscal_year: int
    indicator: str | None = None
    line: str | None = None
    implies: tuple[str, ...] = ()
    """Other kinds that the same facts may amount to."""

    def to_bytes(self) -> bytes:
        """Write the line of the ground-truth file."""
        return _encode(self)


def iso(day: int) -> str:
    """Write the date of an ordinal."""
    return dt.date.fromordinal(day).isoformat()


def money(fen: int) -> str:
    """Write an amount."""
    return fen_to_wire(fen)


class Writer:
    """Collects one day's lines, numbers the events and the papers."""

    def __init__(self, jurisdiction: str, seed: int) -> None:
        """Begin before the first event."""
        self.jurisdiction = jurisdiction
        self.lines: list[Line] = []
        self.truths: list[Truth] = []
        self.today = 0
        self._time = ""
        self._events = 0
        self._papers = 0
        self._sources = {
            system: SOURCE.format(seed=seed, system=system)
            for system in ("budget", "treasury", "units", "performance")
        }

    def at(self, day: int, clock: str) -> None:
        """State what follows at a day and time of day, HH:MM:SS."""
        self.today = day
        self._time = f"{iso(day)}T{clock}{TIME_ZONE}"

    def fact(self, system: str, kind: str, subject: str, data: Mapping[str, Any]) -> None:
        """State a fact."""
        self._events += 1
        self.lines.append(
            _encode(
                {
                    "specversion": "1.0",
                    "id": f"syn-{self._events:09d}",
                    "source": self._sources[system],
                    "type": TYPE.format(kind),
                    "subject": subject,
                    "time": self._time,
                    "data": data,
                }
            )
        )

    def number(self, prefix: str) -> str:
        """Give the next paper a number that no other paper of the city has."""
        self._papers += 1
        return f"{prefix}{self._papers:09d}"

    def paper(self, kind: str, prefix: str, line: str | None = None) -> Data:
        """Make the document of a fact."""
        document = {"kind": kind, "number": self.number(prefix)}
        return document if line is None else {**document, "line": line}

    def take(self) -> tuple[list[Line], list[Truth]]:
        """Hand out what was collected and begin anew."""
        lines, self.lines = self.lines, []
        truths, self.truths = self.truths, []
        return lines, truths
