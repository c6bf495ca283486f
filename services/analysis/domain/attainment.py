"""Monitor 2, targets: what is reached, what is due, and the light (domain-rules 12-15)."""

import datetime as dt
from collections.abc import Iterable
from typing import Final, NamedTuple

from contracts.events.analysis import INDICATORS_MAX, Attainment, IndicatorFigures
from contracts.vocabulary import (
    AttainmentState,
    Grade,
    IndicatorBehaviour,
    Light,
    ValueKind,
)
from services.analysis.domain.calendar import FiscalCalendar
from services.analysis.domain.judging import (
    GRADE_COMPLETION,
    GRADE_LIGHTS,
    completion,
    is_by_ratio,
    meets,
    numeric_light,
    ratio_of,
    worst,
)
from services.analysis.domain.numbers import EVERYTHING, NOTHING, Ratio, micro, micro_text
from services.analysis.domain.schedule import (
    NUMERIC,
    due_days,
    expectation,
    last_due,
    latest,
    meets_day,
    next_due,
    report_at,
)
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import Indicator, Report, TargetTerms
from services.analysis.domain.unchecked import unchecked
from services.analysis.domain.weights import Weight, weights

EFFECT: Final = (
    IndicatorBehaviour.PROGRESS,
    IndicatorBehaviour.TIMELINESS,
    IndicatorBehaviour.QUALITY,
)
"""What money can be compared with: never cost, satisfaction or outcome (domain-rules 15)."""

TRUE: Final = "1"


class Judgement(NamedTuple):
    """What target comparison says of one indicator at a date."""

    state: AttainmentState
    expected: str | None = None
    ratio_bp: int | None = None
    completion: Ratio | None = None
    """Only of a judged indicator."""
    met: bool | None = None
    light: Light | None = None


class Moment(NamedTuple):
    """One indicator at a date, ready to be judged."""

    terms: TargetTerms
    reports: list[Report]
    dues: list[int]
    calendar: FiscalCalendar
    as_of: int

    @property
    def due(self) -> bool:
        """Whether its first due day is reached."""
        return last_due(self.dues, self.as_of) is not None


def attainment(now: Snapshot) -> Attainment:
    """Return every indicator of the year at a date, and their roll-ups."""
    year, calendar, as_of = now.year, now.calendar, now.day
    known = [
        (name, Moment(terms, indicator.reports, due_days(terms, calendar), calendar, as_of))
        for name, indicator in sorted(year.indicators.items())
        if (terms := terms_at(indicator, as_of)) is not None
    ]
    figures = []
    judged: list[tuple[IndicatorBehaviour, int, Ratio]] = []
    shares = weights([moment.terms for _, moment in known])
    for (name, moment), weight in zip(known, shares, strict=True):
        terms, dues = moment.terms, moment.dues
        counted = report_at(terms, moment.reports, dues, as_of)
        judgement = judge(moment, counted)
        shown = counted or latest([r for r in moment.reports if r.day <= as_of])
        figures.append(_figures(name, moment, judgement, shown, weight))
        if judgement.completion is not None:
            judged.append((terms.behaviour, weight.scaled, judgement.completion))
    return unchecked(
        Attainment,
        indicators=tuple(figures[:INDICATORS_MAX]),
        judged=len(judged),
        attainment_rate_bp=weighted_bp((weight, part) for _, weight, part in judged),
        effect_rate_bp=weighted_bp(
            (weight, part) for kind, weight, part in judged if kind in EFFECT
        ),
        light=worst([figure.light for figure in figures]),
    )


def terms_at(indicator: Indicator, as_of: int) -> TargetTerms | None:
    """Return what an indicator promises at a date; None: not yet approved, or withdrawn."""
    found = None
    for version in indicator.versions:
        if version.day <= as_of:
            found = version.terms
    return found


def weighted_bp(parts: Iterable[tuple[int, Ratio]]) -> int | None:
    """Return the weighted mean of exact shares, rounded half up once; null without weight."""
    part, whole, weight = 0, 1, 0
    for scaled, share in parts:
        part = part * share.whole + scaled * share.part * whole
        whole *= share.whole
        weight += scaled
    return Ratio(part, whole * weight).bp() if weight else None


def judge(moment: Moment, report: Report | None) -> Judgement:
    """Compare the result that counts with the target (Art. 9).

    domain-rules 15: what is *un*measured before its first due date is not yet due; what is
    measured is judged, unless it is judged by a ratio and nothing is expected yet.
    """
    terms = moment.terms
    if report is None:
        state = AttainmentState.NOT_REPORTED if moment.due else AttainmentState.NOT_YET_DUE
        return Judgement(state, _expected_text(moment))
    if report.value is not None and terms.target is not None and terms.value_kind in NUMERIC:
        return _judge_number(moment, report.value, terms.target)
    if report.value is not None and terms.value_kind is ValueKind.BOOLEAN:
        met = micro(report.value) == micro(terms.target or TRUE)
        return _judge_fact(moment, met=met)
    if report.value_day is not None and terms.target_day is not None:
        return _judge_fact(moment, met=meets_day(terms, report.value_day))
    if report.grade is not None:
        return _judge_grade(report.grade)
    return Judgement(AttainmentState.NOT_JUDGEABLE, _expected_text(moment))


def _judge_number(moment: Moment, value: str, target: str) -> Judgement:
    terms = moment.terms
    actual, full = micro(value), micro(target)
    upper = micro(terms.target_upper) if terms.target_upper is not None else None
    met = meets(terms.direction, actual, full, upper)
    expected = expectation(terms, moment.dues, moment.calendar, moment.as_of)
    if expected is None:
        if is_by_ratio(terms, full):
            return Judgement(AttainmentState.NOT_YET_DUE, met=met)
        return Judgement(
            AttainmentState.JUDGED,
            completion=completion(terms, actual, full, upper),
            met=met,
            light=Light.GREEN if met else Light.RED,
        )
    ratio = ratio_of(terms, actual, expected)
    ratio_bp = ratio.bp() if ratio is not None else None
    return Judgement(
        AttainmentState.JUDGED,
        micro_text(expected.value, expected.whole),
        ratio_bp,
        completion(terms, actual, full, upper),
        met,
        numeric_light(terms, actual, expected, ratio_bp),
    )


def _judge_fact(moment: Moment, *, met: bool) -> Judgement:
    """A boolean or a date: it is met or not."""
    return Judgement(
        AttainmentState.JUDGED,
        _expected_text(moment),
        completion=EVERYTHING if met else NOTHING,
        met=met,
        light=Light.GREEN if met else Light.RED,
    )


def _judge_grade(grade: Grade) -> Judgement:
    met = grade is Grade.MET
    return Judgement(
        AttainmentState.JUDGED,
        completion=GRADE_COMPLETION[grade],
        met=met,
        light=GRADE_LIGHTS[grade],
    )


def _expected_text(moment: Moment) -> str | None:
    terms = moment.terms
    if terms.value_kind is ValueKind.BOOLEAN:
        return (terms.target or TRUE) if moment.due else None
    if terms.value_kind not in NUMERIC:
        return None
    expected = expectation(terms, moment.dues, moment.calendar, moment.as_of)
    return None if expected is None else micro_text(expected.value, expected.whole)


def _figures(
    name: str, moment: Moment, judgement: Judgement, report: Report | None, weight: Weight
) -> IndicatorFigures:
    terms = moment.terms
    upcoming = next_due(moment.dues, moment.as_of)
    return unchecked(
        IndicatorFigures,
        indicator=name,
        name=terms.name,
        level_1=terms.level_1,
        level_2=terms.level_2,
        behaviour=terms.behaviour,
        direction=terms.direction,
        unit=terms.unit,
        target_text=terms.target_text,
        target=terms.target,
        expected=judgement.expected,
        actual_text=report.value_text if report else None,
        actual=report.value if report else None,
        grade=report.grade if report else None,
        reported_on=dt.date.fromordinal(report.day) if report else None,
        next_due=dt.date.fromordinal(upcoming) if upcoming is not None else None,
        state=judgement.state,
        ratio_bp=judgement.ratio_bp,
        attainment_bp=judgement.completion.bp() if judgement.completion is not None else None,
        raw_attainment_bp=None,
        met=judgement.met,
        weight_bp=weight.bp,
        weight_is_default=weight.is_default,
        light=judgement.light,
    )
