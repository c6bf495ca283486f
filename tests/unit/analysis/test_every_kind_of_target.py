"""Every behaviour × direction × value kind × accumulation, against tables read from the rules.

domain-rules 12 to 15 are the oracle: what is expected of each kind stands here as tables, made
without the code that judges. One project has an indicator of every kind at once.
"""

from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import IndicatorFigures
from tests.spec.engines import folded
from tests.support.builders import jurisdiction, progress, target, targets

BEHAVIOURS: Final = ("progress", "quality", "timeliness", "cost", "outcome", "satisfaction")
DIRECTIONS: Final = ("at_least", "at_most", "equal", "range")
KINDS: Final = ("number", "range", "date", "boolean", "grade", "text")
ACCUMULATIONS: Final = ("cumulative", "point_in_time", "per_period", "once")
NUMBERS: Final = ("number", "range")
BY_RATIO: Final = ("progress", "outcome", "satisfaction")

TARGET: Final = 100
UPPER: Final = 120
PER_FACT: Final = 200
"""Most targets of one fact."""
DUE: Final = "2026-06-30"
"""Half the year: of a total 50 (to 60) is expected, of all others 100 (to 120)."""


class Kind(NamedTuple):
    behaviour: str
    direction: str
    value_kind: str
    accumulation: str

    @property
    def name(self) -> str:
        """Its indicator's id."""
        return "-".join(self)

    @property
    def is_number(self) -> bool:
        """Whether values are compared by size."""
        return self.value_kind in NUMBERS

    @property
    def by_ratio(self) -> bool:
        """Rule 12: quality, timeliness, cost and reverse indicators are in range or not."""
        return self.behaviour in BY_RATIO and self.direction in {"at_least", "equal"}

    @property
    def factor(self) -> Fraction:
        """Rule 14: share of the annual target that is expected at half-year."""
        return Fraction(1, 2) if self.accumulation == "cumulative" else Fraction(1)


EVERY: Final = [Kind(*parts) for parts in product(BEHAVIOURS, DIRECTIONS, KINDS, ACCUMULATIONS)]
NUMERIC: Final = [kind for kind in EVERY if kind.is_number]

LIGHTS: Final[dict[str, dict[str, str]]] = {
    #            0.5       0.6        0.8      1        1.2      1.3 × what is expected
    "by ratio": {"0.5": "red", "0.6": "yellow", "0.8": "green", "1": "green", "1.2": "blue",
                 "1.3": "blue"},
    "at_least": {"0.5": "red", "0.6": "red", "0.8": "red", "1": "green", "1.2": "green",
                 "1.3": "green"},
    "at_most": {"0.5": "green", "0.6": "green", "0.8": "green", "1": "green", "1.2": "red",
                "1.3": "red"},
    "equal": {"0.5": "red", "0.6": "red", "0.8": "red", "1": "green", "1.2": "red", "1.3": "red"},
    "range": {"0.5": "red", "0.6": "red", "0.8": "red", "1": "green", "1.2": "green",
              "1.3": "red"},
}  # fmt: skip
"""Rule 12: exactly 60, 80 and 120 % belong to the upper class; bounds belong to the range."""


def promised(kind: Kind) -> dict[str, Any]:
    """A target of a kind: 100, to 120 if it is a range; 30 June; yes."""
    fields: dict[str, Any] = {
        "behaviour": kind.behaviour,
        "direction": kind.direction,
        "value_kind": kind.value_kind,
        "accumulation": kind.accumulation,
        "due": [DUE],
    }
    if kind.direction == "range":
        fields["target_upper"] = str(UPPER)
    if kind.value_kind == "date":
        fields["target_date"] = DUE
    number = str(TARGET) if kind.is_number else "1" if kind.value_kind == "boolean" else None
    return target(kind.name, number, **fields)


@cache
def assessed(times: str | None, as_of: str = DUE) -> dict[str, IndicatorFigures]:
    """Every number reported as so many times what is expected, all else met; None: nothing."""
    parts = [EVERY[n : n + PER_FACT] for n in range(0, len(EVERY), PER_FACT)]
    stated = [targets(*map(promised, part)) for part in parts]
    reported = [] if times is None else [result(kind, Fraction(times)) for kind in EVERY]
    made = folded([jurisdiction(), *stated, *reported]).assessment(as_of=as_of)
    return {figure.indicator: figure for figure in made.attainment.indicators}


def result(kind: Kind, times: Fraction) -> AnyEvent:
    """What is reported on 15 June, for the due date."""
    fields: dict[str, Any] = {"indicator": kind.name, "due": DUE}
    if kind.is_number:
        return progress(str(float(actual(kind, times))), "2026-06-15", **fields)
    if kind.value_kind == "date":
        return progress(None, "2026-06-15", value_date=DUE, **fields)
    if kind.value_kind == "boolean":
        return progress("1", "2026-06-15", **fields)
    return progress(None, "2026-06-15", grade="met", **fields)


def actual(kind: Kind, times: Fraction) -> Fraction:
    return times * TARGET * kind.factor


def completion(kind: Kind, value: Fraction) -> Fraction:
    """Forms 2.3, of the annual target: too little in proportion, too much counts down."""
    upper = {"at_most": TARGET, "equal": TARGET, "range": UPPER}.get(kind.direction)
    if kind.direction != "at_most" and value < TARGET:
        return value / TARGET
    if upper is None or value <= upper or (kind.by_ratio and kind.direction == "equal"):
        return Fraction(1)
    return max(Fraction(0), 1 - (value - upper) / upper)


def met(kind: Kind, value: Fraction) -> bool:
    return {
        "at_least": value >= TARGET,
        "at_most": value <= TARGET,
        "equal": value == TARGET,
        "range": TARGET <= value <= UPPER,
    }[kind.direction]


def half_up(value: Fraction) -> int:
    return int(value * 10_000 + Fraction(1, 2))


def test_there_is_an_indicator_of_every_kind() -> None:
    """Six behaviours, four directions, six kinds of value, four ways to follow each other."""
    assert 6 * 4 * 6 * 4 == len(EVERY) == len(assessed("1"))


@pytest.mark.parametrize("times", ["0.5", "0.6", "0.8", "1", "1.2", "1.3"])
def test_every_number_is_judged_as_its_kind_is(times: str) -> None:
    """Light, ratio, completion, raw completion, met: at half-year."""
    expected, told = {}, {}
    for kind in NUMERIC:
        value = actual(kind, Fraction(times))
        upward = kind.direction in {"at_least", "equal"}
        expected[kind.name] = (
            "judged",
            LIGHTS["by ratio" if kind.by_ratio else kind.direction][times],
            half_up(Fraction(times)) if upward else None,
            half_up(completion(kind, value)),
            half_up(value / TARGET) if upward else None,
            met(kind, value),
        )
        found = assessed(times)[kind.name]
        told[kind.name] = (
            found.state,
            found.light,
            found.ratio_bp,
            found.attainment_bp,
            found.raw_attainment_bp,
            found.met,
        )

    assert expected == told


def test_what_is_no_number_is_met_or_not() -> None:
    """A date, a boolean, a grade, a text that was graded: all of it, and green."""
    others = [kind for kind in EVERY if not kind.is_number]
    told = {
        (found.state, found.light, found.ratio_bp, found.attainment_bp, found.raw_attainment_bp)
        for kind in others
        for found in [assessed("1")[kind.name]]
    }

    assert {("judged", "green", None, 10_000, None)} == told


@pytest.mark.parametrize(
    ("as_of", "state", "overdue"),
    [("2026-06-29", "not_yet_due", None), ("2026-06-30", "not_reported", "2026-07-14")],
)
def test_what_is_unmeasured_is_not_yet_due_then_not_reported(
    as_of: str, state: str, overdue: str | None
) -> None:
    """Rule 15, 16, of every kind; no light, no completion, no part in the roll-up."""
    told = {
        (found.state, found.light, found.attainment_bp, str(found.overdue_on or "") or None)
        for found in assessed(None, as_of).values()
    }

    assert {(state, None, None, overdue)} == told


def test_before_anything_is_expected_only_what_needs_no_ratio_is_judged() -> None:
    """Rule 14, 15: measured two weeks early; a total is expected by months all along."""
    expected = {
        kind.name: "not_yet_due"
        if kind.is_number and kind.by_ratio and kind.accumulation != "cumulative"
        else "judged"
        for kind in EVERY
    }

    assert expected == {name: found.state for name, found in assessed("1", "2026-06-20").items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("accumulation", ACCUMULATIONS)
def test_a_result_that_says_nothing_comparable_is_not_judgeable(
    kind: str, accumulation: str
) -> None:
    """Words alone; it is reported all the same, so nothing is overdue."""
    stated = promised(Kind("progress", "at_least", kind, accumulation))
    engine = folded(
        [
            jurisdiction(),
            targets(stated),
            progress(None, "2026-06-15", stated["indicator"], value_text="见说明"),
        ]
    )
    (found,) = engine.assessment(as_of=DUE).attainment.indicators

    assert ("not_judgeable", None, None, None, "见说明") == (
        found.state,
        found.light,
        found.attainment_bp,
        found.overdue_on,
        found.actual_text,
    )


def test_only_numbers_have_an_outlook() -> None:
    """One result: not enough data, of what is no number nothing."""
    told = {
        (found.trend, KINDS[2:].count(kind.value_kind))
        for kind in EVERY
        for found in [assessed("1")[kind.name]]
    }

    assert {("not_enough_data", 0), (None, 1)} == told
