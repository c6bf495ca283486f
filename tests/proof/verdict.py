"""A thing that was asked, beside what was seen of it."""

from dataclasses import dataclass
from enum import StrEnum

from tests.proof.markdown import number


class Holds(StrEnum):
    """A verdict."""

    YES = "yes"
    NO = "**no**"
    UNKNOWN = "not measured"


@dataclass(frozen=True)
class Target:
    """One thing that was asked."""

    key: str
    """What a reason is found by; a number that it begins with is that of the issue."""
    what: str
    asked: str
    seen: str
    holds: Holds


def least(key: str, what: str, asked: float, seen: float | None) -> Target:
    """Ask for at least so much."""
    holds = Holds.UNKNOWN if seen is None else Holds.YES if seen >= asked else Holds.NO
    return Target(key, what, f"≥ {number(asked)}", number(seen), holds)


def most(key: str, what: str, asked: float, seen: float | None, unit: str = "") -> Target:
    """Ask for at most so much."""
    holds = Holds.UNKNOWN if seen is None else Holds.YES if seen <= asked else Holds.NO
    return Target(key, what, f"≤ {number(asked)}{unit}", _with(seen, unit), holds)


def below(key: str, what: str, asked: float, seen: float | None, unit: str = "") -> Target:
    """Ask for less than so much."""
    holds = Holds.UNKNOWN if seen is None else Holds.YES if seen < asked else Holds.NO
    return Target(key, what, f"< {number(asked)}{unit}", _with(seen, unit), holds)


def none(key: str, what: str, seen: int | None) -> Target:
    """Ask for nothing at all."""
    holds = Holds.UNKNOWN if seen is None else Holds.NO if seen else Holds.YES
    return Target(key, what, "0", number(seen), holds)


def _with(seen: float | None, unit: str) -> str:
    return number(seen) if seen is None else f"{number(seen)}{unit}"
