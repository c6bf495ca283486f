"""Indicators of every behaviour, direction, accumulation and kind of value, and their results."""

import datetime as dt
from typing import Any, Final, NamedTuple

from services.cli.city.chance import Chance, part
from services.cli.city.curves import RESULTS, Curve

QUARTER_ENDS: Final = ((3, 31), (6, 30), (9, 30), (12, 31))
HALF_ENDS: Final = ((6, 30), (12, 31))
SURVEY: Final = ((11, 30),)
YEAR_END: Final = ((12, 31),)
EARLY_BP: Final = 700
"""How far results of staged work run before its money."""
WHOLE: Final = 10_000
SHORT_BP: Final = 3_200
SHORT_SPREAD_BP: Final = 1_300
"""A quantity that goes wrong reaches this share of its promise, and up to so much more."""
MONTHS: Final = 12
BEHIND_BP: Final = 8_000
"""Below so much of what is expected a quantity is behind (domain-rules 12)."""


class Shape(NamedTuple):
    """A kind of indicator."""

    key: str
    name: str
    level_1: str
    level_2: str
    behaviour: str
    direction: str
    value_kind: str
    accumulation: str
    unit: str | None
    low: int
    high: int
    dues: tuple[tuple[int, int], ...] = ()
    rhythm: str = "dues"
    """dues, months (a result each month), stages, finish (when done)."""


_OUT: Final = "产出指标"
_EFFECT: Final = "效益指标"

STEADY: Final = Shape("quantity", "", _OUT, "数量指标", "progress", "at_least", "number",
                      "cumulative", None, 0, 0, (), "months")  # fmt: skip
STAGED: Final = Shape("quantity", "", _OUT, "数量指标", "progress", "at_least", "number",
                      "cumulative", None, 0, 0, QUARTER_ENDS, "stages")  # fmt: skip

OTHERS: Final = (
    Shape("quality", "验收合格率", _OUT, "质量指标", "quality", "at_least", "number",
          "point_in_time", "%", 90, 96, HALF_ENDS),
    Shape("deadline", "年度任务完成时间", _OUT, "时效指标", "timeliness", "at_most", "date",
          "once", None, 0, 0, (), "finish"),
    Shape("cost", "单位成本", _OUT, "成本指标", "cost", "at_most", "number",
          "point_in_time", "元", 80, 900, HALF_ENDS),
    Shape("satisfaction", "服务对象满意度", "满意度指标", "服务对象满意度指标", "satisfaction",
          "at_least", "number", "once", "%", 85, 92, SURVEY),
    Shape("effect", "管理制度健全程度", _EFFECT, "可持续影响指标", "outcome", "at_least", "grade",
          "point_in_time", None, 0, 0, HALF_ENDS),
    Shape("periodic", "每季度检查次数", _OUT, "数量指标", "progress", "at_least", "number",
          "per_period", "次", 6, 60, QUARTER_ENDS),
    Shape("range", "关键指标控制区间", _OUT, "质量指标", "quality", "range", "range",
          "point_in_time", None, 60, 70, QUARTER_ENDS),
    Shape("accidents", "安全责任事故数", _EFFECT, "社会效益指标", "outcome", "equal", "number",
          "point_in_time", "起", 0, 0, QUARTER_ENDS),
    Shape("complaints", "每季度有效投诉件数", _EFFECT, "社会效益指标", "outcome", "at_most",
          "number", "per_period", "件", 8, 40, QUARTER_ENDS),
    Shape("acceptance", "是否完成备案", _OUT, "时效指标", "timeliness", "equal", "boolean",
          "once", None, 1, 1, SURVEY),
    Shape("income", "带动就业人数", _EFFECT, "经济效益指标", "outcome", "at_least", "number",
          "once", "人", 40, 900, YEAR_END),
    Shape("words", "公共服务水平", _EFFECT, "社会效益指标", "outcome", "at_least", "text",
          "once", None, 0, 0, YEAR_END),
)  # fmt: skip
BY_KEY: Final = {shape.key: shape for shape in OTHERS}


class Indicator(NamedTuple):
    """One indicator of a project's year."""

    indicator: str
    shape: Shape
    name: str
    unit: str | None
    target: int
    curve: Curve
    """What is promised by each month's end, for staged and steady quantities."""
    finish: int = 0
    """Of a deadline: its ordinal."""

    def with_target(self, target: int) -> "Indicator":
        """Return the same promise of another size."""
        return self._replace(target=target)


def promised(curve: Curve) -> Curve:
    """Return what staged work promises: a little more results than money at each date."""
    return (*(min(WHOLE, share + EARLY_BP) for share in curve[:-1]), WHOLE)


def terms(indicator: Indicator, year: int) -> dict[str, Any]:
    """Return the indicator as an event's target."""
    shape = indicator.shape
    found: dict[str, Any] = {
        "indicator": indicator.indicator,
        "name": indicator.name,
        "level_1": shape.level_1,
        "level_2": shape.level_2,
        "behaviour": shape.behaviour,
        "direction": shape.direction,
        "value_kind": shape.value_kind,
        "accumulation": shape.accumulation,
    }
    if indicator.unit is not None:
        found["unit"] = indicator.unit
    if shape.rhythm == "stages":
        found["stages"] = [
            {"due": f"{year}-{month:02d}-{day}", "value": str(expected(indicator, month))}
            for month, day in QUARTER_ENDS
        ]
    elif shape.dues:
        found["due"] = [f"{year}-{month:02d}-{day}" for month, day in shape.dues]
    return {**found, **_value(indicator)}


def _value(indicator: Indicator) -> dict[str, Any]:
    shape, target = indicator.shape, indicator.target
    match shape.value_kind:
        case "date":
            date = dt.date.fromordinal(indicator.finish).isoformat()
            return {"target_text": f"{date}前", "target_date": date}
        case "grade":
            return {"target_text": "健全"}
        case "text":
            return {"target_text": "明显提升"}
        case "boolean":
            return {"target_text": "是", "target": "1"}
        case "range":
            text = f"{tenths(target)}~{tenths(target + 20)}"
            return {
                "target_text": text,
                "target": tenths(target),
                "target_upper": tenths(target + 20),
            }
        case _:
            return _compared_with(indicator)


def _compared_with(indicator: Indicator) -> dict[str, Any]:
    shape, target = indicator.shape, indicator.target
    sign = {"at_least": "≥", "at_most": "≤", "equal": "="}[shape.direction]
    return {"target_text": f"{sign}{target}{indicator.unit or ''}", "target": str(target)}


def expected(indicator: Indicator, month: int) -> int:
    """Return what a quantity promises by the end of a month."""
    return part(indicator.target, indicator.curve[month - 1])


def tenths(value: int) -> str:
    """Write tenths as a decimal."""
    return f"{value // 10}.{value % 10}"


def result(indicator: Indicator, month: int, chance: Chance, *, bad: bool) -> dict[str, Any]:
    """Return what is reached by the end of a month; `bad`: well short of the promise."""
    shape, target = indicator.shape, indicator.target
    if shape.key == "quantity":
        share = _short_bp(target) if bad else chance.between(WHOLE, 10_500)
        return _number(indicator, min(target, part(_reached(indicator, month), share)))
    found = _in_words(indicator, chance, bad=bad)
    return found or _number(indicator, _compared(shape, target, chance, bad=bad))


def _reached(indicator: Indicator, month: int) -> int:
    """Return what a quantity has to come to by the end of a month."""
    # Rounded up: nobody reports a kilometre less than was promised for a rounding's sake.
    return -(-indicator.target * indicator.curve[month - 1] // WHOLE)


def _short_bp(target: int) -> int:
    """Return what share a quantity that goes wrong reaches, all year: totals never fall."""
    return SHORT_BP + target % SHORT_SPREAD_BP


def is_short(indicator: Indicator, month: int) -> bool:
    """Say whether a quantity that goes wrong is behind an even year: work may begin ahead of it."""
    target = indicator.target
    value = part(_reached(indicator, month), _short_bp(target))
    return value * MONTHS * WHOLE < target * month * BEHIND_BP


def _in_words(indicator: Indicator, chance: Chance, *, bad: bool) -> dict[str, Any] | None:
    """Return a result that is no plain number; None where it is one."""
    match indicator.shape.value_kind:
        case "date":
            days = chance.between(20, 45) if bad else -chance.between(2, 20)
            date = dt.date.fromordinal(indicator.finish + days).isoformat()
            return {"value_text": date, "value_date": date}
        case "grade":
            text, grade = ("未达成目标且效果较差", "not_met") if bad else ("达成目标", "met")
            return {"value_text": text, "grade": grade}
        case "text":
            return {"value_text": "较上年明显提升"}
        case "boolean":
            return {"value_text": "否" if bad else "是", "value": "0" if bad else "1"}
        case "range":
            value = indicator.target + (chance.between(30, 45) if bad else chance.between(3, 17))
            return {"value_text": tenths(value), "value": tenths(value)}
        case _:
            return None


def _compared(shape: Shape, target: int, chance: Chance, *, bad: bool) -> int:
    if shape.direction == "equal":
        return target + chance.between(1, 3) if bad else target
    if shape.direction == "at_most":
        return part(target, chance.between(14_000, 19_000) if bad else chance.between(7_500, WHOLE))
    if bad:
        return part(target, chance.between(3_500, 5_500))
    most = 100 if shape.unit == "%" else target + target // 12
    return chance.between(target, most)


def _number(indicator: Indicator, value: int) -> dict[str, Any]:
    return {"value_text": f"{value}{indicator.unit or ''}", "value": str(value)}


def drawn(
    number: int, shape: Shape, quantity: tuple[str, str, int, int], curve: Curve, finish: int,
    chance: Chance,
) -> Indicator:  # fmt: skip
    """Draw one indicator of a year; quantities take name, unit and size from `quantity`."""
    identity = f"KPI{number:02d}"
    if shape.key == "quantity":
        name, unit, low, high = quantity
        chosen = RESULTS if shape.rhythm == "months" else promised(curve)
        return Indicator(identity, shape, name, unit, chance.between(low, high), chosen)
    target = chance.between(shape.low, shape.high)
    return Indicator(identity, shape, shape.name, shape.unit, target, curve, finish)
