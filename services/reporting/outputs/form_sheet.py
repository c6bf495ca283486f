"""The monitoring form as JSON and as an Excel workbook, the same bytes for the same form.

Layout: 财预〔2019〕136号 附件1 in the city's variant (forms.md 2.1, domain-rules 20): 年初预算数,
调整后预算数, 执行数, 执行率 on the adjusted budget. Cells hold exact 万元, shown with two places.
"""

import datetime as dt
import io
import unicodedata
from dataclasses import asdict
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from contracts.vocabulary import Light, fen_to_wire
from services.reporting.domain import DepartmentSummary, FundingRow, IndicatorRow, MonitoringForm

FEN_PER_WAN: Final = 1_000_000
"""One 万元 is 10,000 yuan is 1,000,000 fen."""

COLUMNS: Final = 16
WIDTHS: Final = (11, 14, 30, 16, 18, 16, 8, 8, 8, 8, 8, 24, 8, 8, 10, 20)
LINE_POINTS: Final = 13
ROW_POINTS_MAX: Final = 409
"""Excel's own limit."""
TITLE: Final = "项目支出预算绩效目标执行监控表"
INDICATOR_HEADS: Final = ("一级指标", "二级指标", "三级指标", "年度指标值")
CAUSE_HEADS: Final = ("经费保障", "制度保障", "人员保障", "硬件条件保障", "其他")
POSSIBILITY_HEADS: Final = ("确定能", "有可能", "完全不可能")
NOTES: Final = (
    "注: 1. 偏差原因分析: 针对与预期目标产生偏差的指标值, 分别从经费保障、制度保障、人员保障、"
    "硬件条件保障等方面进行判断和分析, 并说明原因。\n"
    "2. 完成目标可能性: 对应所设定的实现绩效目标的路径, 分确定能、有可能、完全不可能三级"
    "综合判断完成的可能性。\n"
    "3. 备注: 说明预计到年底不能完成目标的原因及拟采取的措施。"
)
FILLS: Final[dict[Light, str]] = {
    Light.RED: "#F4C7C3",
    Light.YELLOW: "#FCE8B2",
    Light.GREEN: "#D5EBD6",
    Light.BLUE: "#CFE2F3",
}
LIGHT_LABELS: Final[dict[Light, str]] = {
    Light.RED: "红",
    Light.YELLOW: "黄",
    Light.GREEN: "绿",
    Light.BLUE: "蓝",
}
SEVERITY_LABELS: Final = {"red": "红色", "yellow": "黄色", "info": "提示"}


def form_document(form: MonitoringForm) -> dict[str, Any]:
    """Return the form as JSON: money as decimal strings of yuan, rates in basis points."""
    document = asdict(form)
    document["as_of"] = form.as_of.isoformat()
    for row in document["funding"]:
        for name in ("original_budget", "adjusted_budget", "spent"):
            row[name] = None if row[name] is None else fen_to_wire(row[name])
    for alert in document["alerts"]:
        alert["as_of"] = alert["as_of"].isoformat()
    return document


def summary_document(summary: DepartmentSummary) -> dict[str, Any]:
    """Return a department's summary as JSON, money as decimal strings of yuan."""
    document = asdict(summary)
    document["as_of"] = summary.as_of.isoformat()
    for name in ("original_budget", "adjusted_budget", "disbursed", "spent"):
        document[name] = fen_to_wire(document[name])
    return document


def form_workbook(form: MonitoringForm) -> bytes:
    """Return the form as .xlsx; text is written as text, so no cell is ever a formula."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as book:
        # The file's own dates come from the form, else two runs would differ.
        made = dt.datetime.combine(form.as_of, dt.time.min)
        book.set_properties({"title": TITLE, "created": made, "author": "Dualwatch"})
        _Sheet(book, form).write()
    return buffer.getvalue()


class _Sheet:
    """Writes one form downwards; `row` is the next free row."""

    def __init__(self, book: Workbook, form: MonitoringForm) -> None:
        self.form = form
        self.sheet: Worksheet = book.add_worksheet("监控表")
        self.row = 0
        base: dict[str, Any] = {
            "font_name": "宋体",
            "font_size": 10,
            "border": 1,
            "valign": "vcenter",
            "text_wrap": True,
        }
        self.plain: Format = book.add_format({**base, "align": "left"})
        self.centre: Format = book.add_format({**base, "align": "center"})
        self.head: Format = book.add_format(
            {**base, "align": "center", "bold": True, "bg_color": "#EEEEEE"}
        )
        self.money: Format = book.add_format({**base, "align": "right", "num_format": "#,##0.00"})
        self.percent: Format = book.add_format({**base, "align": "right", "num_format": "0.00%"})
        self.title: Format = book.add_format(
            {"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"}
        )
        self.small: Format = book.add_format(
            {"font_name": "宋体", "font_size": 9, "text_wrap": True, "valign": "top"}
        )
        self.lights = {
            light: book.add_format({**base, "align": "center", "bg_color": colour})
            for light, colour in FILLS.items()
        }

    def write(self) -> None:
        self._page()
        self._heading()
        self._funding()
        self._goal()
        self._indicators()
        self._alerts()
        self._footer()

    def _page(self) -> None:
        for column, width in enumerate(WIDTHS):
            self.sheet.set_column(column, column, width)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)  # A4: what a unit prints and seals.
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_footer("&C第 &P 页 共 &N 页")

    def _span(self, first: int, last: int, text: str, cell: Format) -> None:
        if first == last:
            self.sheet.write_string(self.row, first, text, cell)
        else:
            self.sheet.merge_range(self.row, first, self.row, last, "", cell)
            self.sheet.write_string(self.row, first, text, cell)

    def _fit(self, *texts: tuple[str, int]) -> None:
        """Make the row as high as its longest text needs; Excel does not for merged cells."""
        lines = max(lines_of(text, width) for text, width in texts)
        height = LINE_POINTS * (lines + 1)
        self.sheet.set_row(self.row, min(height, ROW_POINTS_MAX))

    def _heading(self) -> None:
        form = self.form
        self._span(0, COLUMNS - 1, TITLE, self.title)
        self.sheet.set_row(0, 30)
        self.row += 1
        self._span(0, 11, f"({form.fiscal_year}年度)  截止日期: {form.as_of}", self.small)
        self._span(12, COLUMNS - 1, f"单位: {money_unit(form.currency)}", self.small)
        self.row += 1
        self._pair("项目名称", form.project_name or "(未登记)", "项目代码", form.project_id)
        self._pair(
            "主管部门及代码",
            _name_and_code(form.department_name, form.department),
            "实施单位",
            _name_and_code(form.lead_unit_name, form.lead_unit),
        )

    def _pair(self, label: str, value: str, label_2: str, value_2: str) -> None:
        self._span(0, 1, label, self.head)
        self._span(2, 5, value, self.plain)
        self._span(6, 8, label_2, self.head)
        self._span(9, COLUMNS - 1, value_2, self.plain)
        self.sheet.set_row(self.row, 30)
        self.row += 1

    def _funding(self) -> None:
        period = self.form.period
        heads = (
            (0, 2, f"项目资金 ({money_unit(self.form.currency)})"),
            (3, 3, "年初预算数"),
            (4, 4, "调整后预算数"),
            (5, 5, f"{period}执行数"),
            (6, 8, f"{period}执行率"),
            (9, COLUMNS - 1, "全年预计执行数"),
        )
        for first, last, text in heads:
            self._span(first, last, text, self.head)
        self.sheet.set_row(self.row, 30)
        self.row += 1
        for row in self.form.funding:
            self._funding_row(row)

    def _funding_row(self, row: FundingRow) -> None:
        self._span(0, 2, "    " * row.level + row.label, self.plain)
        for column, fen in ((3, row.original_budget), (4, row.adjusted_budget), (5, row.spent)):
            if fen is None:
                self.sheet.write_blank(self.row, column, None, self.money)
            else:
                self.sheet.write_number(self.row, column, fen / FEN_PER_WAN, self.money)
        self.sheet.merge_range(self.row, 6, self.row, 8, "", self.percent)
        if row.execution_rate_bp is not None:
            self.sheet.write_number(self.row, 6, row.execution_rate_bp / 10_000, self.percent)
        self._span(9, COLUMNS - 1, "", self.plain)
        self.row += 1

    def _goal(self) -> None:
        self._span(0, 1, "年度总体目标", self.head)
        self._span(2, COLUMNS - 1, self.form.goal, self.plain)
        self._fit((self.form.goal, sum(WIDTHS[2:])))
        self.row += 1

    def _indicators(self) -> None:
        period = self.form.period
        top = self.row
        for column, text in enumerate((*INDICATOR_HEADS, f"{period}完成情况", "全年预计完成情况")):
            self.sheet.merge_range(top, column, top + 1, column, text, self.head)
        self._span(6, 10, "偏差原因分析", self.head)
        self.sheet.merge_range(top, 11, top + 1, 11, "原因说明", self.head)
        self._span(12, 14, "完成目标可能性", self.head)
        self.sheet.merge_range(top, 15, top + 1, 15, "备注", self.head)
        self.row += 1
        for column, text in enumerate(CAUSE_HEADS, start=6):
            self.sheet.write_string(self.row, column, text, self.head)
        for column, text in enumerate(POSSIBILITY_HEADS, start=12):
            self.sheet.write_string(self.row, column, text, self.head)
        self.sheet.set_row(self.row, 30)
        self.row += 1
        for row in self.form.indicators:
            self._indicator_row(row)
        if not self.form.indicators:
            self._span(0, COLUMNS - 1, "(本年度未批复绩效目标)", self.centre)
            self.row += 1

    def _indicator_row(self, row: IndicatorRow) -> None:
        for column, text in enumerate((row.level_1, row.level_2, row.level_3, row.target)):
            self.sheet.write_string(self.row, column, text, self.plain)
        cell = self.lights[row.light] if row.light else self.centre
        self.sheet.write_string(self.row, 4, row.actual, cell)
        for column in range(5, COLUMNS):
            self.sheet.write_blank(self.row, column, None, self.centre)
        if row.cause_required:
            self.sheet.write_string(self.row, 11, "(须说明原因)", self.centre)
        self._fit((row.level_3, WIDTHS[2]), (row.target, WIDTHS[3]), (row.actual, WIDTHS[4]))
        self.row += 1

    def _alerts(self) -> None:
        if not self.form.alerts:
            return
        self._span(0, COLUMNS - 1, "相关预警", self.head)
        self.row += 1
        for alert in self.form.alerts:
            self._span(0, 1, SEVERITY_LABELS.get(alert.severity, alert.severity), self.centre)
            self._span(2, 8, alert.title_zh, self.plain)
            self._span(9, COLUMNS - 1, f"{alert.as_of}  {alert.rule_id}", self.plain)
            self.row += 1

    def _footer(self) -> None:
        form = self.form
        self._span(0, COLUMNS - 1, NOTES, self.small)
        self.sheet.set_row(self.row, 48)
        self.row += 1
        for first, label in (
            (0, "填报人:"),
            (3, "联系电话:"),
            (6, "单位负责人:"),
            (12, "填报日期:"),
        ):
            self.sheet.write_string(self.row, first, label, self.small)
        self.row += 1
        light = LIGHT_LABELS[form.light] if form.light else "无"
        made_from = (
            f"项目灯: {light}  账本位置: {form.cut}  模板: {form.template}  版本: {form.release}"
        )
        self._span(0, COLUMNS - 1, made_from, self.small)


def lines_of(text: str, width: int) -> int:
    """Count the lines a text takes in a cell; a Chinese character is two wide."""
    found = 0
    for line in text.split("\n"):
        size = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)
        found += max(1, -(-size // width))
    return found


def money_unit(currency: str) -> str:
    """Name the unit of the money cells: ten thousand of the jurisdiction's currency."""
    return "万元" if currency == "CNY" else f"万 {currency}"


def _name_and_code(name: str | None, code: str | None) -> str:
    return " ".join(part for part in (name, code) if part) or "(未登记)"
