"""What of a project's promises is reached: indicators and milestones (Art. 8(1), 8(3))."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from contracts.envelope import Data
from contracts.events.evidence import EvidenceFiles
from contracts.events.intake.parts import ORDINAL_MAX
from contracts.vocabulary import (
    BusinessDate,
    Code,
    DecimalText,
    ExtendedTopic,
    FiscalYear,
    Grade,
    Identifier,
    MilestoneState,
    Name,
    Text,
)

PROGRESS_MAX_BP = 10_000
WITHDRAWN_MAX = 200
"""Most results that one fact takes back."""


class TargetProgressReported(Data):
    """What an indicator has reached by a date, with the files that prove it.

    Second version of `target_progress.reported` [PAY_PERF_MONITOR_INFO perf_comp, evidence].
    `date` is the day the value stands for. For accumulation `cumulative` the value is the total
    since the year began; for `per_period` that period's own value.
    """

    TYPE: ClassVar[str] = "target_progress.reported"
    VERSION: ClassVar[int] = 2

    fiscal_year: FiscalYear
    """Year of the target [fiscal_year(4)]."""
    indicator: Identifier
    """Indicator id [kpi_id]."""
    value_text: Name
    """The result as written [perf_comp]."""
    value: DecimalText | None = None
    """The result as a number, in the indicator's unit (a boolean: 1 or 0); null: no number."""
    value_date: BusinessDate | None = None
    """The result as a date, for targets of value kind `date`."""
    grade: Grade | None = None
    """Human grade of a qualitative result."""
    due: BusinessDate | None = None
    """The due date it answers, if it was asked for [period]."""
    source_kind: Code | None = None
    """Where it comes from (`unit_form`, an IATI file …)."""
    note: Text = ""
    """Explanation given with it [ana_dev_reasons]."""
    evidence: EvidenceFiles = ()
    """Files that prove it [evidence]; needed where the target says so (domain-rules 22)."""


class TargetProgressWithdrawn(Data):
    """Results of an indicator are taken back 撤回: from `date` on they say nothing any more.

    What had been stated of the same day before them stands again; without that the indicator has
    no result. The entries themselves stay in the ledger as they were stated.
    """

    TYPE: ClassVar[str] = "target_progress.withdrawn"

    fiscal_year: FiscalYear
    """Year of the target [fiscal_year(4)]."""
    indicator: Identifier
    """Indicator id [kpi_id]."""
    entries: Annotated[
        tuple[Annotated[int, Field(strict=True, ge=1, le=ORDINAL_MAX)], ...],
        Field(min_length=1, max_length=WITHDRAWN_MAX),
    ]
    """The results: `sequence` of each in this project's stream, as the verdict and the ledger say
    it. An entry that is no result of this indicator is passed over."""
    source_kind: Code | None = None
    """Who takes them back (`unit_form`: the form on which they were typed was cleared)."""
    reason: Annotated[Text, Field(min_length=1)]
    """Ground, in words."""


class MilestoneReported(Data):
    """How far a milestone of a project's work is 节点 (Art. 8(3): extended monitoring)."""

    TYPE: ClassVar[str] = "milestone.reported"

    fiscal_year: FiscalYear
    """Year in which it is planned."""
    milestone: Identifier
    """Its id; the same id in a later fact replaces what was said."""
    name: Name
    """What is to be reached, for people [OCDS milestones/title]."""
    state: MilestoneState
    """How far it is on the fact's date [OCDS milestones/status]."""
    topic: ExtendedTopic | None = None
    """What of Art. 8(3) it belongs to."""
    planned_on: BusinessDate | None = None
    """When it was to be reached [OCDS milestones/dueDate]."""
    met_on: BusinessDate | None = None
    """When it was reached [OCDS milestones/dateMet]; exactly if its state is met."""
    progress_bp: Annotated[int, Field(strict=True, ge=0, le=PROGRESS_MAX_BP)] | None = None
    """Physical progress 形象进度 in basis points of the whole (5000 = 50 %)."""
    contract: Identifier | None = None
    """Contract it belongs to [contract_no]."""
    note: Text = ""
    """Explanation, in words."""
    evidence: EvidenceFiles = ()
    """Files that prove it, such as the acceptance report 验收报告."""

    @model_validator(mode="after")
    def _met_has_its_day(self) -> Self:
        if (self.state is MilestoneState.MET) != (self.met_on is not None):
            msg = "met_on is given exactly when state is met"
            raise ValueError(msg)
        return self
