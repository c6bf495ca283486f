"""The bureau's summary and analysis of a campaign (Art. 15; domain-rules 24).

Forms are taken one by one: what is kept is one tally per department and the gravest risks, so that
memory grows with departments, units and classes, never with projects.
"""

import datetime as dt
import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.vocabulary import FindingNature, Light, PaperState, SignedAmount
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.completeness import Known
from services.reporting.domain.correcting import AlertWork, CorrectionRow, correction_row
from services.reporting.domain.department_report import Beside, DepartmentFold, assemble_report
from services.reporting.domain.filed import Filed
from services.reporting.domain.form import Names, Provenance
from services.reporting.domain.labels import FINDINGS, NO_LIGHT
from services.reporting.domain.monitoring_work import ReportStanding, WorkRow, work_row
from services.reporting.domain.outline import Heading, Outline
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.domain.rows import (
    FilingRow,
    MoneyRow,
    account_rows,
    counted,
    filing_row,
    group_rows,
    money_row,
)
from services.reporting.domain.tally import Tally

RISKS_MAX: Final = 200
"""Most projects in the ranking of risks."""
DEPARTMENTS_MAX: Final = 5_000
NO_DEPARTMENT: Final = ""
SUMMARY_TEMPLATE: Final = "summary-city-1"
OUTLINE: Final = Outline(
    SUMMARY_TEMPLATE,
    "预算绩效运行监控汇总分析报告",
    (
        Heading("organisation", "一、监控工作开展情况", ("filing",)),
        Heading("execution", "二、预算资金执行情况", ("money", "functions")),
        Heading("departments", "三、分部门情况", ("departments",)),
        Heading("attainment", "四、绩效目标完成情况及趋势", ("attainment", "lights")),
        Heading("causes", "五、偏差原因分析", ("causes",)),
        Heading("problems", "六、风险研判", ("problems", "risks")),
        Heading("measures", "七、整改督促情况", ("correction", "work")),
        Heading("others", "八、结果应用建议及数据说明", ("suggestions", "completeness")),
    ),
)
"""Art. 15: review, analyse, judge risks, urge."""
_GRAVITY: Final = {Light.RED: 3, Light.YELLOW: 2, Light.GREEN: 1, Light.BLUE: 0, None: 0}


@dataclass(frozen=True)
class RiskLine:
    """A project in the ranking of risks, gravest first."""

    rank: int
    project: str
    project_name: str | None
    department: str | None
    department_name: str | None
    light: Light | None
    execution_light: Light | None
    attainment_light: Light | None
    adjusted: SignedAmount
    spent: SignedAmount
    balance: SignedAmount
    """What is still unspent: the money at stake."""
    rate_bp: int | None
    attainment_bp: int | None
    findings: tuple[str, ...]
    problems_open: int
    problems_serious: int
    state: PaperState


@dataclass(frozen=True)
class DepartmentRow:
    """A department in the summary."""

    department: str
    department_name: str | None
    money: MoneyRow
    accounts: tuple[MoneyRow, ...]
    functions: tuple[MoneyRow, ...]
    filing: FilingRow
    mean_bp: int | None
    lights: dict[str, int]
    findings: int
    problems_open: int
    correction: CorrectionRow


@dataclass(frozen=True)
class CitySummary:
    """A campaign added up: the whole, by department, the gravest risks."""

    whole: DepartmentReport
    """All forms together, as a report of no department."""
    departments: tuple[DepartmentRow, ...]
    work: tuple[WorkRow, ...]
    risks: tuple[RiskLine, ...]

    @property
    def provenance(self) -> Provenance:
        """What it rests on, with its code."""
        return self.whole.provenance

    @property
    def cut(self) -> str:
        """Cut of its money."""
        return self.whole.cut

    @property
    def template(self) -> str:
        """Id of its outline."""
        return self.whole.template

    @property
    def release(self) -> str:
        """Release that made it."""
        return self.whole.release


@dataclass(slots=True)
class CityFold:
    """Takes the forms of a campaign one by one."""

    names: Names
    whole: DepartmentFold = field(init=False)
    departments: dict[str, Tally] = field(default_factory=dict)
    _risks: list[tuple[tuple[int, int, int, int, str], Filed]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep no form one by one."""
        self.whole = DepartmentFold(self.names, lines_max=0)

    def add(self, filed: Filed) -> None:
        """Add a form."""
        self.whole.note(filed)
        code = filed.department or NO_DEPARTMENT
        if code not in self.departments and len(self.departments) >= DEPARTMENTS_MAX:
            code = NO_DEPARTMENT
        self.departments.setdefault(code, Tally()).add(filed)
        item = (_gravity(filed), filed)
        if len(self._risks) < RISKS_MAX:
            heapq.heappush(self._risks, item)
        else:
            heapq.heappushpop(self._risks, item)

    def together(self) -> DepartmentFold:
        """Give all departments as one: the city is their sum."""
        whole = Tally()
        for tally in self.departments.values():
            whole.merge(tally)
        return replace(self.whole, tally=whole)

    def risks(self) -> tuple[RiskLine, ...]:
        """Rank the gravest; those without any are left out."""
        ordered = sorted(self._risks, key=lambda item: item[0], reverse=True)
        grave = [filed for key, filed in ordered if key[0] > 1 or key[1] or key[2]]
        return tuple(_risk(n, filed, self.names) for n, filed in enumerate(grave, start=1))


def _gravity(filed: Filed) -> tuple[int, int, int, int, str]:
    """Order by light, serious problems, findings, then by the money at stake."""
    made = filed.money
    return (
        _GRAVITY[made.light],
        made.extended.problems_serious,
        sum(found.nature is not FindingNature.INFORMATION for found in made.findings),
        made.execution.money.balance,
        filed.project,
    )


def _risk(rank: int, filed: Filed, names: Names) -> RiskLine:
    made, money = filed.money, filed.money.execution.money
    kinds = {found.kind for found in made.findings if found.nature.value != "information"}
    return RiskLine(
        rank=rank,
        project=filed.project,
        project_name=made.project_name,
        department=filed.department,
        department_name=names.of(filed.department),
        light=made.light,
        execution_light=made.execution.light,
        attainment_light=made.attainment.light,
        adjusted=money.adjusted_budget,
        spent=money.spent,
        balance=money.balance,
        rate_bp=money.execution_rate_bp,
        attainment_bp=made.attainment.attainment_rate_bp,
        findings=tuple(label for kind, label in FINDINGS.items() if kind in kinds),
        problems_open=made.extended.problems_open,
        problems_serious=made.extended.problems_serious,
        state=filed.state,
    )


@dataclass(frozen=True, slots=True)
class Around:
    """What stands beside the forms of a campaign."""

    work: Mapping[str, AlertWork] = field(default_factory=dict)
    """By department."""
    reports: Mapping[str, ReportStanding] = field(default_factory=dict)
    """By department."""
    known: Known = field(default_factory=lambda: Known({}))
    name: str | None = None
    """What the jurisdiction is called."""


def assemble_summary(
    campaign: Campaign,
    fold: CityFold,
    around: Around,
    *,
    issued_on: dt.date,
    release: str,
    provenance: Provenance,
) -> CitySummary:
    """Make the summary: departments add up to the whole, to the fen, for every account."""
    work = around.work
    rows = tuple(
        _department_row(code, fold.departments[code], fold.names, work.get(code, AlertWork()))
        for code in sorted(fold.departments, key=lambda code: (not code, code))
    )
    together = AlertWork()
    for code, one in work.items():
        if code in fold.departments:
            together.merge(one)
    whole = assemble_report(
        campaign,
        "",
        fold.together(),
        Beside(known=around.known, work=together),
        issued_on=issued_on,
        release=release,
        provenance=provenance,
        outline=OUTLINE,
    )
    whole = replace(whole, department_name=around.name)
    return CitySummary(whole, rows, assessed(fold, around), fold.risks())


def assessed(fold: CityFold, around: Around) -> tuple[WorkRow, ...]:
    """Assess every department's monitoring work, the best first (Art. 13)."""
    work, reports = around.work, around.reports
    codes = sorted(({*fold.departments} | {*reports}) - {NO_DEPARTMENT})
    found = [
        work_row(
            code,
            fold.names.of(code),
            fold.departments.get(code, Tally()).filing,
            work.get(code, AlertWork()),
            reports.get(code),
        )
        for code in codes
    ]
    found.sort(key=lambda row: (-(row.score_bp or 0), row.department))
    return tuple(replace(row, rank=rank) for rank, row in enumerate(found, start=1))


def _department_row(code: str, tally: Tally, names: Names, work: AlertWork) -> DepartmentRow:
    name = names.of(code)
    return DepartmentRow(
        department=code,
        department_name=name,
        money=money_row(code, name or code or "未指明部门", tally.money, whole=True),
        accounts=account_rows(tally),
        functions=group_rows(tally.functions, {}),
        filing=filing_row(tally),
        mean_bp=tally.mean_bp,
        lights={
            **{light.value: tally.lights[light.value] for light in Light},
            NO_LIGHT: tally.lights[NO_LIGHT],
        },
        findings=sum(counted(tally.findings).values()),
        problems_open=tally.problems_open,
        correction=correction_row(work),
    )
