"""Messy workbooks: merged cells, hidden sheets, two calendars, errors, damaged codes."""

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter

from services.intake.files.excel_values import date_text, number_text, percent_text
from services.intake.files.outcomes import Mapped, Rejected
from services.intake.files.tables import Unreadable, UnreadableTableError
from tests.unit.intake_files.table_files import (
    COLUMNS,
    ROW,
    amounts,
    csv_bytes,
    events,
    mapped,
    parts_changed,
    passed,
    rejected,
    row,
    workbook,
)

PLAIN = mapped(csv_bytes(row()))


def test_a_workbook_says_the_same_as_a_text() -> None:
    """Numbers as text or as numbers, with or without shared strings."""
    typed = ("V1", "P1", 46086, 2026, 1234.5, "已支付", "甲公司", 6222001)

    assert PLAIN == [
        one._replace(sheet=None) for one in mapped(workbook(row())) if type(one) is Mapped
    ]
    assert events(PLAIN) == events(mapped(workbook(typed)))
    assert events(PLAIN) == events(mapped(workbook(typed, constant_memory=True)))


def _messy_workbook(*, date_1904: bool) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"date_1904": date_1904}) as book:
        hidden, sheet = book.add_worksheet("旧表"), book.add_worksheet("凭证")
        for number, cells in enumerate((COLUMNS, ROW)):
            hidden.write_row(number, 0, cells)
        sheet.activate()
        hidden.hide()
        day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        sheet.merge_range("A1:H1", "二〇二六年支付凭证")
        sheet.write("H2", "单位：万元")
        for column, name in enumerate(COLUMNS):
            if name not in {"金额", "状态"}:
                sheet.merge_range(2, column, 3, column, name)
        sheet.merge_range("E3:F3", "支付情况")
        sheet.write_row("E4", ["金额", "状态"])
        sheet.merge_range("A5:A6", "V1")
        sheet.merge_range("B5:B6", "P1")
        for number, account in ((4, "1"), (5, "2")):
            sheet.write_datetime(number, 2, dt.datetime(2026, 3, 5, 14, 30), day)  # noqa: DTZ001
            sheet.write_row(number, 3, ["2026", 0.1 + 0.2, "已支付", "甲", account])
        sheet.write_row(6, 0, ["合计", "", "", "", 0.6])
    return content.getvalue()


@pytest.mark.parametrize("date_1904", [False, True])
def test_merged_cells_titles_units_dates_and_hidden_sheets(date_1904: bool) -> None:  # noqa: FBT001
    """Two payments of one voucher whose number is merged over both rows."""
    found = mapped(_messy_workbook(date_1904=date_1904))
    both = events(found)

    assert ["3000.00", "3000.00"] == amounts(found)
    assert {("2026-03-05", "V1")} == {
        (event["data"]["date"], event["data"]["document"]["number"]) for event in both
    }
    assert [(7, "skip")] == passed(found)


def test_one_amount_merged_over_two_rows_is_no_amount_of_both() -> None:
    """Filled down it would count twice."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate((COLUMNS, row(), row(凭证号="V2", 金额=""))):
            sheet.write_row(number, 0, cells)
        sheet.merge_range("E2:E3", 100)
    found = mapped(content.getvalue())

    assert [(3, "金额", "100", "merged_amount")] == rejected(found)
    assert [""] == [one.cells[4] for one in found if isinstance(one, Rejected)]


def test_days_around_excels_false_leap_day() -> None:
    """Serial 59 is the 28th of February 1900, 60 is no day, 61 the 1st of March."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy/m/d"})
        sheet.write_row(0, 0, COLUMNS)
        for number, serial in enumerate((59, 60, 61), 1):
            sheet.write_row(number, 0, row(凭证号=f"V{serial}"))
            sheet.write_number(number, 2, serial, day)
    found = mapped(content.getvalue())
    dates = [json.loads(one.event)["data"]["date"] for one in found if isinstance(one, Mapped)]

    assert ["1900-02-28", "1900-03-01"] == dates
    assert [(3, "日期", "60", "not_a_date")] == rejected(found)


@pytest.mark.parametrize(
    ("cell", "column", "code"),
    [
        ('<c r="E2" t="e"><v>#N/A</v></c>', "金额", "spreadsheet_error"),
        ('<c r="E2"><f>SUM(A1)</f></c>', "金额", "spreadsheet_error"),
        ('<c r="E2" t="b"><v>1</v></c>', "金额", "not_a_number"),
        ('<c r="B2"><v>1.0000017175070061E20</v></c>', "项目编码", "scientific_notation"),
        ('<c r="B2"><v>100000171750700600</v></c>', "项目编码", "scientific_notation"),
    ],
)
def test_cells_that_hold_no_value_are_rejected(cell: str, column: str, code: str) -> None:
    """Errors, formulas that were never calculated, codes that became numbers."""
    place = "xl/worksheets/sheet1.xml"
    raw = workbook(row())
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        part = archive.read(place).decode()
    name = cell.split('"')[1]
    changed = re.sub(rf'<c r="{name}"[^>]*>.*?</c>', cell, part)
    found = rejected(mapped(parts_changed(raw, {place: changed.encode()})))

    assert [(column, code)] == [(one[1], one[3]) for one in found]


@pytest.mark.parametrize("show", [number_text, percent_text, date_text])
@pytest.mark.parametrize(
    "raw",
    ["1e999999", "-1E-999999", "1e999", "-1e-999", "NaN", "Infinity", "１２", "9" * 1_000_000],
    ids=lambda raw: raw[:12],
)
def test_a_number_that_excel_never_wrote_is_shown_as_it_stands(
    show: Callable[..., str], raw: str
) -> None:
    """No failure, no megabyte of zeros, and no seconds spent on a million digits."""
    shown = show(raw, date_1904=False) if show is date_text else show(raw)

    assert shown in {raw, "INF", "0", "0%", "-0", "-0%"}


def test_the_number_of_a_text_may_have_any_length() -> None:
    """Python reads no number of thousands of digits: it was a failure of the service."""
    place = "xl/worksheets/sheet1.xml"
    raw = workbook(row())
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        part = archive.read(place).decode()
    cell = f'<c r="E2" t="s"><v>{"9" * 5_000}</v></c>'
    changed = re.sub(r'<c r="E2"[^>]*>.*?</c>', cell, part)
    with pytest.raises(UnreadableTableError) as caught:
        mapped(parts_changed(raw, {place: changed.encode()}))

    assert caught.value.code is Unreadable.DAMAGED
