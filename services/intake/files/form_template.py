"""The template of annex 1: an empty form with an example, and what is read of it."""

import datetime as dt
import io
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

CREATED: Final = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - the same template, the same bytes
TITLE: Final = "项目支出预算绩效目标执行监控表"
LAST: Final = 15
"""Last column, counted from 0."""
HEADS: Final = ("绩效指标", "一级指标", "二级指标", "三级指标", "年度指标值", "1-6月执行情况")
CAUSES: Final = ("经费保障", "制度保障", "人员保障", "硬件条件保障", "其他", "原因说明")
POSSIBLE: Final = ("确定能", "有可能", "完全不可能")
GUIDE: Final = (
    ("项目代码", "必填。按它归到项目;没有代码的表不收,并说明是哪一张。"),
    ("年度", "必填。标题下写 (2025年度)。"),
    ("期间", "取自列名:1-6月执行数、1-9月执行数均可。"),
    ("项目资金", "单位万元(列名或右上角写明元的按元);照表保存,不计入执行数。"),
    ("绩效指标", "三级指标不为空的每一行;一级、二级指标合并单元格只写一次即可。"),
    ("偏差原因", "打 √ 即可。"),
    ("完成目标可能性", "在 确定能、有可能、完全不可能 之一打 √,或在一列中填 1、2、3。"),
    ("填报人、电话", "不采集。"),
    ("多张表", "一个工作簿可有多个工作表,一个工作表也可上下放多张表。"),
)


def form_template(title: str) -> bytes:
    """Make the workbook; the same bytes each time."""
    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True})
    book.set_properties({"title": title, "created": CREATED})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
    head = book.add_format({"border": 1, "bold": True, "text_wrap": True, "align": "center"})
    large = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    sheet = book.add_worksheet("监控表")
    sheet.set_column(0, LAST, 12)
    sheet.merge_range(0, 0, 0, LAST, TITLE, large)
    sheet.merge_range(1, 0, 1, LAST - 2, "(2025年度)")
    sheet.merge_range(1, LAST - 1, 1, LAST, "单位:万元")
    _about(sheet, cell)
    _money(sheet, head, cell)
    _indicators(sheet, head, cell)
    sheet.merge_range(14, 0, 14, LAST, "填报日期:2025年7月18日")
    guide = book.add_worksheet("填写说明")
    guide.set_column(0, 0, 20)
    guide.set_column(1, 1, 90)
    for row, (name, text) in enumerate(GUIDE):
        guide.write_string(row, 0, name, head)
        guide.write_string(row, 1, text, cell)
    book.close()
    return target.getvalue()


def _about(sheet: Worksheet, cell: object) -> None:
    sheet.write_row(2, 0, ["项目名称"], cell)
    sheet.merge_range(2, 1, 2, 7, "义务教育学校设备更新(示例)", cell)
    sheet.merge_range(2, 8, 2, 9, "(项目代码)", cell)
    sheet.merge_range(2, 10, 2, LAST, "61010025P101000000001", cell)
    sheet.write_row(3, 0, ["主管部门及代码"], cell)
    sheet.merge_range(3, 1, 3, 7, "某市教育局 101", cell)
    sheet.merge_range(3, 8, 3, 9, "实施单位", cell)
    sheet.merge_range(3, 10, 3, LAST, "某市教育局(本级)", cell)


def _money(sheet: Worksheet, head: object, cell: object) -> None:
    sheet.merge_range(4, 0, 7, 0, "项目资金(万元)", head)
    sheet.merge_range(4, 1, 4, 3, "", head)
    heads = ("年初预算数", "调整后预算数", "1-6月执行数", "1-6月执行率", "全年预计执行数")
    sheet.write_row(4, 4, heads, head)
    rows = ("年度资金总额:", "其中:本年一般公共预算拨款", "其他资金")
    for row, (label, amount) in enumerate(zip(rows, (19.3, 19.3, 0), strict=True), 5):
        sheet.merge_range(row, 1, row, 3, label, cell)
        spent, rate = (3.12, "16.17%") if amount else (0, "")
        sheet.write_row(row, 4, [amount, amount, spent, rate, amount], cell)
    sheet.write_string(8, 0, "年度总体目标", head)
    sheet.merge_range(8, 1, 8, LAST, "更新80所学校的教学设备", cell)


def _indicators(sheet: Worksheet, head: object, cell: object) -> None:
    for column, name in enumerate((*HEADS, "全年预计完成情况")):
        sheet.merge_range(9, column, 10, column, name, head)
    sheet.merge_range(9, 7, 9, 12, "偏差原因分析", head)
    sheet.write_row(10, 7, CAUSES, head)
    sheet.merge_range(9, 13, 9, 15, "完成目标可能性", head)
    sheet.write_row(10, 13, POSSIBLE, head)
    sheet.merge_range(9, LAST + 1, 10, LAST + 1, "备注", head)
    sheet.merge_range(11, 0, 13, 0, "绩效指标", head)
    sheet.merge_range(11, 1, 12, 1, "产出指标", cell)
    yes, no = "√", ""
    rows = (
        (no, "数量指标", "更新设备的学校数", "80所", "12所", "80所", no, yes, no, no, no),
        (no, "质量指标", "设备验收合格率", "≥95%", "100%", "100%", no, no, no, no, no),
        (
            "满意度指标",
            "服务对象满意度指标",
            "师生满意度",
            "≥90%",
            "92%",
            "92%",
            no,
            no,
            no,
            no,
            no,
        ),
    )
    ends = (
        ("采购流标一次", no, yes, no, "8月底前重新招标"),
        (no, yes, no, no, no),
        (no, yes, no, no, no),
    )
    for row, (cells, end) in enumerate(zip(rows, ends, strict=True), 11):
        first = 1 if cells[0] else 2
        sheet.write_row(row, first, [*cells[first - 1 :], *end], cell)
