"""What `dualwatch doctor` finds: one line for each thing that was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

RUNBOOK: Final = "docs/runbook.md"


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARNING = "warning"
    """It works; something is to be done about it in time."""
    FAULT = "fault"
    """Something does not work, or soon will not."""
    UNKNOWN = "unknown"
    """It could not be looked at: not reached, or not allowed."""


@dataclass(frozen=True)
class Finding:
    """One thing, how it is, and what to do about it."""

    check: str
    part: str
    state: State
    words: str
    do: str = ""
    """A command, or a sentence."""
    page: str = ""
    """Anchor of the runbook's entry, or another page."""

    def told(self) -> dict[str, Any]:
        """Give it as the command tells it."""
        page = f"docs/{self.page}" if "." in self.page else f"{RUNBOOK}#{self.page}"
        return {
            "check": self.check,
            "part": self.part,
            "state": self.state.value,
            "words": self.words,
            "do": self.do,
            "page": page if self.page else "",
        }


def ok(check: str, part: str, words: str) -> Finding:
    """Say that a thing is well."""
    return Finding(check, part, State.OK, words)


def warning(check: str, part: str, words: str, do: str, page: str = "") -> Finding:
    """Say that something is to be done about a thing."""
    return Finding(check, part, State.WARNING, words, do, page)


def fault(check: str, part: str, words: str, do: str, page: str = "") -> Finding:
    """Say that a thing does not work."""
    return Finding(check, part, State.FAULT, words, do, page)


def unknown(check: str, part: str, words: str, do: str) -> Finding:
    """Say that a thing could not be looked at."""
    return Finding(check, part, State.UNKNOWN, words, do)


def size(bytes_: float) -> str:
    """Write a number of bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if bytes_ < 1_000:  # noqa: PLR2004 - the step of units
            return f"{bytes_:.0f} {unit}"
        bytes_ /= 1_000
    return f"{bytes_:.1f} TB"


def span(seconds: float) -> str:
    """Write a time for people."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def worst(findings: Iterable[Finding]) -> State:
    """Give the worst that was found; what could not be looked at is no fault."""
    order = (State.FAULT, State.WARNING, State.UNKNOWN, State.OK)
    found = {each.state for each in findings}
    return next((state for state in order if state in found), State.OK)


def disk(part: str, used: float, total: float) -> Finding:
    """Judge how full a disk is."""
    share = used / total if total else 0.0
    words = f"{share:.0%} used, {size(total - used)} free of {size(total)}"
    page = "dualwatchdiskfilling"
    do = "free some, or enlarge it: Kafka and MongoDB stop when it is full"
    if share >= DISK_FAULT:
        return fault("disk", part, words, do, page)
    if share >= DISK_WARNING:
        return warning("disk", part, words, do, page)
    return ok("disk", part, words)


DISK_WARNING: Final = 0.80
DISK_FAULT: Final = 0.92
"""Share of a disk that is used."""
SKEW_SECONDS_WARNING: Final = 2.5
"""A Date header has whole seconds, and an answer takes a moment."""
SKEW_SECONDS_FAULT: Final = 20.0
"""Leases and the console's assertions of 60 seconds end too early or too late by then."""


def clock(part: str, skew_seconds: float) -> Finding:
    """Judge how far a clock is from ours."""
    words = f"{skew_seconds:+.1f} s from this machine's clock"
    do = "let all machines follow one time server (chrony, systemd-timesyncd)"
    if abs(skew_seconds) >= SKEW_SECONDS_FAULT:
        return fault("clock", part, words, do)
    if abs(skew_seconds) >= SKEW_SECONDS_WARNING:
        return warning("clock", part, words, do)
    return ok("clock", part, words)
