"""A department's monitoring report (附件2; Art. 12(4)): figures from its forms, text from people.

Pure: `DepartmentFold` takes forms one by one and keeps sums and bounded lists; `assemble_report`
makes the report of it. Reports are frozen as JSON by a TypeAdapter of `DepartmentReport`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from services.reporting.domain.campaign import Campaign
from services.reporting.domain.completeness import Known, completeness_of
from services.reporting.domain.correcting import (
    ALERTS_MAX,
    DISPOSITIONS_MAX,
    AlertLine,
    AlertWork,
    DispositionLine,
    correction_row,
    work_of,
)
from services.reporting.domain.filed import Filed
from services.reporting.domain.form import Names, Provenance, period_label
from services.reporting.domain.labels import FINDINGS
from services.reporting.domain.narrative import narrated
from services.reporting.domain.outline import DEFAULT_OUTLINE, Outline
from services.reporting.domain.report_data import Cause, DepartmentReport, SuggestedRow
from services.reporting.domain.results import (
    SUGGESTIONS,
    Suggestion,
    SuggestionKind,
    suggestions_of,
)
from services.reporting.domain.rows import (
    FormLine,
    account_rows,
    counted,
    filing_row,
    form_line,
    group_rows,
    kind_rows,
    money_row,
)
from services.reporting.domain.tally import Tally

FORM_LINES_MAX: Final = 2_000
"""Most forms listed in the appendix; the sums are of all."""
SUGGESTIONS_MAX: Final = 1_000
CAUSES_MAX: Final = 200
"""Most causes quoted in words."""


@dataclass(slots=True)
class DepartmentFold:
    """Takes a department's forms one by one."""

    names: Names
    tally: Tally = field(default_factory=Tally)
    forms: list[FormLine] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    suggested: dict[SuggestionKind, list[int]] = field(default_factory=dict)
    """Suggestion → how many, and how much money they concern, fen."""
    lines_max: int = FORM_LINES_MAX
    """Most forms, causes and suggestions kept one by one; sums and counts are of all."""
    left_out: int = 0

    def add(self, filed: Filed) -> None:
        """Add a form."""
        self.tally.add(filed)
        self.note(filed)

    def note(self, filed: Filed) -> None:
        """Keep what is listed of a form, and count what is suggested; its sums are not added."""
        if len(self.forms) < self.lines_max:
            self.forms.append(form_line(filed, self.names.by_code))
        else:
            self.left_out += 1
        room = min(CAUSES_MAX, self.lines_max) - len(self.causes)
        self.causes += _causes(filed)[: max(room, 0)]
        found = suggestions_of(filed)
        for one in found:
            sums = self.suggested.setdefault(one.kind, [0, 0])
            sums[0] += 1
            sums[1] += one.amount or 0
        room = min(SUGGESTIONS_MAX, self.lines_max) - len(self.suggestions)
        self.suggestions += found[: max(room, 0)]


def _causes(filed: Filed) -> list[Cause]:
    form, found = filed.form, list[Cause]()
    stated = form.execution_cause
    if stated.reason:
        found.append(
            Cause(
                filed.project,
                form.project_name,
                None,
                tuple(area.value for area in stated.areas),
                stated.reason_type.value if stated.reason_type else None,
                stated.reason,
                stated.measure,
            )
        )
    found.extend(
        Cause(
            filed.project,
            form.project_name,
            row.level_3,
            tuple(area.value for area in row.areas),
            row.reason_type.value if row.reason_type else None,
            row.reason,
            row.measure,
        )
        for row in form.indicators
        if row.reason
    )
    return found


@dataclass(frozen=True)
class Beside:
    """What stands beside the forms: alerts, dispositions, completeness, what people wrote."""

    alerts: Sequence[AlertLine] = ()
    alerts_left_out: int = 0
    work: AlertWork | None = None
    """How all alerts were worked on; null: those listed are all."""
    dispositions: Sequence[DispositionLine] = ()
    known: Known = field(default_factory=lambda: Known({}))
    sections: Mapping[str, str] = field(default_factory=dict)
    """Narrative that people wrote, by section key."""
    contact: tuple[str, str, str, dt.date | None] = ("", "", "", None)
    """填报人, 联系电话, 负责人, 填报日期."""


def assemble_report(
    campaign: Campaign,
    department: str,
    fold: DepartmentFold,
    beside: Beside,
    *,
    issued_on: dt.date,
    release: str,
    provenance: Provenance,
    outline: Outline = DEFAULT_OUTLINE,
) -> DepartmentReport:
    """Make a department's report of its forms; every figure is theirs, to the fen.

    Sections that people did not write follow from the figures.
    """
    found = _figures(campaign, department, fold, beside, issued_on)
    who, phone, head, day = beside.contact
    told = replace(
        found,
        causes=tuple(fold.causes),
        forms=tuple(fold.forms),
        forms_left_out=fold.left_out,
        alerts=tuple(beside.alerts[:ALERTS_MAX]),
        alerts_left_out=beside.alerts_left_out,
        dispositions=tuple(beside.dispositions[:DISPOSITIONS_MAX]),
        suggestions=tuple(fold.suggestions),
        suggested=tuple(
            SuggestedRow(kind, SUGGESTIONS[kind], *fold.suggested[kind])
            for kind in SuggestionKind
            if kind in fold.suggested
        ),
        template=outline.id,
        release=release,
        provenance=provenance,
        filled_by=who,
        phone=phone,
        head=head,
        filled_on=day,
    )
    return replace(told, sections=narrated(told, outline, beside.sections))


def _figures(
    campaign: Campaign, department: str, fold: DepartmentFold, beside: Beside, issued_on: dt.date
) -> DepartmentReport:
    """Make the part that is reckoned; nothing is listed yet."""
    tally, names = fold.tally, fold.names
    return DepartmentReport(
        jurisdiction=campaign.jurisdiction,
        department=department,
        department_name=names.of(department),
        campaign_name=campaign.name,
        fiscal_year=campaign.fiscal_year,
        period=period_label(campaign.period_from, campaign.cut_off),
        as_of=campaign.cut_off,
        currency=names.currency,
        filing=filing_row(tally),
        total=money_row("total", "合计", tally.money, whole=True),
        accounts=account_rows(tally),
        functions=group_rows(tally.functions, {}),
        units=group_rows(tally.units, names.by_code),
        kinds=kind_rows(tally),
        mean_bp=tally.mean_bp,
        lights=counted(tally.lights),
        execution_lights=counted(tally.execution_lights),
        attainment_lights=counted(tally.attainment_lights),
        quadrants=counted(tally.quadrants),
        areas=counted(tally.areas),
        reasons=counted(tally.reasons),
        possibilities=counted(tally.possibilities(declared=True)),
        foreseen_possibilities=counted(tally.possibilities(declared=False)),
        findings={
            kind.value: tally.findings[kind.value]
            for kind in FINDINGS
            if tally.findings[kind.value]
        },
        problems_open=tally.problems_open,
        problems_serious=tally.problems_serious,
        problems_overdue=tally.problems_overdue,
        problems_amount=tally.problems_amount,
        correction=correction_row(beside.work or work_of(beside.alerts, issued_on)),
        causes=(), forms=(), forms_left_out=0, alerts=(), alerts_left_out=0,
        dispositions=(), suggestions=(), suggested=(), sections=(),
        completeness=completeness_of(
            tally, beside.known, cut_off=campaign.cut_off, issued_on=issued_on
        ),
        cut=campaign.cut or "", template="", release="", provenance=Provenance(),
    )  # fmt: skip
