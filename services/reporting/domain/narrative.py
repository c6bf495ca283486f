"""What a report says in words where nobody wrote anything: sentences that follow from its figures.

People edit every section; these are what they begin with, and what is printed if they do not.
"""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.vocabulary import CauseArea, FindingKind, Possibility, Quadrant, ReasonType
from services.reporting.domain.completeness import OffBalance
from services.reporting.domain.labels import (
    AREAS,
    FINDINGS,
    LIGHTS,
    MEASURES,
    NO_LIGHT,
    POSSIBILITIES,
    QUADRANTS,
    REASONS,
)
from services.reporting.domain.outline import Outline
from services.reporting.domain.report_data import DepartmentReport, Section
from services.reporting.domain.rows import MoneyRow
from services.reporting.domain.writing import dated_period, day_words, percent, share, wan

QUOTED_MAX: Final = 8
"""Causes and measures quoted in a sentence; the tables have all."""


def narrated(
    report: DepartmentReport, outline: Outline, written: Mapping[str, str]
) -> tuple[Section, ...]:
    """Give each section the text that people wrote, else what follows from the figures."""
    return tuple(
        Section(
            heading.key,
            heading.title,
            written.get(heading.key, "").strip() or _default(report, heading.key),
            bool(written.get(heading.key, "").strip()),
        )
        for heading in outline.sections
    )


def _default(report: DepartmentReport, key: str) -> str:
    write = _WRITERS.get(key)
    return "" if write is None else write(report)


def _organisation(report: DepartmentReport) -> str:
    filing, done = report.filing, report.completeness
    period = dated_period(report.fiscal_year, report.period)
    what = f"{period}项目支出预算执行进度和绩效目标实现程度"
    who = (
        f"按照财政部门关于{report.campaign_name}的部署,"
        f"{report.department_name or report.department}组织所属预算单位"
        if report.department
        else f"财政部门组织各主管部门和预算单位开展{report.campaign_name},"
    )
    parts = [
        f"{who}对{what}实行“双监控”。",
        (
            f"纳入监控项目{filing.forms}个,其中有批复绩效目标的{filing.with_targets}个;按时报送监控表"
            f"{filing.timely}份,逾期报送{filing.late}份,未报送{filing.missing}份,监控覆盖率"
            f"{percent(filing.coverage_bp)}。"
        ),
        (
            f"本报告汇总{filing.frozen}份已提交监控表的数据,另{filing.live}个项目取系统截至"
            f"{day_words(done.cut_off)}的实时数据。"
        ),
    ]
    return "".join(parts)


def _execution(report: DepartmentReport) -> str:
    total = report.total
    parts = [
        (
            f"截至{day_words(report.as_of)},项目支出年初预算{wan(total.original)}万元,上年结转"
            f"{wan(total.carried_in)}万元,年中调整{wan(total.changed)}万元,调整后预算"
            f"{wan(total.adjusted)}万元;累计拨付{wan(total.disbursed)}万元,累计执行"
            f"{wan(total.spent)}万元,执行率{percent(total.rate_bp)}(按年初预算计"
            f"{percent(total.rate_original_bp)})。"
        ),
    ]
    parts += [_account(row) for row in report.accounts]
    parts.append(
        f"预计全年执行{wan(total.foreseen_spent)}万元,预计结转"
        f"{wan(total.foreseen_carryover)}万元、结余{wan(total.foreseen_surplus)}万元(系统测算)。"
    )
    if total.declared:
        carryover, surplus = total.declared_carryover or 0, total.declared_surplus or 0
        parts.append(
            f"{total.declared}个项目单位申报全年预计执行{wan(total.declared_spent)}万元,"
            f"预计结转{wan(carryover)}万元、结余{wan(surplus)}万元。"
        )
    return "".join(parts)


def _account(row: MoneyRow) -> str:
    return (
        f"{row.label}调整后预算{wan(row.adjusted)}万元,拨付{wan(row.disbursed)}万元,"
        f"执行{wan(row.spent)}万元,执行率{percent(row.rate_bp)}。"
    )


def _attainment(report: DepartmentReport) -> str:
    indicators = sum(kind.indicators for kind in report.kinds)
    judged = sum(kind.judged for kind in report.kinds)
    parts = [
        (
            f"本期共监控三级绩效指标{indicators}个,其中已到期可判断的{judged}个,平均完成率"
            f"{percent(report.mean_bp)}。"
        )
    ]
    parts += [
        f"{kind.label}{kind.indicators}个,可判断{kind.judged}个,平均完成率"
        f"{percent(kind.mean_bp)},已达年度目标{kind.met}个,"
        f"趋势上升{kind.trends.get('rising', 0)}个、下降{kind.trends.get('falling', 0)}个。"
        for kind in report.kinds
    ]
    parts.append(f"项目综合预警:{_lights(report.lights)}。")
    if report.quadrants:
        named = [
            f"{label}{report.quadrants[quadrant.value]}个"
            for quadrant, label in QUADRANTS.items()
            if quadrant.value in report.quadrants
        ]
        parts.append(f"执行与目标对照:{'、'.join(named) or '均无法判断'}。")
    if report.possibilities:
        declared = _named(report.possibilities, POSSIBILITIES, Possibility)
        parts.append(f"单位判断年底完成目标可能性:{declared}。")
    return "".join(parts)


def _lights(counts: Mapping[str, int]) -> str:
    named = [
        f"{label}灯{counts[light.value]}个"
        for light, label in LIGHTS.items()
        if counts.get(light.value)
    ]
    if counts.get(NO_LIGHT):
        named.append(f"未到判断时点{counts[NO_LIGHT]}个")
    return "、".join(named) or "无"


def _named(
    counts: Mapping[str, int],
    labels: Mapping[Possibility, str] | Mapping[CauseArea, str] | Mapping[ReasonType, str],
    kind: type[Possibility] | type[CauseArea] | type[ReasonType],
) -> str:
    words: dict[str, str] = {each.value: label for each, label in labels.items()}
    order = [each.value for each in kind if each.value in counts]
    return "、".join(f"{words[name]}{counts[name]}项" for name in order)


def _causes(report: DepartmentReport) -> str:
    if not report.areas and not report.reasons:
        return "本期各项目未申报偏差原因。"
    parts = []
    if report.areas:
        parts.append(f"偏差原因按方面分:{_named(report.areas, AREAS, CauseArea)}。")
    if report.reasons:
        parts.append(f"按原因类型分:{_named(report.reasons, REASONS, ReasonType)}。")
    quoted = report.causes[:QUOTED_MAX]
    parts += [f"{cause.project_name or cause.project}:{_closed(cause.reason)}" for cause in quoted]
    return "".join(parts)


def _closed(text: str) -> str:
    """End a quoted sentence."""
    text = " ".join(text.split())
    return text if text.endswith(("。", "!", "?", ";")) else f"{text}。"


def _problems(report: DepartmentReport) -> str:
    parts = []
    behind = [Quadrant.MONEY_BEHIND, Quadrant.RESULTS_BEHIND, Quadrant.BOTH_BEHIND]
    counts = {each: report.quadrants.get(each.value, 0) for each in behind}
    if any(counts.values()):
        named = "、".join(
            f"{QUADRANTS[each]}的项目{count}个" for each, count in counts.items() if count
        )
        parts.append(f"部分项目进度偏离:{named}。")
    if report.findings:
        named = "、".join(
            f"{FINDINGS[FindingKind(kind)]}{count}项" for kind, count in report.findings.items()
        )
        parts.append(f"合规性方面:{named}(疑点待核实)。")
    if report.problems_open:
        parts.append(
            f"登记问题尚未整改{report.problems_open}个,其中严重问题{report.problems_serious}个、"
            f"逾期{report.problems_overdue}个,涉及金额{wan(report.problems_amount)}万元。"
        )
    if report.correction.open:
        rules = "、".join(f"{title}{count}条" for title, count in report.correction.rules.items())
        parts.append(f"现有未消除预警{report.correction.open}条:{rules}。")
    if report.filing.missing or report.filing.late:
        parts.append(f"报送方面:逾期{report.filing.late}份,未报送{report.filing.missing}份。")
    return "".join(parts) or "本期监控未发现明显问题。"


def _measures(report: DepartmentReport) -> str:
    work = report.correction
    parts = [
        (
            f"本年度预警{work.alerts}条,已说明原因{work.explained}条,已消除或关闭"
            f"{work.alerts - work.open}条,整改完成率{percent(work.ended_bp)};"
            f"计划整改措施{work.planned}项,已落实{work.taken}项,其中按期{work.in_time}项,逾期未落实{work.overdue}项。"
        )
    ]
    taken = [each for line in report.alerts for each in line.measures if each.taken_on is not None]
    planned = [each for line in report.alerts for each in line.measures if each.taken_on is None]
    if taken:
        parts.append("已采取的措施:" + "".join(_closed(each.text) for each in taken[:QUOTED_MAX]))
    if planned:
        words = [f"{each.text}({day_words(each.due)}前)" for each in planned[:QUOTED_MAX]]
        parts.append("下一步措施:" + "".join(map(_closed, words)))
    stated = [cause.measure for cause in report.causes if cause.measure][:QUOTED_MAX]
    if stated:
        parts.append("各单位拟采取:" + "".join(map(_closed, stated)))
    if report.dispositions:
        named: dict[str, int] = {}
        for line in report.dispositions:
            label = MEASURES[line.measure]
            named[label] = named.get(label, 0) + 1
        words = [f"{label}{count}项" for label, count in named.items()]
        parts.append(f"分类处置:{'、'.join(words)}。")
    return "".join(parts)


def _others(report: DepartmentReport) -> str:
    parts = []
    if report.suggested:
        words = [
            f"{row.label}{row.count}个" + (f"(涉及{wan(row.amount)}万元)" if row.amount else "")
            for row in report.suggested
        ]
        parts.append(f"依据监控结果建议:{'、'.join(words)}。")
    data = report.completeness
    if data.disputed:
        parts.append(f"单位对{data.disputed}项数据提出异议。")
    if data.undistributed:
        parts.append(f"待分配资金{wan(data.undistributed)}万元未纳入进度判断。")
    if data.off_balance is not None and data.off_balance.batches:
        parts.append(_off_balance(data.off_balance))
    filing = report.filing
    parts.append(
        f"数据完整性:已提交监控表占{share(filing.frozen, filing.forms)};自截止日至出具报告"
        f"{data.days_to_issue}天。"
    )
    return "".join(parts)


def _off_balance(found: OffBalance) -> str:
    number = f"{'至少' if found.more else ''}{found.batches}个"
    least = "至少" if found.amount_part else ""
    amount = "" if found.amount is None else f",相差{least}{wan(found.amount)}万元"
    return f"调剂、分配批次{number}尚未平衡{amount},相关项目的调整后预算待核实。"


_WRITERS: Final[Mapping[str, Callable[[DepartmentReport], str]]] = {
    "organisation": _organisation,
    "execution": _execution,
    "attainment": _attainment,
    "causes": _causes,
    "problems": _problems,
    "measures": _measures,
    "others": _others,
}
"""By section key; a section of another key begins empty."""
