"""The national exchange tables of monitoring: PAY_PERF_MONITOR_INFO and PAY_PERF_MONITOR_TASK.

Columns are those of forms.md 2.1; amounts are yuan with two places, rates per cent with two, times
`yyyyMMddHHmmssSSS`. What nobody has handed in is no record of monitoring: it has no row.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from contracts.events.analysis import IndicatorFigures
from contracts.vocabulary import IndicatorBehaviour, Light, fen_to_wire
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.filed import Filed
from services.reporting.domain.form import IndicatorRow
from services.reporting.domain.labels import AREAS

ID_BYTES: Final = 16
LIVE: Final = "2"
"""is_deleted: 2 is live, 1 is deleted."""
YES: Final = "1"
NO: Final = "2"
DEPARTMENT_MONITORING: Final = "1"
BUREAU_MONITORING: Final = "2"
BUREAU_WORDS: Final = "财政重点监控"


class ExchangeTable(StrEnum):
    """Which table."""

    INFO = "PAY_PERF_MONITOR_INFO"
    """绩效监控信息: one row for each indicator of a form."""
    TASK = "PAY_PERF_MONITOR_TASK"
    """绩效监控任务: one row for the campaign."""


COLUMNS: Final[dict[ExchangeTable, tuple[str, ...]]] = {
    ExchangeTable.INFO: (
        "perf_mon_id",
        "fiscal_year",
        "mof_div_code",
        "perf_task_id",
        "perf_mon_no",
        "perf_type_code",
        "agency_code",
        "dept_code",
        "pro_code",
        "kpi_target",
        "pro_bgt_comp",
        "est_pro_bgt_annual",
        "lv1_perf_ind_code",
        "lv1_perf_ind_name",
        "lv2_perf_ind_code",
        "lv2_perf_ind_name",
        "lv3_perf_ind_code",
        "lv3_perf_ind_name",
        "kpi_val",
        "perf_comp",
        "est_perf_annual",
        "ana_dev_reasons",
        "complete_rate",
        "perf_send_date",
        "is_perf_rectify",
        "rectify_advise",
        "rectify_epilog",
        "is_last_inst",
        "is_deleted",
    ),
    ExchangeTable.TASK: ("perf_task_no", "perf_type", "title", "description", "task_end_date"),
}

COST: Final = "4"
LEVEL_1: Final[dict[str, str]] = {
    "1": "产出指标",
    "2": "效益指标",
    "3": "满意度指标",
    COST: "成本指标",
}
"""Code → name. 4 is the 2021 tree's cost as level 1 (its code was not seen in a published list)."""
LEVEL_2: Final[dict[str, str]] = {
    "11": "数量指标",
    "12": "质量指标",
    "13": "时效指标",
    "14": "成本指标",
    "21": "经济效益指标",
    "22": "社会效益指标",
    "23": "生态效益指标",
    "24": "可持续影响指标",
    "31": "服务对象满意度指标",
    "41": "经济成本指标",
    "42": "社会成本指标",
    "43": "生态环境成本指标",
}
"""Code → name; 41 to 43 as 4."""
BY_BEHAVIOUR: Final[dict[IndicatorBehaviour, tuple[str, str]]] = {
    IndicatorBehaviour.PROGRESS: ("1", "11"),
    IndicatorBehaviour.QUALITY: ("1", "12"),
    IndicatorBehaviour.TIMELINESS: ("1", "13"),
    IndicatorBehaviour.COST: ("1", "14"),
    IndicatorBehaviour.OUTCOME: ("2", ""),
    IndicatorBehaviour.SATISFACTION: ("3", "31"),
}
"""Codes of levels 1 and 2 for names that are a jurisdiction's own. Which of four kinds of outcome
such a name is, nobody knows: it has no code."""
_SUFFIX: Final = "指标"
_ALSO: Final = {
    "可持续发展": "24",
    "可持续发展影响": "24",
    "满意度": "31",
    "生态成本": "43",
}
"""Names of level 2 that are written otherwise too."""


def _code_of(text: str, names: dict[str, str]) -> str | None:
    """Find the code of a level by its code or its name, with or without 指标 at its end."""
    if text in names:
        return text
    word = text.strip().removesuffix(_SUFFIX)
    return next((code for code, name in names.items() if name.removesuffix(_SUFFIX) == word), None)


def levels_of(figures: IndicatorFigures) -> dict[str, str]:
    """Write levels 1 and 2 of an indicator as codes and names; its own words stay its own."""
    first, second = BY_BEHAVIOUR[figures.behaviour]
    code_1 = _code_of(figures.level_1, LEVEL_1)
    code_2 = _code_of(figures.level_2, LEVEL_2)
    if code_2 is None:
        code_2 = _ALSO.get(figures.level_2.strip().removesuffix(_SUFFIX))
    if code_1 is None:
        code_1 = figures.level_1 if figures.level_1.isdecimal() else (code_2 or first)[:1]
    if code_2 is None or (code_1, code_2) == (COST, "14"):
        # Under cost as level 1 the behaviour's own code would be that of another tree.
        second = second if second.startswith(code_1) else ""
        code_2 = figures.level_2 if figures.level_2.isdecimal() else second
    return {
        "lv1_perf_ind_code": code_1,
        "lv1_perf_ind_name": LEVEL_1.get(figures.level_1, figures.level_1),
        "lv2_perf_ind_code": code_2,
        "lv2_perf_ind_name": LEVEL_2.get(figures.level_2, figures.level_2),
    }


def first_moment(day: dt.date) -> str:
    """Write the beginning of a day as the tables write times."""
    return f"{day:%Y%m%d}000000000"


def last_moment(day: dt.date) -> str:
    """Write the end of a day: what comes on the day itself is in time."""
    return f"{day:%Y%m%d}235959999"


def task_row(campaign: Campaign) -> dict[str, str]:
    """Write the campaign as a task."""
    kind = BUREAU_WORDS if campaign.priority_only else "部门自行监控"
    return {
        "perf_task_no": campaign.id,
        "perf_type": kind,
        "title": campaign.name,
        "description": (
            f"{campaign.fiscal_year}年度绩效运行监控,期间{campaign.period_from}至{campaign.cut_off}"
        ),
        "task_end_date": last_moment(campaign.dues.department),
    }


def info_rows(campaign: Campaign, filed: Filed) -> Iterator[dict[str, str]]:
    """Write a form that was handed in, an indicator a row; one without any is one row without.

    A draft that nobody has handed in is none of the table's records.
    """
    if not filed.frozen:
        return
    rows = {row.indicator: row for row in filed.form.indicators}
    figures = filed.money.attainment.indicators
    if not figures:
        yield _head(campaign, filed, "") | _no_indicator()
    for one in figures:
        yield _head(campaign, filed, one.indicator) | _indicator(one, rows.get(one.indicator))


def _head(campaign: Campaign, filed: Filed, indicator: str) -> dict[str, str]:
    jurisdiction, _, code = filed.project.partition("/")
    total = next((row for row in filed.form.funding if row.key == "total"), None)
    forecast = filed.money.execution.forecast
    expected = total.declared_spent if total is not None else None
    if expected is None and forecast is not None:
        expected = forecast.point
    bureau = filed.form.monitoring == BUREAU_WORDS
    name = hashlib.blake2b(f"{filed.paper}\0{indicator}".encode(), digest_size=ID_BYTES)
    return {
        "perf_mon_id": name.hexdigest(),
        "fiscal_year": str(campaign.fiscal_year),
        "mof_div_code": jurisdiction,
        "perf_task_id": campaign.id,
        "perf_mon_no": f"{campaign.id}-{code}",
        "perf_type_code": BUREAU_MONITORING if bureau else DEPARTMENT_MONITORING,
        "agency_code": filed.unit or "",
        "dept_code": filed.department or "",
        "pro_code": code,
        "kpi_target": filed.form.goal,
        "pro_bgt_comp": fen_to_wire(filed.money.execution.money.spent),
        "est_pro_bgt_annual": "" if expected is None else fen_to_wire(expected),
        "perf_send_date": first_moment(filed.submitted_on) if filed.submitted_on else "",
        # 是否终审: whether the bureau has accepted what the row shows.
        "is_last_inst": YES if filed.accepted else NO,
        "is_deleted": LIVE,
    }


def _no_indicator() -> dict[str, str]:
    names = COLUMNS[ExchangeTable.INFO]
    own = [name for name in names if name.startswith(("lv", "kpi_val", "perf_comp"))]
    more = ("est_perf_annual", "ana_dev_reasons", "complete_rate", "rectify_advise")
    return {
        **dict.fromkeys((*own, *more, "rectify_epilog"), ""),
        "is_perf_rectify": NO,
    }


def _indicator(figures: IndicatorFigures, row: IndicatorRow | None) -> dict[str, str]:
    behind = figures.light in {Light.RED, Light.YELLOW}
    return {
        **levels_of(figures),
        "lv3_perf_ind_code": figures.indicator,
        "lv3_perf_ind_name": figures.name,
        "kpi_val": figures.target_text,
        "perf_comp": _result(figures, row),
        "est_perf_annual": _expected(figures, row),
        "ana_dev_reasons": _reasons(row),
        "complete_rate": _rate(figures.attainment_bp),
        "is_perf_rectify": YES if behind else NO,
        "rectify_advise": row.measure if row is not None else "",
        "rectify_epilog": "",
    }


def _result(figures: IndicatorFigures, row: IndicatorRow | None) -> str:
    if row is not None and row.declared_result is not None:
        return row.declared_result
    return row.actual if row is not None else figures.actual_text or ""


def _expected(figures: IndicatorFigures, row: IndicatorRow | None) -> str:
    if row is not None and row.expected_result:
        return row.expected_result
    return figures.forecast or ""


def _reasons(row: IndicatorRow | None) -> str:
    if row is None:
        return ""
    areas = ",".join(AREAS[area] for area in row.areas)
    return ":".join(part for part in (areas, row.reason) if part)


def _rate(rate: int | None) -> str:
    if rate is None:
        return ""
    return f"{'-' if rate < 0 else ''}{abs(rate) // 100}.{abs(rate) % 100:02d}"


def in_order(table: ExchangeTable, row: dict[str, str]) -> dict[str, str]:
    """Put a row's fields in the order of the table's columns."""
    return {name: row[name] for name in COLUMNS[table]}
