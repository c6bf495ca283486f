"""A department's report and the bureau's summary laid out: which tables stand where."""

from typing import Final

from services.reporting.domain.city_summary import CitySummary
from services.reporting.domain.editions import printed
from services.reporting.domain.labels import LIGHTS, NO_LIGHT, STATES
from services.reporting.domain.outline import DEFAULT_OUTLINE, Outline
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.domain.writing import dated_period
from services.reporting.outputs.blocks import (
    DASH,
    Cell,
    Paperwork,
    Rate,
    SectionBlock,
    Table,
    Wan,
    paragraphs_of,
)
from services.reporting.outputs.report_tables import (
    PARTS,
    Parts,
    alerts_table,
    forms_table,
    money_bars,
    money_table,
)

CITY_RISKS_SHOWN: Final = 50
"""Risks printed; the workbook and JSON have all that are ranked."""


def report_paper(
    report: DepartmentReport, format_: str, outline: Outline = DEFAULT_OUTLINE
) -> Paperwork:
    """Lay a department's report out (附件2)."""
    shows = {heading.key: heading.shows for heading in outline.sections}
    sections = tuple(
        SectionBlock(
            section.title,
            paragraphs_of(section.text),
            tuple(part for name in shows.get(section.key, ()) for part in PARTS[name](report)),
        )
        for section in report.sections
    )
    name = report.department_name or report.department
    return Paperwork(
        title=f"{name}{dated_period(report.fiscal_year, report.period)}{outline.title}",
        subtitle=(f"({report.campaign_name})",),
        sections=sections,
        appendices=(
            SectionBlock("附1 监控表汇总", (), (forms_table(report),)),
            SectionBlock("附2 预警及整改清单", (), (alerts_table(report),)),
        ),
        ending=_ending(report, name),
        footer=footer_of(report),
        mark=mark_fields(report, format_),
        on=report.completeness.issued_on,
    )


def _ending(report: DepartmentReport, name: str) -> tuple[str, ...]:
    day = report.filled_on or report.completeness.issued_on
    found = [name, f"{day.year}年{day.month}月{day.day}日"]
    people = [
        f"{label}:{value}"
        for label, value in (
            ("填报人", report.filled_by),
            ("联系电话", report.phone),
            ("负责人", report.head),
        )
        if value
    ]
    return (*found, *((" ".join(people),) if people else ()))


def footer_of(report: DepartmentReport) -> str:
    """Write what a report rests on: campaign, edition, cut, packs, release, template, code."""
    made = report.provenance
    parts = [f"监控活动 {made.campaign or DASH}"]
    if made.paper:
        parts.append(f"第{made.edition}版" if made.edition else "草稿(未提交)")
    parts += [
        f"数据位置 {report.cut}",
        f"规则包 {'、'.join(made.packs) or DASH}",
        f"程序版本 {report.release}",
        f"模板 {report.template}",
    ]
    if made.code:
        parts.append(f"校验码 {printed(made.code)}")
    return " · ".join(parts)


def mark_fields(report: DepartmentReport, format_: str) -> dict[str, str | int]:
    """Give the fields of the mark in the file."""
    made = report.provenance
    return {
        "code": made.code,
        "format": format_,
        "template": report.template,
        "paper": made.paper or "",
        "edition": made.edition,
    }


def summary_paper(summary: CitySummary, format_: str, outline: Outline) -> Paperwork:
    """Lay the bureau's summary and analysis out (Art. 15)."""
    whole = summary.whole
    shows = {heading.key: heading.shows for heading in outline.sections}
    sections = tuple(
        SectionBlock(
            section.title,
            paragraphs_of(section.text),
            tuple(part for name in shows.get(section.key, ()) for part in _parts(summary, name)),
        )
        for section in whole.sections
    )
    day = whole.completeness.issued_on
    period = dated_period(whole.fiscal_year, whole.period)
    return Paperwork(
        title=f"{whole.department_name or ''}{period}{outline.title}",
        subtitle=(f"({whole.campaign_name})",),
        sections=sections,
        appendices=(SectionBlock("附 部门执行情况分资金性质表", (), (_by_account(summary),)),),
        ending=(f"{day.year}年{day.month}月{day.day}日",),
        footer=footer_of(whole),
        mark=mark_fields(whole, format_),
        on=day,
    )


def _parts(summary: CitySummary, name: str) -> Parts:
    match name:
        case "departments":
            rows = tuple(row.money for row in summary.departments)
            table = money_table("按部门", "按部门的执行情况(万元)", rows, summary.whole.total)
            return (table, money_bars("预算规模居前部门的预算与执行(万元)", rows), _lights(summary))
        case "risks":
            return (_risks(summary),) if summary.risks else ()
        case "work":
            return (_work(summary),) if summary.work else ()
        case _:
            return PARTS[name](summary.whole)


def _lights(summary: CitySummary) -> Table:
    names = (*(light.value for light in LIGHTS), NO_LIGHT)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            row.department_name or row.department or DASH,
            row.filing.forms,
            Rate(row.filing.coverage_bp),
            Rate(row.mean_bp),
            *(row.lights.get(name, 0) for name in names),
            row.findings,
            row.correction.open,
        )
        for row in summary.departments
    )
    heads = ("部门", "项目", "覆盖率", "目标完成率", *(f"{label}灯" for label in LIGHTS.values()),
             "未判断", "问题", "未消除预警")  # fmt: skip
    widths = (18, 7, 10, 11, 7, 7, 7, 7, 8, 7, 11)
    return Table("部门预警", "按部门的覆盖、目标与预警", heads, rows, widths)


def _risks(summary: CitySummary) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            risk.rank,
            risk.project_name or risk.project.partition("/")[2],
            risk.department_name or risk.department,
            LIGHTS[risk.light] if risk.light else DASH,
            Wan(risk.adjusted),
            Rate(risk.rate_bp),
            Rate(risk.attainment_bp),
            Wan(risk.balance),
            "、".join((*risk.findings, *_problem_words(risk.problems_open))) or DASH,
            STATES[risk.state],
        )
        for risk in summary.risks[:CITY_RISKS_SHOWN]
    )
    heads = (
        "排序",
        "项目",
        "部门",
        "预警",
        "调整后预算",
        "执行率",
        "完成率",
        "未支出",
        "问题",
        "监控表",
    )
    widths = (6, 22, 14, 6, 12, 9, 9, 12, 18, 12)
    return Table("风险排序", "风险排序(万元)", heads, rows, widths)


def _problem_words(count: int) -> tuple[str, ...]:
    return (f"登记问题{count}个",) if count else ()


def _work(summary: CitySummary) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            row.rank,
            row.department_name or row.department,
            row.forms,
            Rate(row.coverage_bp),
            Rate(row.timeliness_bp),
            Rate(row.completeness_bp),
            Rate(row.correction_bp),
            Rate(row.score_bp),
            row.grade or DASH,
        )
        for row in summary.work
    )
    heads = ("排名", "部门", "项目", "覆盖率", "及时率", "完整率", "整改质量", "得分", "等次")
    widths = (6, 20, 7, 10, 10, 10, 10, 10, 7)
    return Table("监控工作考核", "部门监控工作考核", heads, rows, widths)


def _by_account(summary: CitySummary) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            row.department_name or row.department or DASH,
            account.label,
            Wan(account.original),
            Wan(account.adjusted),
            Wan(account.disbursed),
            Wan(account.spent),
            Rate(account.rate_bp),
            Rate(account.rate_original_bp),
        )
        for row in summary.departments
        for account in row.accounts
    ]
    total = summary.whole.total
    rows.append(
        ("合计", "", Wan(total.original), Wan(total.adjusted), Wan(total.disbursed),
         Wan(total.spent), Rate(total.rate_bp), Rate(total.rate_original_bp))
    )  # fmt: skip
    heads = ("部门", "资金性质", "年初预算", "调整后预算", "拨付数", "执行数", "执行率", "按年初计")
    caption = "按部门和资金性质的执行情况(万元)"
    widths = (18, 16, 13, 13, 13, 13, 9, 9)
    return Table("部门分资金性质", caption, heads, tuple(rows), widths, total=True, wide=True)
