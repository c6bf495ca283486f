"""Monitor 2, targets: what is reached, what is due, and the light (domain-rules 12-15)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from contracts.events.analysis import INDICATORS_MAX, Attainment, IndicatorFigures
from contracts.vocabulary import IndicatorBehaviour
from services.analysis.domain.attainment.comparing import Judgement, Moment, judge
from services.analysis.domain.attainment.judging import worst
from services.analysis.domain.attainment.outlook import outlook
from services.analysis.domain.attainment.schedule import (
    Pause,
    asked_days,
    due_days,
    held_at,
    latest,
    missing_due,
    next_due,
    report_at,
)
from services.analysis.domain.attainment.weights import Weight, weights
from services.analysis.domain.calendar import add_working_days
from services.analysis.domain.measures import cut_offs_at
from services.analysis.domain.numbers import Ratio
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.standing import Span, stopped
from services.analysis.domain.state import Indicator, Report, TargetVersion
from services.analysis.domain.unchecked import unchecked

EFFECT: Final = (
    IndicatorBehaviour.PROGRESS,
    IndicatorBehaviour.TIMELINESS,
    IndicatorBehaviour.QUALITY,
)
"""What money can be compared with: never cost, satisfaction or outcome (domain-rules 15)."""


def attainment(now: Snapshot) -> Attainment:
    """Return every indicator of the year at a date, and their roll-ups.

    The exact effect rate is left in the snapshot: earned value takes it from there.
    """
    known = _moments(now)
    figures = []
    judged: list[tuple[IndicatorBehaviour, int, Ratio]] = []
    shares = weights([moment.terms for _, moment in known])
    for (name, moment), weight in zip(known, shares, strict=True):
        terms = moment.terms
        counted = report_at(terms, moment.reports, moment.dues, now.day, moment.pause)
        judgement = judge(moment, counted)
        figures.append(_figures(now, name, moment, judgement, counted or _last(moment), weight))
        if judgement.completion is not None:
            judged.append((terms.behaviour, weight.scaled, judgement.completion))
    whole = weighted((weight, part) for _, weight, part in judged)
    now.effect = weighted((weight, part) for kind, weight, part in judged if kind in EFFECT)
    return unchecked(
        Attainment,
        indicators=tuple(figures[:INDICATORS_MAX]),
        judged=len(judged),
        attainment_rate_bp=whole.bp() if whole else None,
        effect_rate_bp=now.effect.bp() if now.effect else None,
        light=worst([figure.light for figure in figures]),
    )


def _moments(now: Snapshot) -> list[tuple[str, Moment]]:
    """Every indicator that promises something at the date, by id."""
    spans = stopped(now.head, known_by=now.day) if now.head.may_stand_still else ()
    asked = _asked(now)
    return [
        (name, moment)
        for name, indicator in sorted(now.year.indicators.items())
        if (moment := _moment(now, indicator, spans, asked)) is not None
    ]


def _asked(now: Snapshot) -> list[int]:
    """Ordinals of the jurisdiction's cut-offs; most have none."""
    if not now.parameters.monitoring_cut_offs:
        return []
    return asked_days(now.calendar, cut_offs_at(now.jurisdiction, now.day))


def _moment(
    now: Snapshot, indicator: Indicator, spans: Sequence[Span], asked: Sequence[int]
) -> Moment | None:
    version = version_at(indicator, now.day)
    if version is None or version.terms is None:
        return None
    terms, pause = version.terms, Pause(spans, version.day)
    dues = due_days(terms, now.calendar, asked, _promised_from(indicator) if asked else 0)
    return Moment(terms, held_at(indicator.reports, now.day), dues, now.calendar, now.day, pause)


def _promised_from(indicator: Indicator) -> int:
    """Ordinal of the day on which something was first promised."""
    return next(version.day for version in indicator.versions if version.terms is not None)


def _last(moment: Moment) -> Report | None:
    return latest([report for report in moment.reports if report.day <= moment.as_of])


def shown_result(now: Snapshot, name: str) -> Report | None:
    """Return the result that is shown of an indicator: the one that counts, else the last.

    KeyError if it promises nothing at the date.
    """
    spans = stopped(now.head, known_by=now.day)
    moment = _moment(now, now.year.indicators[name], spans, _asked(now))
    if moment is None:
        raise KeyError(name)
    counted = report_at(moment.terms, moment.reports, moment.dues, moment.as_of, moment.pause)
    return counted or _last(moment)


def version_at(indicator: Indicator, as_of: int) -> TargetVersion | None:
    """Return what was stated last of an indicator by a date; None: not yet approved."""
    found = None
    for version in indicator.versions:
        if version.day <= as_of:
            found = version
    return found


def weighted(parts: Iterable[tuple[int, Ratio]]) -> Ratio | None:
    """Return the weighted mean of exact shares, exactly; None without weight."""
    part, whole, weight = 0, 1, 0
    for scaled, share in parts:
        part = part * share.whole + scaled * share.part * whole
        whole *= share.whole
        weight += scaled
    return Ratio(part, whole * weight) if weight else None


def _figures(
    now: Snapshot,
    name: str,
    moment: Moment,
    judgement: Judgement,
    report: Report | None,
    weight: Weight,
) -> IndicatorFigures:
    terms, dues = moment.terms, moment.dues
    upcoming = next_due(dues, moment.as_of, moment.pause)
    ahead = outlook(terms, moment.reports, dues, moment.calendar, moment.as_of)
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
        raw_attainment_bp=judgement.raw_bp,
        met=judgement.met,
        weight_bp=weight.bp,
        weight_is_default=weight.is_default,
        light=judgement.light,
        overdue_on=_overdue_on(now, moment),
        trend=ahead.trend,
        slope=ahead.slope,
        forecast=ahead.forecast,
        probability_bp=ahead.probability_bp,
        possibility=ahead.possibility,
    )


def _overdue_on(now: Snapshot, moment: Moment) -> dt.date | None:
    """Return the day from which the missing result is overdue (domain-rules 16)."""
    due = missing_due(moment.terms, moment.reports, moment.dues, moment.as_of, moment.pause)
    if due is None:
        return None
    days = now.parameters.overdue_working_days
    return add_working_days(now.jurisdiction, dt.date.fromordinal(due), days)
