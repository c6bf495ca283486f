"""What is overdue as a list that goes out 催办/通报: CSV and Excel, one paper a line."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from xlsxwriter import Workbook

from services.reporting.outputs.plain import looks_like_formula, printable

HEADS: Final = (
    "主管部门",
    "主管部门编码",
    "报送单位",
    "报送单位编码",
    "材料",
    "项目编码",
    "项目名称",
    "报送期限",
    "逾期天数",
    "情况",
    "最近催办",
    "催办次数",
)
WIDTHS: Final = (24, 14, 24, 14, 10, 24, 32, 12, 10, 12, 12, 10)
BOM: Final = "\ufeff"
"""Excel reads a CSV file as UTF-8 only with it."""
SHEET: Final = "逾期未报清单"

Row = Sequence[str | int]


def overdue_csv(rows: Iterable[Row]) -> bytes:
    """Write the list as CSV; no cell is taken for a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(HEADS)
    for row in rows:
        writer.writerow([_inert(cell) for cell in row])
    return (BOM + buffer.getvalue()).encode()


def overdue_workbook(title: str, provenance: str, made_on: dt.date, rows: Iterable[Row]) -> bytes:
    """Write the list as .xlsx under a heading; the same bytes for the same list."""
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(buffer, options) as book:
        made = dt.datetime.combine(made_on, dt.time.min)
        book.set_properties({"title": title, "created": made, "author": "Dualwatch"})
        base: dict[str, Any] = {"font_name": "宋体", "font_size": 10, "border": 1}
        plain = book.add_format({**base, "text_wrap": True, "valign": "vcenter"})
        head = book.add_format({**base, "bold": True, "bg_color": "#EEEEEE", "align": "center"})
        large = book.add_format({"font_name": "黑体", "font_size": 14})
        small = book.add_format({"font_name": "宋体", "font_size": 9})
        sheet = book.add_worksheet(SHEET)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, printable(title), large)
        sheet.write_string(1, 0, printable(provenance), small)
        for column, text in enumerate(HEADS):
            sheet.write_string(2, column, text, head)
        for number, row in enumerate(rows, start=3):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, column, cell, plain)
                else:
                    sheet.write_string(number, column, printable(cell), plain)
    return buffer.getvalue()


def _inert(cell: str | int) -> str | int:
    if isinstance(cell, int):
        return cell
    text = printable(cell)
    return f"'{text}" if looks_like_formula(text) else text
