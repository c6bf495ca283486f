"""What was promised and what was reached, by indicator."""

import msgspec

from contracts.vocabulary import (
    Accumulation,
    Grade,
    IndicatorBehaviour,
    IndicatorDirection,
    ValueKind,
)


class TargetTerms(msgspec.Struct, array_like=True, gc=False):
    """One indicator as one fact stated it; numbers stay the text that was sent."""

    name: str
    level_1: str
    level_2: str
    behaviour: IndicatorBehaviour
    direction: IndicatorDirection
    value_kind: ValueKind
    accumulation: Accumulation
    target_text: str
    target: str | None
    target_day: int | None
    target_upper: str | None
    unit: str | None
    weight_bp: int | None
    due: list[int]
    """Ordinals, ascending."""
    stages: list[tuple[int, str]]
    """Due day and value, ascending."""


class TargetVersion(msgspec.Struct, array_like=True, gc=False):
    """State of an indicator from a day on."""

    day: int
    sequence: int
    terms: TargetTerms | None
    """None: withdrawn."""


class Report(msgspec.Struct, array_like=True, gc=False):
    """A result of an indicator; of one day and due date the last entry stands that holds."""

    day: int
    sequence: int
    value_text: str
    value: str | None
    value_day: int | None
    grade: Grade | None
    due: int | None
    withdrawn: int | None = None
    """Day from which it says nothing any more; None: it was not taken back."""
    earlier: list["Report"] = []
    """What it replaces, by sequence: the last of them stands again if it is taken back."""


class Indicator(msgspec.Struct, array_like=True, gc=False):
    """Everything stated about one indicator in a year."""

    versions: list[TargetVersion] = []
    """At most one per day."""
    reports: list[Report] = []
    """At most one per day and due date."""


class Goal(msgspec.Struct, array_like=True, gc=False):
    """The year's overall target in words, as stated on a day."""

    day: int
    sequence: int
    text: str
