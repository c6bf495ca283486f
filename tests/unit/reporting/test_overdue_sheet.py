"""The overdue list as files: what a person typed is text, days are numbers."""

import csv
import datetime as dt
import io
from dataclasses import replace

import openpyxl

from services.reporting.outputs.export_rows import rests_on
from services.reporting.outputs.overdue_sheet import (
    HEADS,
    SHEET,
    TEMPLATE,
    overdue_csv,
    overdue_workbook,
)
from tests.unit.reporting.filings import CAMPAIGN

ON = dt.date(2026, 7, 21)
MADE = rests_on(replace(CAMPAIGN, cut="7-3", packs=("city@1",)), "0.1", TEMPLATE)
ROW = ("水务局", "D1", "一处", "A", "监控表", "P1", "=1+1", "2026-07-20", 1, "未报", "", 0)


def test_as_csv_no_cell_is_a_formula() -> None:
    """With a byte order mark, for Excel."""
    text = overdue_csv(MADE, [ROW]).decode()

    assert text.startswith(f"\ufeff{HEADS[0]},")
    assert ",'=1+1," in text
    assert text.splitlines()[1].split(",")[8] == "1"


def test_as_csv_it_says_in_its_last_row_what_it_rests_on() -> None:
    """Day, campaign, cut, packs, release and template, as other lists do (issue 8.6)."""
    *_, note = csv.reader(overdue_csv(MADE, [ROW]).decode().splitlines())

    assert note == [MADE, *[""] * (len(HEADS) - 1)]
    for words in (
        "监控活动 610100/2026-07",
        "数据位置 7-3",
        "规则包 city@1",
        "程序版本 0.1",
        TEMPLATE,
    ):
        assert words in note[0]


def test_as_a_workbook_it_is_always_the_same() -> None:
    """Text as text, numbers as numbers, under title and provenance."""
    made = overdue_workbook("逾期清单", MADE, ON, [ROW])
    sheet = openpyxl.load_workbook(io.BytesIO(made))[SHEET]

    assert made == overdue_workbook("逾期清单", MADE, ON, [ROW])
    assert sheet["A2"].value == MADE
    assert [cell.value for cell in sheet[3]] == list(HEADS)
    assert [cell.value for cell in sheet[4]][6:10] == ["=1+1", "2026-07-20", 1, "未报"]
    assert sheet[4][6].data_type == "s"
