"""Exports of a campaign as rows: results for budgets, departments' work (Art. 13)."""

from collections.abc import Iterator
from typing import Final

from services.reporting.domain.campaign import Campaign
from services.reporting.domain.monitoring_work import WEIGHTS_BP, WorkRow
from services.reporting.domain.results import Suggestion
from services.reporting.outputs.blocks import Cell, Rate, Wan

RESULTS_TEMPLATE: Final = "results-list-1"
"""Id of the layout of the list of suggestions."""
RESULT_HEADS: Final = (
    "项目代码",
    "项目名称",
    "主管部门",
    "单位",
    "建议",
    "依据条款",
    "涉及金额(万元)",
    "依据",
)
RESULT_WIDTHS: Final = (22, 32, 20, 20, 28, 10, 14, 90)
WORK_HEADS: Final = (
    "排名",
    "部门编码",
    "部门",
    "项目数",
    "覆盖项目",
    "覆盖率",
    "按时报送",
    "逾期报送",
    "未报送",
    "部门报告按时",
    "及时率",
    "须说明偏差",
    "已说明",
    "完整率",
    "预警",
    "已消除",
    "整改措施",
    "按期落实",
    "逾期未落实",
    "审核通过",
    "审核退回",
    "整改质量",
    "得分",
    "等次",
)
WORK_WIDTHS: Final = (6, 12, 24, *(10 for _ in range(21)))
WEIGHTS_WORDS: Final = (
    f"得分权重:覆盖率{WEIGHTS_BP['coverage'] // 100}%、及时率{WEIGHTS_BP['timeliness'] // 100}%、"
    f"完整率{WEIGHTS_BP['completeness'] // 100}%、整改质量{WEIGHTS_BP['correction'] // 100}%"
    "(不适用的指标不计,其余按比例折算;权重为本系统建议值)"
)


def result_rows(
    suggestions: tuple[Suggestion, ...], names: dict[str, str]
) -> Iterator[tuple[Cell, ...]]:
    """Write the suggestions about a project."""
    for one in suggestions:
        yield (
            one.project.partition("/")[2],
            one.project_name or "",
            names.get(one.department or "", one.department or ""),
            names.get(one.unit or "", one.unit or ""),
            one.label,
            one.article,
            Wan(one.amount),
            ";".join(f"{fact.label}:{fact.value}" for fact in one.evidence),
        )


def work_cells(row: WorkRow) -> tuple[Cell, ...]:
    """Write a department's assessment."""
    return (
        row.rank,
        row.department,
        row.department_name or "",
        row.forms,
        row.covered,
        Rate(row.coverage_bp),
        row.forms_timely,
        row.forms_late,
        row.forms_missing,
        "是" if row.report_timely else "否",
        Rate(row.timeliness_bp),
        row.causes_due,
        row.causes_given,
        Rate(row.completeness_bp),
        row.alerts,
        row.alerts_ended,
        row.measures,
        row.measures_in_time,
        row.measures_overdue,
        row.reviews_accepted,
        row.reviews_returned,
        Rate(row.correction_bp),
        Rate(row.score_bp),
        row.grade or "",
    )


def rests_on(campaign: Campaign, release: str, template: str) -> str:
    """Say what a list rests on: campaign, cut, packs, release, template."""
    packs = "、".join(campaign.packs) or "—"
    return (
        f"监控活动 {campaign.key} · 数据位置 {campaign.cut or '—'} · 规则包 {packs} · "
        f"程序版本 {release} · 模板 {template}"
    )
