"""Forms of a small campaign: two departments, four accounts, good and bad projects."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final

from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import (
    CauseArea,
    Measure,
    PaperKind,
    PaperState,
    ReasonType,
    ReviewOutcome,
)
from services.reporting.domain.assembling import assemble_paper
from services.reporting.domain.campaign import Campaign, CampaignState, default_dues
from services.reporting.domain.completeness import Known
from services.reporting.domain.correcting import AlertLine, DispositionLine, MeasureLine
from services.reporting.domain.declaration import declaration_of
from services.reporting.domain.department_report import (
    Beside,
    DepartmentFold,
    assemble_report,
)
from services.reporting.domain.filed import Filed
from services.reporting.domain.filled import Figures
from services.reporting.domain.form import Names, Provenance
from services.reporting.domain.paper import Paper, form_id
from services.reporting.domain.report_data import DepartmentReport
from tests.spec.engines import folded
from tests.support import builders

CITY: Final = builders.JURISDICTION
CUT_OFF: Final = dt.date(2026, 6, 30)
ISSUED: Final = dt.date(2026, 7, 28)
RELEASE: Final = "0.0.0"
NAMES: Final = Names(
    {
        "D1": "市水务局",
        "D2": "市教育局",
        "U1": "市河湖管理中心",
        "U2": "市供水保障中心",
        "U3": "市第一中学",
    }
)
CAMPAIGN: Final = Campaign(
    CITY,
    "2026-07",
    "2026年1-6月绩效运行监控",
    2026,
    dt.date(2026, 1, 1),
    CUT_OFF,
    default_dues(CUT_OFF),
    "zhou",
    state=CampaignState.OPEN,
    cut="41-7-0-12",
    packs=("city 4",),
)


def project_facts(
    number: int, department: str, unit: str, lines: list[tuple[str, str, str, str]]
) -> Iterator[AnyEvent]:
    """State a project with lines (account, function, budget, spent) and three indicators."""
    subject = f"{CITY}/P{number}"
    name = f"{NAMES.by_code[unit]}第{number}号项目"
    yield builders.project(subject, name=name, lead_unit=unit, department=department)
    for place, (account, function, amount, spent) in enumerate(lines):
        line = f"L{place}"
        yield builders.budget(subject, amount, line=line, account=account, unit=unit,
                              classification={"function": function or None})  # fmt: skip
        if spent != "0.00":
            yield builders.expenditure(subject, spent, "2026-05-12", line=line)
    yield builders.targets(
        builders.target("K1", "100", name="整治河道长度", unit="公里"),
        builders.target("K2", "95", name="验收合格率", behaviour="quality", unit="%",
                        due=["2026-06-30"], accumulation="point_in_time"),
        builders.target("K3", "90", name="群众满意度", behaviour="satisfaction", unit="%"),
        subject=subject,
    )  # fmt: skip


PROJECTS: Final = (
    (1, "D1", "U1", [("general_public", "2130305", "5000000.01", "3100000.33"),
                     ("government_funds", "2120801", "1200000.10", "20000.07")], "62"),
    (2, "D1", "U2", [("general_public", "2130306", "800000.00", "0.00")], "10"),
    (3, "D1", "U1", [("state_capital", "2230102", "300000.55", "210000.45"),
                     ("other_funds", "", "50000.00", "12345.67")], "55"),
    (4, "D2", "U3", [("general_public", "2050204", "2600000.00", "1300000.00")], "51"),
    (5, "D2", "U3", [("general_public", "2050204", "900000.49", "950000.50")], None),
)  # fmt: skip


@cache
def assessed() -> dict[str, AssessmentMade]:
    """Measure every project as of the cut-off."""
    events: list[AnyEvent] = []
    for number, department, unit, lines, result in PROJECTS:
        events += project_facts(number, department, unit, lines)
        if result is not None:
            events.append(builders.progress(result, "2026-06-25", subject=f"{CITY}/P{number}"))
    engine = folded(events)
    return {f"{CITY}/P{number}": engine.assessment(f"{CITY}/P{number}") for number, *_ in PROJECTS}


DECLARED: Final[dict[int, dict[str, Any]]] = {
    1: {"/funding/total/expected_spent": "6000000.00",
        "/carryover": "200000.11", "/surplus": "0.00"},
    2: {
        "/execution": {"areas": ["funding", "institution"], "reason_type": "procurement_procedure",
                       "reason": "公开招标流标一次,合同尚未签订", "measure": "8月底前完成重新招标"},
        "/indicators/K1": {"areas": ["institution"], "reason_type": "planned_later",
                           "reason": "工程尚未开工", "possibility": "impossible",
                           "measure": "调整年度目标值"},
        "/carryover": "800000.00",
    },
    4: {"/indicators/K1": {"possibility": "certain"}},
}  # fmt: skip


def filed_of(project: str, made: AssessmentMade, **given: Any) -> Filed:
    """Make the form of a project."""
    number = int(project.rpartition("P")[2])
    key = form_id(CAMPAIGN.key, project)
    submitted = given.get("submitted_on")
    paper = Paper(
        key, PaperKind.FORM, CITY, CAMPAIGN.id, 2026, CAMPAIGN.dues.unit,
        project=project, project_name=made.project_name, unit=made.lead_unit,
        department=made.department, edition=0 if submitted is None else 1,
        submitted_on=submitted,
    )  # fmt: skip
    form = assemble_paper(
        CAMPAIGN,
        paper,
        Figures(made, CAMPAIGN.cut or ""),
        declaration_of(DECLARED.get(number, {})),
        names=NAMES,
        alerts=(),
        release=RELEASE,
    )
    return Filed(
        paper=key,
        project=project,
        unit=made.lead_unit,
        department=made.department,
        form=form,
        money=made,
        frozen=submitted is not None,
        state=given.get("state", PaperState.FILLING),
        edition=paper.edition,
        due=paper.due,
        submitted_on=submitted,
        accepted=given.get("state") is PaperState.ACCEPTED,
    )


STANDING: Final[dict[int, dict[str, Any]]] = {
    1: {"submitted_on": dt.date(2026, 7, 15), "state": PaperState.ACCEPTED},
    2: {"submitted_on": dt.date(2026, 7, 24), "state": PaperState.COUNTERPART_REVIEW},
    4: {"submitted_on": dt.date(2026, 7, 20), "state": PaperState.DEPARTMENT_REVIEW},
}


@cache
def filings() -> tuple[Filed, ...]:
    """Make all forms."""
    return tuple(
        filed_of(project, made, **STANDING.get(int(project.rpartition("P")[2]), {}))
        for project, made in assessed().items()
    )


ALERTS: Final = (
    AlertLine(
        "a1", f"{CITY}/P2", "zero_execution", "零执行", "red", "open", dt.date(2026, 6, 30),
        dt.date(2026, 7, 10), "D1", "U2", areas=(CauseArea.INSTITUTION,),
        reason_type=ReasonType.PROCUREMENT_PROCEDURE, objective=False,
        explanation="招标流标,重新组织采购",
        measures=(
            MeasureLine("1", "重新发布招标公告", "市供水保障中心", dt.date(2026, 7, 20),
                        dt.date(2026, 7, 18), "已发布"),
            MeasureLine("2", "签订合同并支付预付款", "市供水保障中心", dt.date(2026, 8, 31)),
        ),
        review=ReviewOutcome.ACCEPTED,
    ),
    AlertLine("a2", f"{CITY}/P1", "execution_behind", "预算执行进度落后", "yellow", "cleared",
              dt.date(2026, 4, 30), dt.date(2026, 5, 31), "D1", "U1"),
)  # fmt: skip
DISPOSITIONS: Final = (
    DispositionLine("d1", f"{CITY}/P2", Measure.BUDGET_CUT, objective=False,
                    ground="年内无法形成支出", decided_on=CUT_OFF, decided_by="市财政局",
                    number="市财函〔2026〕18号", amount=40_000_000),
)  # fmt: skip


def report_of(
    department: str = "D1", campaign: Campaign = CAMPAIGN, **beside: Any
) -> DepartmentReport:
    """Make a department's report."""
    fold = DepartmentFold(NAMES)
    for filed in filings():
        if filed.department == department:
            fold.add(filed)
    known = {
        "alerts": ALERTS,
        "dispositions": DISPOSITIONS,
        "known": Known({"treasury": dt.date(2026, 6, 30)}, {"610100/P1": 3}),
        **beside,
    }
    report = assemble_report(
        campaign,
        department,
        fold,
        Beside(**known),
        issued_on=ISSUED,
        release=RELEASE,
        provenance=Provenance(CAMPAIGN.key, CAMPAIGN.name, f"{CAMPAIGN.key}/report/{department}",
                              1, packs=CAMPAIGN.packs),
    )  # fmt: skip
    return replace(report, provenance=replace(report.provenance, code="0123456789abcdef"))
