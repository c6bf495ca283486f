"""The overdue list as files: what a person typed is text, days are numbers."""

import datetime as dt
import io

import openpyxl

from services.reporting.outputs.overdue_sheet import HEADS, SHEET, overdue_csv, overdue_workbook

ON = dt.date(2026, 7, 21)
ROW = ("水务局", "D1", "一处", "A", "监控表", "P1", "=1+1", "2026-07-20", 1, "未报", "", 0)


def test_as_csv_no_cell_is_a_formula() -> None:
    """With a byte order mark, for Excel."""
    text = overdue_csv([ROW]).decode()

    assert text.startswith(f"\ufeff{HEADS[0]},")
    assert ",'=1+1," in text
    assert text.splitlines()[1].split(",")[8] == "1"


def test_as_a_workbook_it_is_always_the_same() -> None:
    """Text as text, numbers as numbers, under title and provenance."""
    made = overdue_workbook("逾期清单", "C612", ON, [ROW])
    sheet = openpyxl.load_workbook(io.BytesIO(made))[SHEET]

    assert made == overdue_workbook("逾期清单", "C612", ON, [ROW])
    assert [cell.value for cell in sheet[3]] == list(HEADS)
    assert [cell.value for cell in sheet[4]][6:10] == ["=1+1", "2026-07-20", 1, "未报"]
    assert sheet[4][6].data_type == "s"
