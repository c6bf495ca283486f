"""What stands beside the two monitors: earned value, extended monitoring, the project itself."""

from typing import Annotated

from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import (
    BasisPoints,
    BusinessDate,
    ControlMode,
    PriorityListKind,
    ProjectClass,
    ProjectState,
    SignedAmount,
)

PRIORITY_MAX = 2


class EarnedValue(Part):
    """Earned value and earned schedule of a year (ANSI/EIA-748 terms; earned-value in the docs).

    BAC is the adjusted budget, PV what should be spent, AC what is spent, EV budget × the weighted
    attainment of output quantity, timeliness and quality. What is divided by nothing (zero, or
    less) is null.
    """

    bac: SignedAmount
    """Budget at completion."""
    pv: SignedAmount
    """Planned value."""
    ev: SignedAmount
    """Earned value."""
    ac: SignedAmount
    """Actual cost."""
    cv: SignedAmount
    """EV − AC."""
    sv: SignedAmount
    """EV − PV."""
    cpi_bp: BasisPoints | None = None
    """EV ÷ AC; null unless something was spent."""
    spi_bp: BasisPoints | None = None
    """EV ÷ PV; leads to 1 at the year's end whatever happened, so ask spi_t_bp."""
    eac: SignedAmount | None = None
    """Estimate at completion, typical: BAC ÷ CPI; null where nothing is earned."""
    eac_atypical: SignedAmount
    """AC + (BAC − EV)."""
    eac_combined: SignedAmount | None = None
    """AC + (BAC − EV) ÷ (CPI × SPI)."""
    etc: SignedAmount | None = None
    """EAC − AC."""
    vac: SignedAmount | None = None
    """BAC − EAC."""
    tcpi_bp: BasisPoints | None = None
    """(BAC − EV) ÷ (BAC − AC): above 11000 rarely recovered; null where no budget is left."""
    es_bp: BasisPoints | None = None
    """Earned schedule, 1/10,000 of a month: when the plan (its twelve month ends, linear between
    them) had earned what is earned now. Where the plan stands still at that value, the time of it
    that is nearest to now: on plan is on time. Null before a month is over."""
    at_bp: BasisPoints
    """Actual time: completed months × 10,000."""
    sv_t_bp: BasisPoints | None = None
    """ES − AT."""
    spi_t_bp: BasisPoints | None = None
    """ES ÷ AT."""
    ieac_t_bp: BasisPoints | None = None
    """Planned duration (twelve months) ÷ SPI(t): months the year's work takes."""


class Extended(Part):
    """Extended monitoring 延伸监控 of a year at a date, counted (Art. 7, 8(3), 10)."""

    milestones: int = 0
    """Milestones 节点 planned or reported."""
    milestones_met: int = 0
    """Of them met."""
    milestones_overdue: int = 0
    """Of them planned for an earlier day and not met; met in part is not met."""
    progress_bp: BasisPoints | None = None
    """Latest physical progress 形象进度 that any milestone reported, by business date."""
    checks: int = 0
    """Checks recorded."""
    checks_failed: int = 0
    """Of them with something to put right."""
    problems_open: int = 0
    """Problems registered and not ended since: registered anew after its end, one is open again."""
    problems_serious: int = 0
    """Of them serious (Art. 14(2))."""
    problems_overdue: int = 0
    """Of them past their term 整改期限; on its last day they are not."""
    problems_amount: SignedAmount = 0
    """Money that open problems concern."""
    plan_changes: int = 0
    """Changes of the implementation plan."""
    assets: int = 0
    """Asset cards 资产卡片 of assets acquired."""
    dispositions: int = 0
    """Measures decided (Art. 14)."""
    disbursement_stopped: bool = False
    """Whether of the decisions about disbursing that are in effect the last stops it
    (Art. 14(2))."""


class ProjectStanding(Part):
    """What a project is at a date, and what bears on all its figures."""

    project_class: ProjectClass | None = None
    """Its class."""
    control_mode: ControlMode = ControlMode.ALLOTMENT
    """What limits its payments."""
    new_this_year: bool = False
    """Whether its first budget is this year's."""
    state: ProjectState = ProjectState.ACTIVE
    """State at the date."""
    state_since: BusinessDate | None = None
    """Day of its latest change of state."""
    priority: Annotated[tuple[PriorityListKind, ...], Field(max_length=PRIORITY_MAX)] = ()
    """Lists it stands on: the bureau's, its department's (domain-rules 19)."""
    frozen: bool = False
    """Its publisher has been silent too long: no execution alert is raised (domain-rules 17f)."""
    late_facts: int = 0
    """Facts of the year that came after the day they are dated had ended."""
    closed_version: int | None = None
    """Version of the year's closing that holds; null while it is open (domain-rules 5)."""
    facts_after_closing: bool = False
    """Whether facts of the year came after it: a new closing version is due."""
    targets_changed_on: BusinessDate | None = None
    """Last day by the date on which an indicator that an earlier day's fact had named was stated
    anew or withdrawn (Art. 10: the environment changed)."""
    targets_changed_for_cut: bool = False
    """Whether that is the first day with targets stated or withdrawn on or after the day of a cut
    on objective grounds: the pair that domain-rules 18 asks for."""
    unpaired_cut_on: BusinessDate | None = None
    """First day of a cut on objective grounds on or after which no target of the year was stated
    or withdrawn by the date (Art. 14(1), domain-rules 18: they come in pairs)."""
    unpaired_cut_working_days: int | None = None
    """Working days since, that day not counted, the as-of date counted."""
    carried_over_years: int = 0
    """How many fiscal years ago the oldest money was approved that is still carried over: 1 is
    last year's, 2 was unspent two years running (domain-rules 6). Registered carryovers above zero
    on lines whose carryover is more than what was recovered of them; 0: there is none."""
    reprojected: bool = False
    """The figures were made anew from the ledger; nothing new has happened."""
