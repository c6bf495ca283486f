"""The input log: what was sent, in the order of sending, and what became of it.

One line for each sending of an event; its retries are merged into it. The oracle reads it.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Outcome(StrEnum):
    """What the sender knows."""

    ACKED = "acked"
    """A verdict came back, or the broker has the record."""
    FAILED = "failed"
    """The door refused it for good."""
    UNKNOWN = "unknown"
    """No answer: it is in the ledger once or not at all."""


@dataclass(slots=True)
class Line:
    """One sending of an event."""

    raw: bytes
    outcome: Outcome = Outcome.UNKNOWN
    verdict: str | None = None

    def decide(self, outcome: Outcome, verdict: str | None = None) -> None:
        """Note what became of it."""
        self.outcome, self.verdict = outcome, verdict

    def to_bytes(self) -> bytes:
        """Write the line, with the event's bytes as they were sent."""
        rest = json.dumps({"outcome": self.outcome, "verdict": self.verdict})
        return b'{"event": ' + self.raw + b", " + rest[1:].encode()


@dataclass(slots=True)
class DayLine:
    """One day that was opened; everything above it was decided before."""

    jurisdiction: str
    date: str
    outcome: Outcome = Outcome.UNKNOWN

    def to_bytes(self) -> bytes:
        """Write the line."""
        day = {"jurisdiction": self.jurisdiction, "date": self.date}
        return json.dumps({"open_day": day, "outcome": self.outcome}).encode()


class InputLog:
    """All lines of a run; senders on several threads add to it."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lines: list[Line | DayLine] = []
        self._lock = threading.Lock()

    def begin(self, raws: Sequence[bytes]) -> list[Line]:
        """Note that these are sent from now on; the caller tells each line what became of it."""
        lines = [Line(raw) for raw in raws]
        with self._lock:
            self._lines.extend(lines)
        return lines

    def begin_day(self, jurisdiction: str, date: str) -> DayLine:
        """Note that a day is opened from now on."""
        line = DayLine(jurisdiction, date)
        with self._lock:
            self._lines.append(line)
        return line

    def events(self) -> Iterator[Line]:
        """Yield the lines of events, in order."""
        return (line for line in self._lines if isinstance(line, Line))

    def days_opened(self) -> Iterator[DayLine]:
        """Yield the lines of days, in order."""
        return (line for line in self._lines if isinstance(line, DayLine))

    def write(self, path: Path) -> None:
        """Write all lines."""
        with path.open("wb") as out:
            out.writelines(line.to_bytes() + b"\n" for line in self._lines)
