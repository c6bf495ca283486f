"""The second monitor, targets, as it is measured (Art. 8(1))."""

from typing import Annotated

from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import (
    AttainmentState,
    BasisPoints,
    BusinessDate,
    Code,
    DecimalText,
    Grade,
    Identifier,
    IndicatorBehaviour,
    IndicatorDirection,
    Light,
    Name,
    Possibility,
    Trend,
)

INDICATORS_MAX = 1_000


class IndicatorFigures(Part):
    """One indicator at a date (Art. 8(1))."""

    indicator: Identifier
    """Its id."""
    name: Name
    """三级指标."""
    level_1: Code
    """一级指标."""
    level_2: Code
    """二级指标."""
    behaviour: IndicatorBehaviour
    """How it is judged."""
    direction: IndicatorDirection
    """When it is met."""
    unit: Code | None = None
    """Unit of measure."""
    target_text: Name
    """Annual target as written."""
    target: DecimalText | None = None
    """Annual target as a number."""
    expected: DecimalText | None = None
    """What is expected at the date, of a boolean 1 or 0 (1 unless it is said otherwise); null where
    nothing is due, or it is neither number nor boolean. What falls due while the project stands
    still is not expected: neither a stage target nor a month's share (Art. 14(2)), unless the
    target was stated after that began."""
    actual_text: Name | None = None
    """Last result as written; null if none."""
    actual: DecimalText | None = None
    """Result at the date as a number."""
    grade: Grade | None = None
    """Grade of a qualitative result."""
    reported_on: BusinessDate | None = None
    """Date of the last result that counts."""
    next_due: BusinessDate | None = None
    """First due date after the date on which something will be expected, if any."""
    state: AttainmentState
    """Whether it can be judged."""
    ratio_bp: BasisPoints | None = None
    """actual ÷ expected; null where not applicable."""
    attainment_bp: BasisPoints | None = None
    """Degree of completion at the date, capped at 100 % for the roll-up."""
    raw_attainment_bp: BasisPoints | None = None
    """actual ÷ annual target as it is, below 0 or above 100 % too (domain-rules 15: shown); null
    where no ratio is meant: reverse, range and zero targets, no number, not judged."""
    met: bool | None = None
    """Whether the annual target is met by the last result."""
    weight_bp: BasisPoints
    """Weight before renormalising."""
    weight_is_default: bool
    """Whether the weight was given by domain-rules 15."""
    light: Light | None = None
    """Its light."""
    overdue_on: BusinessDate | None = None
    """Day from which the missing result is overdue: so many working days after the last due date
    reached (domain-rules 16); null while none is missing. One is missing if no result names that
    due date, stands for a day of the period that ends with it (per period: naming no other) or,
    unless per period, for a later day. Due dates while the project stands still do not count."""
    trend: Trend | None = None
    """Where its results are heading; null where it is no number. Steady if the slope changes it
    by less than 1 % of the target from the date to the year's end. Results of fewer than three
    days are not enough data; of one day the last entry's is the day's, the latest 200 days count.
    """
    slope: DecimalText | None = None
    """Median change of the result per 30 days (Theil-Sen), half up to 6 places."""
    forecast: DecimalText | None = None
    """Result foreseen for the last due date within the year, without one for the year's end: the
    last result + slope × the days from its day till then (cumulative: not below the last result);
    per period and once the median of the results. Null where nothing can be said."""
    probability_bp: BasisPoints | None = None
    """How likely the annual target is met: share of the pairwise slopes that lead there as the
    forecast does (per period and once: share of the results that meet it); 10000 where it is met
    and cannot be unmet (cumulative, at least), however few results there are; null where nothing
    can be said."""
    possibility: Possibility | None = None
    """完成目标可能性 that follows: from 80 % certain, below 20 % impossible. A proposal: the unit
    declares (domain-rules 20)."""


class Attainment(Part):
    """The second monitor: targets (Art. 8(1))."""

    indicators: Annotated[tuple[IndicatorFigures, ...], Field(max_length=INDICATORS_MAX)]
    """Every indicator of the year."""
    judged: int
    """How many are judged at the date."""
    attainment_rate_bp: BasisPoints | None = None
    """Weighted attainment of the judged ones; null when none is."""
    effect_rate_bp: BasisPoints | None = None
    """The same over output quantity, timeliness and quality alone (domain-rules 15)."""
    light: Light | None = None
    """Worst light of the judged indicators."""
