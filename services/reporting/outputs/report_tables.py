"""The tables and charts that reports show, by the names outlines give them."""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.vocabulary import CauseArea, Light, ReasonType
from services.reporting.domain.completeness import OffBalance
from services.reporting.domain.labels import (
    ALERT_STATES,
    AREAS,
    FINDINGS,
    LIGHTS,
    MEASURES,
    NO_LIGHT,
    POSSIBILITIES,
    REASONS,
    REVIEWS,
    SEVERITIES,
    STATES,
    TRENDS,
)
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.domain.rows import MoneyRow
from services.reporting.domain.writing import wan
from services.reporting.outputs.blocks import DASH, Bars, Cell, Rate, Table, Wan, fitted, numbers

MONEY_HEADS: Final = (
    "项目",
    "年初预算",
    "上年结转",
    "年中调整",
    "调整后预算",
    "拨付数",
    "执行数",
    "执行率",
    "按年初计",
    "预计执行",
    "预计结转",
    "预计结余",
)
LIGHT_COLOURS: Final = {
    Light.RED: "#C0392B",
    Light.YELLOW: "#E0A800",
    Light.GREEN: "#3C8D5A",
    Light.BLUE: "#3B6EA5",
}
GREY: Final = "#9AA0A6"
ORIGINAL: Final = "#B8C4D6"
BUDGET: Final = "#5B7DB1"
SPENT: Final = "#C0392B"
CHART_LABELS_MAX: Final = 12
"""Most bars of a chart; the table beside it has all."""

Parts = tuple[Table | Bars, ...]


def money_cells(row: MoneyRow) -> tuple[Cell, ...]:
    """Write a row of money."""
    return (
        row.label,
        Wan(row.original),
        Wan(row.carried_in),
        Wan(row.changed),
        Wan(row.adjusted),
        Wan(row.disbursed),
        Wan(row.spent),
        Rate(row.rate_bp),
        Rate(row.rate_original_bp),
        Wan(row.foreseen_spent),
        Wan(row.foreseen_carryover),
        Wan(row.foreseen_surplus),
    )


def money_table(name: str, caption: str, rows: tuple[MoneyRow, ...], total: MoneyRow) -> Table:
    """Write rows of money with their total."""
    cells = (*map(money_cells, rows), money_cells(total))
    widths, points = fitted(cells)
    return Table(name, caption, MONEY_HEADS, cells, widths, total=True, points=points)


def _filing(report: DepartmentReport) -> Parts:
    filing = report.filing
    rows: tuple[tuple[Cell, ...], ...] = (
        ("纳入监控项目(个)", filing.forms, "有批复绩效目标(个)", filing.with_targets),
        ("按时报送(份)", filing.timely, "逾期报送(份)", filing.late),
        ("未报送(份)", filing.missing, "已接收(份)", filing.accepted),
        ("监控覆盖率", Rate(filing.coverage_bp), "报送及时率", Rate(filing.timeliness_bp)),
        ("填报完整率", Rate(filing.completeness_bp), "数据异议(项)", filing.disputed),
    )
    return (Table("报送情况", "监控表报送情况", ("事项", "数", "事项", "数"), rows, (3, 2, 3, 2)),)


def _money(report: DepartmentReport) -> Parts:
    table = money_table("按资金性质", "按资金性质的执行情况(万元)", report.accounts, report.total)
    total = report.total
    declared: tuple[tuple[Cell, ...], ...] = (
        ("系统测算", Wan(total.foreseen_spent), Wan(total.foreseen_carryover),
         Wan(total.foreseen_surplus)),
        (f"单位申报({total.declared}个项目)", Wan(total.declared_spent),
         Wan(total.declared_carryover), Wan(total.declared_surplus)),
    )  # fmt: skip
    heads = ("口径", "全年预计执行", "预计结转", "预计结余")
    outlook = Table("全年预计", "全年预计执行与结转结余(万元)", heads, declared, (4, 3, 3, 3))
    return (table, outlook, money_bars("按资金性质的预算与执行(万元)", report.accounts))


def money_bars(caption: str, rows: tuple[MoneyRow, ...]) -> Bars:
    """Draw original and adjusted budget beside spending."""
    shown = sorted(rows, key=lambda row: -row.adjusted)[:CHART_LABELS_MAX]
    return Bars(
        caption,
        tuple(row.label for row in shown),
        (
            ("年初预算", ORIGINAL, numbers([row.original for row in shown])),
            ("调整后预算", BUDGET, numbers([row.adjusted for row in shown])),
            ("执行数", SPENT, numbers([row.spent for row in shown])),
        ),
        "万元",
    )


def _functions(report: DepartmentReport) -> Parts:
    return (
        money_table("按功能分类", "按支出功能分类的执行情况(万元)", report.functions, report.total),
    )


def _units(report: DepartmentReport) -> Parts:
    return (money_table("按单位", "按预算单位的执行情况(万元)", report.units, report.total),)


def _attainment(report: DepartmentReport) -> Parts:
    heads = ("指标类型", "个数", "可判断", "未到期", "未报", "已达标", "平均完成率",
             *(TRENDS.values()), *(POSSIBILITIES.values()))  # fmt: skip
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            kind.label,
            kind.indicators,
            kind.judged,
            kind.not_yet_due,
            kind.not_reported,
            kind.met,
            Rate(kind.mean_bp),
            *(kind.trends.get(trend.value, 0) for trend in TRENDS),
            *(kind.declared.get(each.value, 0) for each in POSSIBILITIES),
        )
        for kind in report.kinds
    )
    widths = (14, 7, 8, 8, 7, 8, 12, 7, 7, 7, 10, 9, 9, 12)
    table = Table("目标完成", "绩效目标完成情况、趋势与完成可能性(个)", heads, rows, widths)
    labels = tuple(kind.label for kind in report.kinds)
    series = [
        (f"{LIGHTS[light]}灯", colour,
         tuple(float(kind.lights.get(light.value, 0)) for kind in report.kinds))
        for light, colour in LIGHT_COLOURS.items()
    ]  # fmt: skip
    grey = tuple(float(kind.lights.get(NO_LIGHT, 0)) for kind in report.kinds)
    series.append(("未判断", GREY, grey))
    chart = Bars("各类绩效指标的预警状态(个)", labels, tuple(series), "个", stacked=True)
    return (table, chart) if rows else ()


def _lights(report: DepartmentReport) -> Parts:
    names = (*LIGHTS, None)
    heads = ("口径", *(f"{label}灯" for label in LIGHTS.values()), "未判断")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (label, *(counts.get(light.value if light else NO_LIGHT, 0) for light in names))
        for label, counts in (
            ("预算执行", report.execution_lights),
            ("绩效目标", report.attainment_lights),
            ("综合", report.lights),
        )
    )
    return (Table("预警灯", "项目预警状态(个)", heads, rows, (3, 2, 2, 2, 2, 2)),)


def _causes(report: DepartmentReport) -> Parts:
    rows: list[tuple[Cell, ...]] = [
        ("偏差方面", AREAS[area], report.areas.get(area.value, 0)) for area in CauseArea
    ]
    rows += [("原因类型", REASONS[each], report.reasons.get(each.value, 0)) for each in ReasonType]
    return (
        Table("偏差原因", "偏差原因统计(项)", ("口径", "原因", "项数"), tuple(rows), (2, 5, 2)),
    )


def _problems(report: DepartmentReport) -> Parts:
    rows: list[tuple[Cell, ...]] = [
        (FINDINGS[kind], report.findings[kind.value], "")
        for kind in FINDINGS
        if kind.value in report.findings
    ]
    if report.problems_open:
        amount = f"涉及{wan(report.problems_amount)}万元,逾期{report.problems_overdue}个"
        rows.append(("登记问题未整改", report.problems_open, amount))
    if not rows:
        return ()
    return (Table("问题", "发现问题统计", ("问题", "个数", "说明"), tuple(rows), (4, 2, 5)),)


def _correction(report: DepartmentReport) -> Parts:
    work = report.correction
    rows: tuple[tuple[Cell, ...], ...] = (
        ("预警总数", work.alerts, "未消除", work.open),
        ("其中红色", work.red, "其中黄色", work.yellow),
        ("已说明原因", work.explained, "整改完成率", Rate(work.ended_bp)),
        ("计划整改措施", work.planned, "已落实", work.taken),
        ("按期落实", work.in_time, "逾期未落实", work.overdue),
        ("审核通过", work.accepted, "审核退回", work.returned),
    )
    heads = ("事项", "数", "事项", "数")
    return (Table("预警整改", "预警及整改统计", heads, rows, (3, 2, 3, 2)),)


def _dispositions(report: DepartmentReport) -> Parts:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            line.project.partition("/")[2],
            MEASURES[line.measure],
            Wan(line.amount),
            line.ground,
            f"{line.decided_by} {line.number or ''}".strip(),
            line.decided_on,
        )
        for line in report.dispositions
    )
    if not rows:
        return ()
    heads = ("项目代码", "措施", "金额(万元)", "依据", "决定机关及文号", "日期")
    return (Table("分类处置", "分类处置情况", heads, rows, (4, 3, 3, 6, 5, 3)),)


def _suggestions(report: DepartmentReport) -> Parts:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (row.label, row.count, Wan(row.amount or None)) for row in report.suggested
    )
    if not rows:
        return ()
    heads = ("建议", "项目数", "涉及金额(万元)")
    return (Table("结果应用建议", "结果应用建议(供决策参考)", heads, rows, (5, 2, 3)),)


def _at_least(*, part: bool) -> str:
    return ",至少" if part else ""


def _off_balance(found: OffBalance) -> list[tuple[Cell, ...]]:
    """Write which batches do not balance: an amount where there is one, and as of when."""
    rows: list[tuple[Cell, ...]] = [
        (f"不平的调剂、分配批次(个{_at_least(part=found.more)})", found.batches)
    ]
    if found.amount is not None:
        least = _at_least(part=found.amount_part)
        rows.append((f"其中调入与调出相差金额(万元{least})", Wan(found.amount)))
    rows.append(("批次统计截至(业务日开始时)", found.counted_to))
    return rows


def _completeness(report: DepartmentReport) -> Parts:
    data = report.completeness
    rows: list[tuple[Cell, ...]] = [
        ("数据截止日", data.cut_off),
        ("出具日", data.issued_on),
        ("自截止日至出具(天)", data.days_to_issue),
        ("取自已提交监控表(份)", data.frozen),
        ("取自系统实时数据(个)", data.live),
        ("数据异议(项)", data.disputed),
        ("待分配资金(万元)", Wan(data.undistributed)),
        ("迟到数据(条)", data.late_facts),
        ("报送中断的项目(个)", data.silent),
        (f"隔离待核数据(条{_at_least(part=data.quarantined_more)})", data.quarantined),
    ]
    if data.quarantined_amount is not None:
        least = _at_least(part=data.quarantined_amount_part or data.quarantined_more)
        rows.append((f"其中待核支付金额(万元{least})", Wan(data.quarantined_amount)))
    if data.off_balance is not None:
        rows += _off_balance(data.off_balance)
    for line in data.publishers:
        rows.append((f"数据来源 {line.publisher}(最近收到数据的业务日)", line.last_heard_on))
        if line.last_voucher_on is not None:
            rows.append((f"数据来源 {line.publisher}(最后凭证日期)", line.last_voucher_on))
    return (Table("数据完整性", "数据完整性", ("事项", "内容"), tuple(rows), (5, 5)),)


PARTS: Final[Mapping[str, Callable[[DepartmentReport], Parts]]] = {
    "filing": _filing,
    "money": _money,
    "functions": _functions,
    "units": _units,
    "attainment": _attainment,
    "lights": _lights,
    "causes": _causes,
    "problems": _problems,
    "correction": _correction,
    "dispositions": _dispositions,
    "suggestions": _suggestions,
    "completeness": _completeness,
}
"""By the name an outline gives them."""

FORM_HEADS: Final = ("项目代码", "项目名称", "单位", "调整后预算", "执行数", "执行率",
                     "目标完成率", "预警", "可能性", "状态", "异议")  # fmt: skip


def forms_table(report: DepartmentReport) -> Table:
    """Write 监控表汇总: one row for each form, and their total."""
    rows: list[tuple[Cell, ...]] = [
        (
            line.project.partition("/")[2],
            line.project_name or DASH,
            line.unit_name or line.unit,
            Wan(line.adjusted),
            Wan(line.spent),
            Rate(line.rate_bp),
            Rate(line.attainment_bp),
            LIGHTS[line.light] if line.light else DASH,
            POSSIBILITIES[line.possibility] if line.possibility else DASH,
            STATES[line.state] + ("(逾期)" if line.late else ""),
            line.disputes,
        )
        for line in report.forms
    ]
    total = report.total
    left = f"(另有{report.forms_left_out}个项目未逐一列出)" if report.forms_left_out else ""
    rows.append(
        ("合计", f"{report.filing.forms}个项目{left}", "", Wan(total.adjusted), Wan(total.spent),
         Rate(total.rate_bp), Rate(report.mean_bp), "", "", "", report.filing.disputed)
    )  # fmt: skip
    widths = (12, 22, 16, 12, 12, 9, 10, 6, 10, 13, 6)
    caption = "监控表汇总(金额单位:万元)"
    return Table("监控表汇总", caption, FORM_HEADS, tuple(rows), widths, total=True, wide=True)


def alerts_table(report: DepartmentReport) -> Table:
    """Write 预警及整改清单: one row for each alert, its measures within it."""
    names = {line.project: line.project_name for line in report.forms}
    rows: list[tuple[Cell, ...]] = []
    for line in report.alerts:
        cause = "、".join(AREAS[area] for area in line.areas)
        measures = ";".join(
            f"{each.text}({each.owner},{each.due}前"
            + (f",{each.taken_on}已落实)" if each.taken_on else ",未落实)")
            for each in line.measures
        )
        rows.append(
            (
                names.get(line.project) or line.project.partition("/")[2],
                line.title_zh,
                SEVERITIES.get(line.severity, line.severity),
                line.raised_on,
                ":".join(part for part in (cause, line.explanation) if part) or "未说明",
                measures or "无",
                REVIEWS[line.review] if line.review else "未审核",
                ALERT_STATES.get(line.state, line.state),
            )
        )
    caption = "预警及整改清单"
    if report.alerts_left_out:
        caption += f"(另有{report.alerts_left_out}条未逐一列出)"
    heads = ("项目", "预警事项", "级别", "预警日期", "原因说明", "整改措施", "审核", "状态")
    widths = (16, 16, 6, 11, 22, 26, 9, 10)
    return Table("预警及整改清单", caption, heads, tuple(rows), widths, wide=True)
