"""What is overdue as a list that goes out 催办/通报: CSV and Excel, one paper a line."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from services.reporting.outputs.tabular import CsvList, ListFile, SheetList

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
TEMPLATE: Final = "overdue-list-1"
"""Names what the list says and how, as other lists' templates do."""
WIDTHS: Final = (24, 14, 24, 14, 10, 24, 32, 12, 10, 12, 12, 10)
SHEET: Final = "逾期未报清单"

Row = Sequence[str | int]


def overdue_csv(provenance: str, rows: Iterable[Row]) -> bytes:
    """Write the list as CSV, what it rests on last; no cell is taken for a formula."""
    return _written(CsvList(HEADS, note=provenance), rows)


def overdue_workbook(title: str, provenance: str, made_on: dt.date, rows: Iterable[Row]) -> bytes:
    """Write the list as .xlsx under a heading; the same bytes for the same list."""
    return _written(SheetList(title, provenance, made_on, HEADS, WIDTHS, sheet=SHEET), rows)


def _written(file: ListFile, rows: Iterable[Row]) -> bytes:
    for row in rows:
        file.add(row)
    return file.finish()
