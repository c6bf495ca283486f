"""Projects: what they are, what becomes of them (domain-rules 8)."""

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.envelope import Data, Subject
from contracts.events.intake.parts import Decision
from contracts.vocabulary import (
    BusinessDate,
    ControlMode,
    FiscalYear,
    Identifier,
    Name,
    PlanAspect,
    ProjectClass,
    StateChange,
    SuccessionKind,
    Text,
)

SUCCESSORS_MAX = 50


def _project(subject: str) -> str:
    if "/" not in subject:
        msg = "must be <jurisdiction>/<project code>"
        raise ValueError(msg)
    return subject


ProjectSubject = Annotated[Subject, AfterValidator(_project)]
"""A project's full name: `<jurisdiction>/<project code>`, the subject of its events."""


class ProjectRegistered(Data):
    """A project exists and has a lead unit (domain-rules 8)."""

    TYPE: ClassVar[str] = "project.registered"

    name: Name
    """项目名称 [pro_name]."""
    lead_unit: Identifier
    """The unit that answers for it [agency_code]."""
    department: Identifier
    """Competent department 主管部门 [dept_code]."""
    parent_project: Identifier | None = None
    """Code of the level-1 project it belongs to."""
    level: Annotated[int, Field(ge=1, le=4)] = 2
    """Level of the project (一级项目, 二级项目)."""
    project_class: ProjectClass | None = None
    """Class; null if not known [pro_cat_code]."""
    start_year: FiscalYear | None = None
    """First fiscal year [start_date]."""
    end_year: FiscalYear | None = None
    """Last fiscal year [end_date]."""
    new_this_year: bool = False
    """Whether its first budget is this fiscal year's (Art. 10)."""
    control_mode: ControlMode = ControlMode.ALLOTMENT
    """What limits its payments."""
    goal: Text = ""
    """年度总体目标, in words [kpi_target]."""


class ProjectAmended(Data):
    """Some of what a project was registered with changes from a day on; the rest stays."""

    TYPE: ClassVar[str] = "project.amended"

    name: Name | None = None
    """New 项目名称 [pro_name]; null: unchanged, as in all that follows."""
    lead_unit: Identifier | None = None
    """The unit that answers for it from then on [agency_code]."""
    department: Identifier | None = None
    """Its competent department from then on 主管部门 [dept_code]."""
    parent_project: Identifier | None = None
    """Code of the level-1 project it belongs to from then on."""
    project_class: ProjectClass | None = None
    """Its class [pro_cat_code]."""
    end_year: FiscalYear | None = None
    """Last fiscal year [end_date]."""
    control_mode: ControlMode | None = None
    """What limits its payments from then on."""
    goal: Text | None = None
    """年度总体目标, in words [kpi_target]."""
    reason: Text = ""
    """Ground, in words."""

    @model_validator(mode="after")
    def _amends(self) -> Self:
        stated = self.model_dump(exclude={"date", "reason"}, exclude_none=True)
        if not stated:
            msg = "an amendment names at least one field that changes"
            raise ValueError(msg)
        return self


class ProjectStateChanged(Data):
    """A project starts, is suspended (Art. 14(2)), goes on, is completed or given up."""

    TYPE: ClassVar[str] = "project_state.changed"

    change: StateChange
    """What happens, on the fact's date."""
    until: BusinessDate | None = None
    """Of a suspension: its last day, if known."""
    procurement_begun: bool | None = None
    """Of a suspension: whether procurement has begun, which then follows its own procedure
    (Art. 14(2): its payments are for review, not unlawful; domain-rules 18)."""
    ground: Text = ""
    """Why, in words."""
    decision: Decision | None = None
    """Who decided it, on what paper."""


class ProjectSucceeded(Data):
    """A project goes on as another or several others; amounts move only by budget facts.

    `subject` is the project that ends, `date` its last day.
    """

    TYPE: ClassVar[str] = "project.succeeded"

    kind: SuccessionKind
    """Split, merged or transferred."""
    successors: Annotated[
        tuple[ProjectSubject, ...], Field(min_length=1, max_length=SUCCESSORS_MAX)
    ]
    """Projects that go on with its work, `<jurisdiction>/<project code>` each."""
    decision: Decision | None = None
    """Who decided it, on what paper."""
    reason: Text = ""
    """Ground, in words."""

    @model_validator(mode="after")
    def _as_many_as_the_kind_says(self) -> Self:
        several = self.kind is SuccessionKind.SPLIT
        if len(set(self.successors)) != len(self.successors) or several != (
            len(self.successors) > 1
        ):
            msg = "split has two or more different successors, merged and transferred have one"
            raise ValueError(msg)
        return self


class ImplementationPlanChanged(Data):
    """How or when a project is carried out changes 实施计划调整 (Art. 8(3))."""

    TYPE: ClassVar[str] = "implementation_plan.changed"

    fiscal_year: FiscalYear
    """Year whose work is concerned."""
    aspect: PlanAspect
    """What changes."""
    summary: Annotated[Text, Field(min_length=1)]
    """The change, in words."""
    planned_end: BusinessDate | None = None
    """New planned end of the work, if that changes."""
    reason: Text = ""
    """Ground, in words."""
    decision: Decision | None = None
    """Who approved it, on what paper."""
