"""IATI results: what an indicator promises becomes targets, what it reached becomes progress."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.events import intake as facts
from contracts.vocabulary import (
    Accumulation,
    IndicatorBehaviour,
    IndicatorDirection,
    ValueKind,
)
from services.intake.files.activity import Activity, Span, read_span
from services.intake.files.ids import SHORT_ID_BYTES, digest
from services.intake.files.values import canonical_number, decimal_text, one_line, plain_text
from services.intake.files.xml import Element, attribute, first_words

OUTPUT: Final = "1"
"""IATI result type 1 (output); 2 outcome, 3 impact, 9 other are all judged as outcomes."""
PERCENTAGE: Final = "2"
"""IATI indicator measure 2."""
REVERSE: Final = frozenset({"0", "false"})
"""@ascending: the lower the better."""

LEVELS: Final = {
    IndicatorBehaviour.PROGRESS: ("产出指标", "数量指标"),
    IndicatorBehaviour.OUTCOME: ("效益指标", "社会效益指标"),
}
"""Level 1 and 2 of the form's tree (annex 1); IATI has no finer division."""

SOURCE_KIND: Final = "iati"


@dataclass(frozen=True, slots=True)
class Value:
    """A target or an actual: as written, and as a number where it is one."""

    text: str
    number: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Period:
    """One period of an indicator."""

    span: Span
    target: Value | None
    actual: Value | None


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator of a result, with its periods in file order."""

    indicator_id: str
    name: str
    behaviour: IndicatorBehaviour
    direction: IndicatorDirection
    unit: str | None
    periods: tuple[Period, ...]


def map_result(activity: Activity, element: Element) -> Iterator[bytes]:
    """Map one result: per indicator its targets by fiscal year, then its progress."""
    for found in element.findall("indicator"):
        indicator = _read_indicator(activity, element, found)
        yield from _targets(activity, indicator)
        for period in indicator.periods:
            if period.actual:
                yield _progress(activity, indicator, period, period.actual)


def _read_indicator(activity: Activity, result: Element, element: Element) -> Indicator:
    is_output = attribute(result, "type") == OUTPUT
    reverse = (attribute(element, "ascending") or "").lower() in REVERSE
    title = one_line(first_words(element, "title"))
    result_title = one_line(first_words(result, "title"))
    return Indicator(
        # Files give indicators no id: the titles are what stays from release to release.
        indicator_id=digest(activity.row("indicator", [result_title, title]), SHORT_ID_BYTES),
        name=title or result_title or "—",
        behaviour=IndicatorBehaviour.PROGRESS if is_output else IndicatorBehaviour.OUTCOME,
        direction=IndicatorDirection.AT_MOST if reverse else IndicatorDirection.AT_LEAST,
        unit="%" if attribute(element, "measure") == PERCENTAGE else None,
        periods=tuple(
            Period(read_span(period), _value(period, "target"), _value(period, "actual"))
            for period in element.findall("period")
        ),
    )


def _value(period: Element, name: str) -> Value | None:
    """Read target or actual; of several, the one that is not split by dimension or place."""
    whole = [
        found
        for found in period.findall(name)
        if found.find("dimension") is None and found.find("location") is None
    ]
    for element in whole or period.findall(name):
        written = attribute(element, "value") or ""
        comment = first_words(element, "comment")
        if text := one_line(written or comment):
            return Value(text, decimal_text(written), plain_text(comment))
    return None


def _targets(activity: Activity, indicator: Indicator) -> Iterator[bytes]:
    years: dict[int, list[Period]] = defaultdict(list)
    for period in indicator.periods:
        start, end = period.span.start.date, period.span.end.date
        if not period.target:
            continue
        if start and end:
            years[activity.calendar.year_with_most_days(start, end)].append(period)
        else:
            year = activity.fiscal_year(period.span.start, period.span.end)
            yield _approved(activity, indicator, year, [period])
    for number, periods in sorted(years.items()):
        # Sorting is stable: of two periods that end on one day the later in the file counts.
        yield _approved(activity, indicator, number, sorted(periods, key=_end))


def _end(period: Period) -> str:
    return period.span.end.wire


def _approved(
    activity: Activity, indicator: Indicator, year: int | None, periods: Sequence[Period]
) -> bytes:
    by_end = {period.span.end.wire: period.target for period in periods if period.target}
    annual = list(by_end.values())[-1]
    level_1, level_2 = LEVELS[indicator.behaviour]
    stages = [{"due": due, "value": value.number} for due, value in by_end.items() if value.number]
    target: dict[str, Any] = {
        "indicator": indicator.indicator_id,
        "name": indicator.name,
        "level_1": level_1,
        "level_2": level_2,
        "behaviour": indicator.behaviour,
        "direction": indicator.direction,
        # Text stays text and waits for a person's grade (domain-rules 14).
        "value_kind": ValueKind.NUMBER if annual.number else ValueKind.TEXT,
        "accumulation": Accumulation.POINT_IN_TIME,
        "target_text": annual.text,
        **({"target": annual.number} if annual.number else {}),
        **({"unit": indicator.unit} if indicator.unit else {}),
        "due": list(by_end),
        **({"stages": stages} if len(by_end) > 1 and annual.number else {}),
    }
    first = min(period.span.start.wire for period in periods)
    content = activity.row(
        "target",
        [
            indicator.indicator_id,
            *(
                [*period.span.content, canonical_number(period.target.text)]
                for period in periods
                if period.target
            ),
        ],
    )
    data = {"date": first, "fiscal_year": year, "targets": [target]}
    return activity.write(facts.TargetsApproved.event_type(), content, data)


def _progress(activity: Activity, indicator: Indicator, period: Period, actual: Value) -> bytes:
    start, end = period.span.start, period.span.end
    year: int | str | None
    if start.date and end.date:
        year = activity.calendar.year_with_most_days(start.date, end.date)
    else:
        # Which year it answers for cannot be told: intake is to refuse it, not to guess.
        year = activity.fiscal_year(start) or start.raw
    said = [canonical_number(actual.text), actual.note]
    content = activity.row("actual", [indicator.indicator_id, *period.span.content, *said])
    data = {
        "date": end.wire,
        "fiscal_year": year,
        "indicator": indicator.indicator_id,
        "value_text": actual.text,
        "value": actual.number,
        "due": end.wire,
        "source_kind": SOURCE_KIND,
        "note": actual.note or None,
    }
    # Version 1, for ever: the same file sent again must stay the same events, all duplicates.
    return activity.write(facts.TargetProgressReportedV1.event_type(), content, data)
