"""Target comparison of one indicator at a date (Art. 9, domain-rules 12-15)."""

from typing import Final, NamedTuple

from contracts.vocabulary import AttainmentState, Grade, Light, ValueKind
from services.analysis.domain.attainment.judging import (
    GRADE_COMPLETION,
    GRADE_LIGHTS,
    completion,
    is_by_ratio,
    meets,
    numeric_light,
    ratio_of,
    raw_completion,
)
from services.analysis.domain.attainment.schedule import (
    NO_PAUSE,
    NUMERIC,
    Expectation,
    Pause,
    expectation,
    last_due,
    meets_day,
    promised_days,
)
from services.analysis.domain.calendar import FiscalCalendar
from services.analysis.domain.numbers import EVERYTHING, NOTHING, Ratio, micro, micro_text
from services.analysis.domain.state import Report, TargetTerms

TRUE: Final = "1"


class Judgement(NamedTuple):
    """What target comparison says of one indicator at a date."""

    state: AttainmentState
    expected: str | None = None
    ratio_bp: int | None = None
    completion: Ratio | None = None
    """Only of a judged indicator."""
    raw_bp: int | None = None
    """The same, not held within 0…1."""
    met: bool | None = None
    light: Light | None = None


class Moment(NamedTuple):
    """One indicator at a date, ready to be judged."""

    terms: TargetTerms
    reports: list[Report]
    dues: list[int]
    calendar: FiscalCalendar
    as_of: int
    pause: Pause = NO_PAUSE

    @property
    def due(self) -> bool:
        """Whether its first due day is reached."""
        return last_due(self.dues, self.as_of, self.pause) is not None

    @property
    def promised(self) -> bool:
        """Whether a day is reached on which the whole target is promised."""
        dues = promised_days(self.terms, self.dues)
        return last_due(dues, self.as_of, self.pause) is not None

    @property
    def expected(self) -> Expectation | None:
        """What a number has to be at the date; None where nothing is due yet."""
        return expectation(self.terms, self.dues, self.calendar, self.as_of, self.pause)


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
        return _judge_grade(moment, report.grade)
    return Judgement(AttainmentState.NOT_JUDGEABLE, _expected_text(moment))


def _judge_number(moment: Moment, value: str, target: str) -> Judgement:
    terms = moment.terms
    actual, full = micro(value), micro(target)
    upper = micro(terms.target_upper) if terms.target_upper is not None else None
    met = meets(terms.direction, actual, full, upper)
    raw = raw_completion(terms, actual, full)
    raw_bp = raw.bp() if raw is not None else None
    expected = moment.expected
    if expected is None:
        if is_by_ratio(terms, full):
            return Judgement(AttainmentState.NOT_YET_DUE, met=met)
        return Judgement(
            AttainmentState.JUDGED,
            completion=completion(terms, actual, full, upper),
            raw_bp=raw_bp,
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
        raw_bp,
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


def _judge_grade(moment: Moment, grade: Grade) -> Judgement:
    met = grade is Grade.MET
    return Judgement(
        AttainmentState.JUDGED,
        _expected_text(moment),
        completion=GRADE_COMPLETION[grade],
        met=met,
        light=GRADE_LIGHTS[grade],
    )


def _expected_text(moment: Moment) -> str | None:
    terms = moment.terms
    if terms.value_kind is ValueKind.BOOLEAN:
        return (terms.target or TRUE) if moment.promised else None
    if terms.value_kind not in NUMERIC:
        return None
    expected = moment.expected
    return None if expected is None else micro_text(expected.value, expected.whole)
