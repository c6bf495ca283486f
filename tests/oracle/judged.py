"""What an indicator reached, judged by its last result (domain-rules 12, 13, 15, 16)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from tests.oracle.dates import ONE_DAY, after_working_days, day, last_until
from tests.oracle.exact import WHOLE_BP, decimal_text, half_up, number, rate_bp
from tests.oracle.facts import Fact
from tests.oracle.indicators import STATED, Occasion, annual_of, due_dates, expected_of

RED_BELOW_BP: Final = 6000
YELLOW_BELOW_BP: Final = 8000
BLUE_FROM_BP: Final = 12_000
BY_RATIO: Final = frozenset({"progress", "outcome", "satisfaction"})
"""Behaviours whose light is a ratio, if more is better; all others are in range or not."""
BY_GRADE: Final = frozenset({"grade", "text"})
GRADE_LIGHTS: Final = {"met": "green", "partly_met": "yellow", "not_met": "red"}
GRADE_SHARES: Final = {"met": Fraction(1), "partly_met": Fraction(3, 5), "not_met": Fraction(0)}
"""In part is worth the lower end of its band, 60 to 80 % (forms 2.3)."""


@dataclass
class Judged:
    """An indicator at a date, with the exact figures its roll-up needs."""

    stated: dict[str, Any]
    weight: Fraction
    share: Fraction | None
    """Attainment of the annual target, at most 1; None where it is not judged."""
    behaviour: str

    raw: Fraction | None = None
    """The same without the cap; None where no ratio is meant."""
    by_ratio: bool = False
    """Whether a ratio decides its light."""


def judge(
    target: Mapping[str, Any], reports: Sequence[Fact], occasion: Occasion, weight: Fraction
) -> Judged:
    """Judge one indicator by its last result."""
    dues = due_dates(target, occasion.year, occasion.cut_offs)
    as_of = occasion.as_of
    live = occasion.live(dues, target[STATED])
    expected = expected_of(target, occasion)
    reached = last_until(live, as_of)
    answers = _answering(target, reports, dues, reached, as_of)
    shown = answers or reports
    stated = _header(target, shown, weight) | {
        "expected": decimal_text(expected),
        "next_due": min((due.isoformat() for due in live if due > as_of), default=None),
        "overdue_on": _overdue_on(target, reports, dues, reached, occasion),
    }
    found = Judged(stated, weight, None, target["behaviour"])
    if answers:
        _by_result(found, target, answers[-1].data, expected)
    else:
        stated["state"] = "not_yet_due" if reached is None else "not_reported"
    if found.share is not None:
        stated["attainment_bp"] = half_up(found.share * WHOLE_BP)
    if found.raw is not None:
        stated["raw_attainment_bp"] = half_up(found.raw * WHOLE_BP)
    return found


def _overdue_on(
    target: Mapping[str, Any],
    reports: Sequence[Fact],
    dues: Sequence[dt.date],
    reached: dt.date | None,
    occasion: Occasion,
) -> str | None:
    """Give the day from which the result of the last due date is overdue (domain-rules 16).

    It is not missing if a result names that due date, stands for a day of its period or, unless
    each period has its own, for a later day.
    """
    if reached is None:
        return None
    before = last_until(dues, reached - ONE_DAY) or dt.date.min
    own = target.get("accumulation") == "per_period"
    for report in reports:
        named = report.data.get("due")
        elsewhere = own and named is not None
        if (named and day(named) == reached) or (before < report.date <= reached and not elsewhere):
            return None
        if report.date > reached and not own:
            return None
    days = occasion.overdue_working_days
    return after_working_days(reached, days, occasion.calendar).isoformat()


def _header(target: Mapping[str, Any], reports: Sequence[Fact], weight: Fraction) -> dict[str, Any]:
    """State what the target and its last result say, and no judgement yet."""
    last = reports[-1].data if reports else {}
    return {
        **{name: target.get(name) for name in ("indicator", "name", "behaviour", "unit")},
        "level_1": target.get("level_1", "产出指标"),
        "level_2": target.get("level_2", "数量指标"),
        "direction": target.get("direction", "at_least"),
        "target_text": target["target_text"],
        "target": target.get("target"),
        "actual_text": last.get("value_text"),
        "actual": last.get("value"),
        "grade": last.get("grade"),
        "reported_on": reports[-1].date.isoformat() if reports else None,
        "weight_bp": half_up(weight * WHOLE_BP),
        "weight_is_default": target.get("weight_bp") is None,
        **dict.fromkeys(("ratio_bp", "attainment_bp", "raw_attainment_bp", "met", "light")),
    }


def _by_result(
    found: Judged,
    target: Mapping[str, Any],
    last: Mapping[str, Any],
    expected: Fraction | None,
) -> None:
    grade = last.get("grade")
    # A number says nothing of a date.
    value = None if target.get("value_kind") == "date" else last.get("value")
    if target.get("value_kind") == "date" and last.get("value_date"):
        met = last["value_date"] <= target["target_date"]
        _in_range(found, met=met, share=Fraction(0), fits=met)
    elif target.get("value_kind") not in BY_GRADE and value is not None:
        _by_number(found, target, number(value), expected)
    elif grade is not None:
        found.share = GRADE_SHARES[grade]
        light = GRADE_LIGHTS[grade]
        found.stated |= {"state": "judged", "met": grade == "met", "light": light}
    else:
        found.stated["state"] = "not_judgeable"


def _in_range(found: Judged, *, met: bool, share: Fraction, fits: bool) -> None:
    """Judge what is in range or not: of the year's target, and of what is expected by now."""
    found.share = Fraction(1) if met else share
    found.stated |= {"state": "judged", "met": met, "light": "green" if fits else "red"}


def _fits(direction: str, actual: Fraction, bound: Fraction, upper: Fraction) -> bool:
    return {
        "at_least": actual >= bound,
        "at_most": actual <= bound,
        "equal": actual == bound,
        "range": bound <= actual <= upper,
    }[direction]


def _by_number(
    found: Judged, target: Mapping[str, Any], actual: Fraction, expected: Fraction | None
) -> None:
    annual = annual_of(target)
    if annual is None:
        found.stated["state"] = "not_judgeable"
        return
    is_boolean = target.get("value_kind") == "boolean"
    # Yes or no is what was promised, or it is not: there is no more and no less of it.
    direction = "equal" if is_boolean else target.get("direction", "at_least")
    upper = number(target["target_upper"]) if target.get("target_upper") else annual
    compares = direction in {"at_least", "equal"} and not is_boolean
    met = _fits(direction, actual, annual, upper)
    share = Fraction(met) if is_boolean else _share(direction, actual, annual, upper)
    raw = actual / annual if annual and compares else None
    ratio = rate_bp(actual, expected) if expected and compares else None
    found.stated["ratio_bp"] = ratio
    if not compares or target["behaviour"] not in BY_RATIO or annual == 0:
        bound = annual if expected is None or direction == "range" else expected
        fits = _fits(direction, actual, bound, upper)
        _in_range(found, met=met, share=share, fits=fits)
        found.raw = raw
    elif expected is None:
        # Nothing is expected yet: measured early, shown, and not judged.
        found.stated |= {"state": "not_yet_due", "met": met}
    else:
        found.share, found.raw = _share("at_least", actual, annual, upper), raw
        found.by_ratio = ratio is not None
        # A stage whose target is zero is a zero target: reached is met, and there is no ratio.
        at_zero = "green" if _fits(direction, actual, expected, expected) else "red"
        light = at_zero if ratio is None else ratio_light(ratio)
        found.stated |= {"state": "judged", "met": met, "light": light}


def _share(direction: str, actual: Fraction, annual: Fraction, upper: Fraction) -> Fraction:
    """Give how much of the year's target is reached, short of meeting it."""
    below = min(Fraction(1), max(Fraction(0), actual / annual)) if annual else Fraction(0)
    if direction == "at_least":
        return below
    if actual > upper:
        return _beyond(actual, upper)
    return Fraction(1) if direction == "at_most" else below


def _beyond(actual: Fraction, upper: Fraction) -> Fraction:
    """Too much of a bad thing counts down to nothing at twice the bound (forms 2.3)."""
    return max(Fraction(0), 2 - actual / upper) if upper > 0 else Fraction(0)


def _answering(
    target: Mapping[str, Any],
    reports: Sequence[Fact],
    dues: Sequence[dt.date],
    reached: dt.date | None,
    as_of: dt.date,
) -> Sequence[Fact]:
    """Give the results that say something of the period that was due last.

    A value per period is that period's own; other values stand until the next (domain-rules 14).
    """
    if target.get("accumulation") != "per_period":
        return reports
    by_period: dict[dt.date | None, list[Fact]] = {}
    for fact in reports:
        by_period.setdefault(_period(fact, dues), []).append(fact)
    # A period that asked for nothing, as work stood still, may have been answered all the same.
    answered = [due for due in dues if due in by_period and due <= as_of]
    last = max([*answered, *([reached] if reached else [])], default=None)
    return reports if last is None else by_period.get(last, [])


def _period(report: Fact, dues: Sequence[dt.date]) -> dt.date | None:
    """Give the due date that a result answers: the one it names, else the next one."""
    if report.data.get("due"):
        return day(report.data["due"])
    return next((due for due in dues if due >= report.date), None)


def ratio_light(ratio_bp: int | None) -> str | None:
    """Exactly 60, 80 and 120 % belong to the upper class (domain-rules 12)."""
    if ratio_bp is None:
        return None
    if ratio_bp < RED_BELOW_BP:
        return "red"
    if ratio_bp < YELLOW_BELOW_BP:
        return "yellow"
    return "green" if ratio_bp < BLUE_FROM_BP else "blue"
