"""A unit's forms as one workbook: down, filled, up; every cell read, faults by cell."""

import dataclasses
import datetime as dt
import functools
import io
import zipfile
from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random  # noqa: TID251 - seeded
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from xlsxwriter import Workbook

from contracts.vocabulary import PaperKind
from services.reporting.domain.assembling import dated
from services.reporting.domain.declaration import DraftField, declaration_of
from services.reporting.domain.filled import Figures
from services.reporting.domain.form import FundingRow, MonitoringForm
from services.reporting.domain.paper import Paper
from services.reporting.outputs.fill_in import FORMAT, Blank, fill_in_workbook
from services.reporting.outputs.fill_in_reading import Filled, filled_in
from services.reporting.outputs.fill_in_values import CellFault, Kind, Words, value_of
from services.reporting.outputs.marks import mark_in
from services.reporting.outputs.sheet_cells import (
    MARKUP_MAX,
    NOTHING,
    Cell,
    Holds,
    Look,
    UnreadableWorkbookError,
    cell_of,
    sheets_of,
)
from tests.support.forms import PAPER, filled, funding, indicators
from tests.unit.reporting.filings import CITY, assessed

SHEET = "001 老旧小区综合改造(二期)"
AT = dt.datetime(2026, 7, 8, tzinfo=dt.UTC)
SHEETS_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _paper(**values: Any) -> Paper:
    draft = {
        pointer: DraftField(value=value, version=3, by="u", at=AT)
        for pointer, value in values.items()
    }
    return Paper(
        PAPER,
        PaperKind.FORM,
        "610100",
        "2026-07",
        2026,
        dt.date(2026, 7, 20),
        project="610100/61010026P101000000001",
        draft=draft,
    )


def _book(
    paper: Paper | None = None,
    form: MonitoringForm | None = None,
    dated: frozenset[str] = frozenset(),
) -> bytes:
    blank = Blank(paper or _paper(), form or filled(), dated)
    return fill_in_workbook("610100/2026-07", "101003", [blank], dt.date(2026, 7, 1))


def _typed(content: bytes, cells: Mapping[str, Any]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for place, value in cells.items():
        book[SHEET][place] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@functools.cache
def _place(content: bytes, label: str, column: str) -> str:
    """Find a cell by the text of its row's first or third cell."""
    sheet = openpyxl.load_workbook(io.BytesIO(content))[SHEET]
    row = next(row[0].row for row in sheet.iter_rows() if label in {row[0].value, row[2].value})
    return f"{column}{row}"


def _changes(found: Filled) -> dict[str, Any]:
    return {change.field: change.value for change in found.changes}


def test_a_workbook_that_nobody_touched_changes_nothing() -> None:
    """What stood there is not sent back, though another program saved the file."""
    paper = _paper(**{"/remarks": "=1+1", "/carryover": "457600.18", "/execution/areas": ["other"]})
    content = _book(paper)

    assert filled_in(content).changes == ()
    assert filled_in(_typed(content, {})) == filled_in(content)
    assert _book(paper) == content


def test_what_is_typed_becomes_fields_with_the_versions_that_went_out() -> None:
    """Every kind of cell: amounts, ticks, choices, results, dates, words."""
    content = _book(_paper(**{"/remarks": "old"}))
    behind = "外墙保温工程完成时间"
    typed = {
        _place(content, "  一般公共预算", "F"): 1234.56789,
        _place(content, "预计结转", "F"): "1,000.5",
        _place(content, behind, "F"): "2026年10月8日",
        _place(content, behind, "G"): "十月完成",
        _place(content, behind, "H"): "√",
        _place(content, behind, "L"): "√",
        _place(content, behind, "M"): "履行政府采购程序",
        _place(content, behind, "N"): "招标延后",
        _place(content, behind, "O"): "有可能",
        _place(content, behind, "P"): "加派人手",
        _place(content, "改造老旧小区数量", "F"): 24,
        _place(content, "居民满意度", "F"): "部分达成目标并具有一定效果",
        _place(content, "其他说明", "C"): "new",
        _place(content, "填报日期:", "C"): 46211,
    }
    found = filled_in(_typed(content, typed))

    assert found.faults == ()
    assert (found.campaign, found.unit) == ("610100/2026-07", "101003")
    assert {change.paper for change in found.changes} == {PAPER}
    assert {c.field: c.version for c in found.changes}["/remarks"] == 3
    assert {c.field: c.version for c in found.changes}["/carryover"] == 0
    assert _changes(found) == {
        "/funding/general_public/expected_spent": "12345678.90",
        "/carryover": "10005000.00",
        "/indicators/K2/result": {"value_text": "2026年10月8日", "value_date": "2026-10-08"},
        "/indicators/K2/expected_result": "十月完成",
        "/indicators/K2/areas": ["funding", "other"],
        "/indicators/K2/reason_type": "procurement_procedure",
        "/indicators/K2/reason": "招标延后",
        "/indicators/K2/possibility": "possible",
        "/indicators/K2/measure": "加派人手",
        "/indicators/K1/result": {"value_text": "24", "value": "24"},
        "/indicators/K3/result": {
            "value_text": "部分达成目标并具有一定效果",
            "grade": "partly_met",
        },
        "/remarks": "new",
        "/contact/filled_on": "2026-07-08",
    }
    declaration_of(_changes(found))


def test_what_is_emptied_is_cleared() -> None:
    """An empty cell is null, and five empty areas are none."""
    content = _book(_paper(**{"/remarks": "old", "/execution/areas": ["funding"]}))
    typed = {
        _place(content, "其他说明", "C"): None,
        _place(content, "执行偏差原因", "H"): None,
    }
    place = [p for p, cell in sheets_of(content)[SHEET].items() if cell.text == "√"]
    found = filled_in(_typed(content, {**typed, place[0]: None}))

    assert _changes(found) == {"/remarks": None, "/execution/areas": None}


def test_each_fault_names_its_cell_in_two_languages() -> None:
    """Nothing is guessed: what cannot be read is told, cell by cell, all at once."""
    content = _book()
    behind = "外墙保温工程完成时间"
    typed = {
        _place(content, "预计结转", "F"): "-3",
        _place(content, "预计结余", "F"): 0.12345678,
        _place(content, behind, "H"): "maybe",
        _place(content, behind, "M"): "天气",
        _place(content, "填报日期:", "C"): "2026-02-30",
        _place(content, "年度资金总额", "D"): 1,
    }
    found = filled_in(_typed(content, typed))

    assert {fault.cell for fault in found.faults} == {f"{SHEET}!{place}" for place in typed}
    assert {fault.code for fault in found.faults} == {
        "no_amount",
        "too_many_decimals",
        "no_tick",
        "no_choice",
        "no_such_day",
        "read_only_cell",
    }
    assert all(fault.text and fault.text_zh for fault in found.faults)


def test_a_renamed_sheet_is_told() -> None:
    """Its form would be lost silently otherwise."""
    book = openpyxl.load_workbook(io.BytesIO(_book()))
    book[SHEET].title = "mine"
    target = io.BytesIO()
    book.save(target)
    (fault,) = filled_in(target.getvalue()).faults

    assert (fault.cell, fault.code) == (f"{SHEET}!A1", "sheet_missing")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    """Any bytes may come."""
    with pytest.raises(UnreadableWorkbookError):
        filled_in(content)


def test_damaged_workbooks_are_refused_and_nothing_else_is_raised() -> None:
    """Whatever bytes are changed on the way: it can be read, or it is no workbook."""
    content = _book()
    chance = Random(7)
    refused = 0
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(12):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        mark_in(bytes(damaged))
        try:
            filled_in(bytes(damaged))
        except UnreadableWorkbookError:
            refused += 1

    assert refused


def _with_part(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_book())) as book, zipfile.ZipFile(target, "w") as made:
        for part in book.namelist():
            made.writestr(part, content if part == name else book.read(part), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def test_a_part_of_nothing_but_tags_is_refused_before_it_is_read() -> None:
    """Some kilobytes would become gigabytes of memory."""
    bomb = _with_part("xl/worksheets/sheet1.xml", b"<a>" + b"<b/>" * (MARKUP_MAX + 1) + b"</a>")

    assert len(bomb) < 200_000
    with pytest.raises(UnreadableWorkbookError, match="larger"):
        sheets_of(bomb)


def test_many_sheets_of_one_part_are_refused() -> None:
    """It would be read again for each of them."""
    relations = "xl/_rels/workbook.xml.rels"
    with zipfile.ZipFile(io.BytesIO(_book())) as book:
        told = book.read(relations).replace(b"sheet2.xml", b"sheet1.xml")
    with pytest.raises(UnreadableWorkbookError, match="this is no"):
        sheets_of(_with_part(relations, told))


def test_a_workbook_of_somebody_else_is_refused() -> None:
    """Without its hidden list nobody knows which cell is which field."""
    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    with pytest.raises(UnreadableWorkbookError, match="hidden list"):
        filled_in(target.getvalue())


def test_treasury_cells_are_protected_and_lists_offered() -> None:
    """domain-rules 20: what is the treasury's is read-only."""
    content = _book()
    sheet = openpyxl.load_workbook(io.BytesIO(content))[SHEET]
    rules = {rule.type for rule in sheet.data_validations.dataValidation}

    assert sheet.protection.sheet
    assert sheet[_place(content, "年度资金总额", "D")].protection.locked
    assert not sheet[_place(content, "年度资金总额", "F")].protection.locked
    assert rules == {"list", "decimal"}
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book["_dualwatch"].sheet_state == "veryHidden"


def _rows_of(content: bytes, *labels: str) -> list[int]:
    return [int(_place(content, label, "A")[1:]) for label in labels]


def test_rows_that_changed_places_are_told_and_go_to_no_other_indicator() -> None:
    """A sorted or swapped row would say another indicator's result, as a fact of the ledger."""
    content = _book()
    first, third = _rows_of(content, "改造老旧小区数量", "居民满意度")
    book = openpyxl.load_workbook(io.BytesIO(_typed(content, {f"F{first}": 24, f"N{first}": "w"})))
    sheet = book[SHEET]
    for column in range(1, 18):
        one, other = sheet.cell(first, column), sheet.cell(third, column)
        one.value, other.value = other.value, one.value
    target = io.BytesIO()
    book.save(target)
    faults = filled_in(target.getvalue()).faults

    assert [(fault.cell, fault.code) for fault in faults] == [
        (f"{SHEET}!A{first}", "row_moved"),
        (f"{SHEET}!A{third}", "row_moved"),
    ]
    assert "产出指标" in faults[0].text_zh


def test_rows_of_the_same_words_are_told_apart_by_a_hidden_key() -> None:
    """Two indicators may be called alike; moved they are told too."""
    one, _, _ = indicators()
    content = _book(form=filled(indicators=(one, dataclasses.replace(one, indicator="K9"))))
    first = _rows_of(content, "改造老旧小区数量")[0]
    typed = {f"F{first}": 24, f"Q{first}": "K9", f"Q{first + 1}": "K1"}
    sheet = openpyxl.load_workbook(io.BytesIO(content))[SHEET]

    assert sheet.column_dimensions["Q"].hidden
    assert {fault.cell for fault in filled_in(_typed(content, typed)).faults} == {
        f"{SHEET}!Q{first}",
        f"{SHEET}!Q{first + 1}",
    }


@pytest.mark.parametrize(
    "move",
    [lambda sheet, row: sheet.insert_rows(row), lambda sheet, _: sheet.insert_cols(6)],
    ids=["row", "column"],
)
def test_an_inserted_row_or_column_is_told(move: Any) -> None:
    """Everything behind it stands elsewhere than it was."""
    content = _book()
    (row,) = _rows_of(content, "改造老旧小区数量")
    book = openpyxl.load_workbook(io.BytesIO(_typed(content, {f"F{row}": 24})))
    move(book[SHEET], row)
    target = io.BytesIO()
    book.save(target)

    assert "row_moved" in {fault.code for fault in filled_in(target.getvalue()).faults}


def test_a_figure_written_where_the_treasury_has_none_is_told() -> None:
    """An empty cell of treasury money is read-only too, as is a rate."""
    content = _book()
    empty = _place(content, "    其中: 上年结转", "D")
    rate = _place(content, "年度资金总额", "E")
    faults = filled_in(_typed(content, {empty: 3, rate: 0.9})).faults

    assert {(f.cell, f.code) for f in faults} == {
        (f"{SHEET}!{empty}", "read_only_cell"),
        (f"{SHEET}!{rate}", "read_only_cell"),
    }


def test_own_funds_show_what_the_ledger_has() -> None:
    """What was spent is filled in beside the ledger's figure, which is read-only."""
    own = FundingRow("其中: 单位资金 L1", 2, 0, 500, 12_340_000, 0, key="L1", own_funds=True)
    content = _book(form=filled(funding=(*funding(), own)))
    cells = sheets_of(content)[SHEET]
    ledger = _place(content, "    其中: 单位资金 L1", "G")

    assert cells[ledger].text == "12.34"
    (fault,) = filled_in(_typed(content, {ledger: 13})).faults
    assert fault.code == "read_only_cell"


def _formatted(content: bytes, place: str, value: Any, number_format: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    book[SHEET][place].value = value
    book[SHEET][place].number_format = number_format
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _result_book() -> tuple[bytes, str, str]:
    """Give a form with an indicator in % and one in 个, and where their results are."""
    one, behind, satisfied = indicators()
    rows = (
        dataclasses.replace(one, unit="个"),
        behind,
        dataclasses.replace(satisfied, unit="%"),
    )
    content = _book(form=filled(indicators=rows))
    places = [_place(content, label, "F") for label in ("改造老旧小区数量", "居民满意度")]
    return content, places[0], places[1]


@pytest.mark.parametrize(
    ("value", "number_format", "said"),
    [
        (0.85, "0%", {"value_text": "85%", "value": "85"}),
        (0.857, "0%", {"value_text": "85.7%", "value": "85.7"}),
        (0.573, '0.00" ok"%', {"value_text": "57.3%", "value": "57.3"}),
        (85, "0.00", {"value_text": "85", "value": "85"}),
        ("85%", "@", {"value_text": "85%", "value": "85"}),
        ("85％", "@", {"value_text": "85％", "value": "85"}),
        ("８５．５", "@", {"value_text": "８５．５", "value": "85.5"}),
        ("1,085.50", "@", {"value_text": "1,085.50", "value": "1085.50"}),
        ("087", "@", {"value_text": "087", "value": "87"}),
    ],
)
def test_a_number_is_read_as_it_is_shown(value: Any, number_format: str, said: Any) -> None:
    """0.85 shown as 85 % in an indicator of per cent is 85, never 0.85."""
    content, _, place = _result_book()
    found = filled_in(_formatted(content, place, value, number_format))

    assert found.faults == ()
    assert _changes(found) == {"/indicators/K3/result": said}


@pytest.mark.parametrize(
    ("value", "number_format", "code"),
    [
        (0.85, "0%", "shown_as_percent"),
        ("85%", "@", "shown_as_percent"),
        (46188, "yyyy-mm-dd", "shown_as_date"),
        (46188, "[$-804]yyyy年m月d日", "shown_as_date"),
        (dt.date(2026, 6, 14), "m/d", "shown_as_date"),
        (0.5, "[h]:mm", "shown_as_date"),
        (True, "General", "true_or_false"),
        ("=1/0", "General", "formula_without_value"),
        (1 / 3, "General", "no_exact_number"),
        (1e80, "General", "no_exact_number"),
        ("24.1234567", "@", "no_exact_number"),
        ("24,5", "@", "no_exact_number"),
    ],
)
def test_a_result_that_is_not_what_it_looks_like_is_told(
    value: Any, number_format: str, code: str
) -> None:
    """A serial number of a day, an error, a truth: none is a result."""
    content, place, _ = _result_book()
    found = filled_in(_formatted(content, place, value, number_format))

    assert found.changes == ()
    assert [(fault.cell, fault.code) for fault in found.faults] == [(f"{SHEET}!{place}", code)]


@pytest.mark.parametrize(
    ("value", "number_format"),
    [
        (46187, "yyyy-mm-dd"),
        (46187, "[$-804]yyyy年m月d日"),
        (dt.date(2026, 6, 14), "m/d"),
        (dt.datetime(2026, 6, 14), "yyyy-mm-dd hh:mm:ss"),  # noqa: DTZ001 - workbooks have no zone
        (46187.000001, "yyyy-mm-dd"),
        (46186.999999, "yyyy-mm-dd"),
        ("2026-06-14", "@"),
    ],
)
def test_a_day_is_the_result_of_an_indicator_that_promises_no_number(
    value: Any, number_format: str
) -> None:
    """Of value kind `date` (domain-rules 14): shown as a day or written as one, it is the same."""
    content = _book(dated=frozenset({"K1"}))
    place = _place(content, "改造老旧小区数量", "F")
    found = filled_in(_formatted(content, place, value, number_format))

    assert found.faults == ()
    assert _changes(found) == {
        "/indicators/K1/result": {"value_text": "2026-06-14", "value_date": "2026-06-14"}
    }


@pytest.mark.parametrize(
    ("value", "number_format", "code"),
    [
        (0.5, "[h]:mm", "no_day"),
        (dt.datetime(2026, 6, 14, 9, 30), "yyyy-mm-dd", "day_with_time"),  # noqa: DTZ001 - as above
        (46187.00002, "yyyy-mm-dd", "day_with_time"),
        (0.85, "0%", "shown_as_percent"),
        (1 / 3, "General", None),
    ],
)
def test_of_such_an_indicator_too_not_everything_is_a_result(
    value: Any, number_format: str, code: str | None
) -> None:
    """A time is no day; what is no day is read as any result is."""
    content = _book(dated=frozenset({"K1"}))
    place = _place(content, "改造老旧小区数量", "F")
    found = filled_in(_formatted(content, place, value, number_format))

    assert found.changes == ()
    assert [fault.code for fault in found.faults] == [code or "no_exact_number"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("2026-07-08 00:00:00", "2026-07-08"),
        ("2026/7/8 0:00", "2026-07-08"),
        ("2026-07-08T00:00:00.000Z", "2026-07-08"),
        ("46211.0", "2026-07-08"),
        ("2026-07-08 10:05", "day_with_time"),
        ("2026-07-08T00:00:01", "day_with_time"),
        ("2026-02-30 00:00", "no_such_day"),
        ("10:05", "no_day"),
        ("8 July 10:05", "no_day"),
    ],
)
def test_the_first_moment_of_a_day_is_that_day(typed: str, told: str) -> None:
    """Programs write a day so; another moment is refused for what it is, with what to do."""
    content = _book()
    place = _place(content, "填报日期:", "C")
    found = filled_in(_typed(content, {place: typed}))

    said = [*_changes(found).values(), *(fault.code for fault in found.faults)]
    assert said == [told]
    for fault in found.faults:
        assert "2026-06-30" in fault.text + fault.text_zh or fault.code == "no_such_day"


def test_a_workbook_that_counts_days_from_1904_means_the_same_days() -> None:
    """Some programs keep such: what is shown as a day is that day, plain numbers are none."""
    content = _book(dated=frozenset({"K1"}))
    place = _place(content, "改造老旧小区数量", "F")
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.epoch = CALENDAR_MAC_1904
    book[SHEET][place].value = dt.date(2026, 6, 14)
    target = io.BytesIO()
    book.save(target)
    found = filled_in(target.getvalue())

    assert found.faults == ()
    assert _changes(found)["/indicators/K1/result"]["value_date"] == "2026-06-14"


def test_what_is_dated_is_what_has_no_number_for_a_target() -> None:
    """As the ledger knows it; the workbook's cell is made for a day then."""
    made = assessed()[f"{CITY}/P3"]
    first, *others = made.attainment.indicators
    dateless = first.model_copy(update={"target": None, "target_text": "2026-06-30前"})
    attainment = made.attainment.model_copy(update={"indicators": (dateless, *others)})
    figures = Figures(made.model_copy(update={"attainment": attainment}), "1-1")

    assert first.target is not None
    assert dated(figures) == {first.indicator}
    assert dated(Figures(made, "1-1")) == frozenset()


@pytest.mark.parametrize("number_format", ["#,##0.00", "[Red]0.0", '0"天"', "General", "0_年"])
def test_formats_of_plain_numbers_are_no_days(number_format: str) -> None:
    """Colours, words and gaps of a format say nothing of days."""
    content, place, _ = _result_book()

    assert filled_in(_formatted(content, place, 24, number_format)).faults == ()


def _with_markup(content: bytes, place: str, markup: str) -> bytes:
    """Put a cell into a sheet as a program writes it that has reckoned it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(target, "w") as made:
        for part in book.namelist():
            told = book.read(part)
            if part == "xl/worksheets/sheet2.xml":
                old = f'<c r="{place}"'.encode()
                start = told.index(old)
                end = told.index(b"/>", start) + 2
                told = told[:start] + markup.format(place=place).encode() + told[end:]
            made.writestr(part, told)
    return target.getvalue()


@pytest.mark.parametrize(
    ("markup", "code"),
    [
        ('<c r="{place}" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "formula_error"),
        ('<c r="{place}" t="e"><v>#REF!</v></c>', "formula_error"),
        ('<c r="{place}" t="b"><v>1</v></c>', "true_or_false"),
        ('<c r="{place}"><f>A1</f></c>', "formula_without_value"),
        ('<c r="{place}"><f>A1</f><v></v></c>', "formula_without_value"),
    ],
)
@pytest.mark.parametrize("column", ["F", "H", "N"])
def test_what_holds_no_value_is_told_in_every_column(markup: str, code: str, column: str) -> None:
    """A reason that says #REF! says nothing, and nothing is cleared by a formula without value."""
    content = _book(_paper(**{"/indicators/K1/measure": None}))
    place = _place(content, "改造老旧小区数量", column)
    found = filled_in(_with_markup(content, place, markup))

    assert found.changes == ()
    assert [(fault.cell, fault.code) for fault in found.faults] == [(f"{SHEET}!{place}", code)]


ODD_NUMBERS = (
    "1e999999",
    "1e999000",
    "-1E-999999",
    "1e308",
    "5e-324",
    "NaN",
    "sNaN",
    "Infinity",
    "-inf",
    "1_000",
    "１２",
    "٣",
    "0x1F",
    "1,2",
    "",
    "9" * 100_000,
    "0." + "9" * 100_000,
)
"""What a cell may have for a number that no spreadsheet wrote."""
VALUE_CHARS_MAX = 400
"""The largest number of binary floating point has 309 digits."""


def _cell_of(number: str, look: Look) -> Cell:
    """Read a cell as it stands in a sheet."""
    markup = f'<c xmlns="{SHEETS_NAMESPACE}" s="1"><v>{number}</v></c>'
    return cell_of(etree.fromstring(markup), [], {"1": look}) or NOTHING


@pytest.mark.parametrize("number", ODD_NUMBERS, ids=lambda number: number[:12])
@pytest.mark.parametrize("look", Look)
@pytest.mark.parametrize("kind", Kind)
def test_no_number_of_a_cell_is_more_than_a_fault(number: str, look: Look, kind: Kind) -> None:
    """Never another failure, and never a text that is longer than what was written."""
    cell, part = _cell_of(number, look), "other" if kind is Kind.AREA else "%"
    try:
        found = str(value_of(kind, part, cell, Words({}, {})))
    except CellFault as fault:
        found = fault.text_zh

    assert len(found) <= max(VALUE_CHARS_MAX, 2 * len(number) + 60)


@settings(max_examples=300, deadline=None)
@given(
    number=st.from_regex(r"[-+]?[0-9]{1,40}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,7})?", fullmatch=True),
    kind=st.sampled_from([Kind.MONEY, Kind.RESULT, Kind.TEXT, Kind.DATE]),
)
def test_a_share_is_a_hundredfold_or_a_fault(number: str, kind: Kind) -> None:
    """Whatever its exponent is, and as exactly as it was written."""
    text = number if len(number) % 2 else _cell_of(number, Look.PERCENT).text
    try:
        found = value_of(kind, "%", Cell(text, Holds.NUMBER, Look.PERCENT), Words({}, {}))
    except CellFault:
        return
    said = found["value_text"] if kind is Kind.RESULT else found
    assert len(said) <= VALUE_CHARS_MAX
    assert Fraction(said.removesuffix("%")) == 100 * Fraction(text)


def test_a_hostile_share_in_a_workbook_is_told() -> None:
    """It was an overflow, which is no fault of a cell's: the upload ended in a failure."""
    content, _, place = _result_book()
    share = _formatted(content, place, 0.8515, "0%")
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(share)) as book, zipfile.ZipFile(target, "w") as made:
        for part in book.namelist():
            made.writestr(part, book.read(part).replace(b"<v>0.8515</v>", b"<v>1e999999</v>"))
    (fault,) = filled_in(target.getvalue()).faults

    assert (f"{SHEET}!{place}", "no_exact_number") == (fault.cell, fault.code)


def test_a_formula_that_was_reckoned_is_its_result() -> None:
    """Also where that is nothing at all, and a day as the strict standard writes it."""
    content = _book()
    place = _place(content, "改造老旧小区数量", "F")
    reckoned = '<c r="{place}"><f>20+4</f><v>24</v></c>'
    nothing = '<c r="{place}" t="str"><f>T(0)</f><v></v></c>'
    day = _place(content, "填报日期:", "C")
    strict = '<c r="{place}" t="d"><v>2026-07-08T00:00:00</v></c>'

    assert _changes(filled_in(_with_markup(content, place, reckoned))) == {
        "/indicators/K1/result": {"value_text": "24", "value": "24"}
    }
    assert filled_in(_with_markup(content, place, nothing)).changes == ()
    assert _changes(filled_in(_with_markup(content, day, strict))) == {
        "/contact/filled_on": "2026-07-08"
    }


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (999999999999, "too_large"),
        ("100000000000000", "too_large"),
        (0.12345678, "too_many_decimals"),
        (1 / 3, "too_many_decimals"),
        ("3,5", "no_amount"),
        (True, "true_or_false"),
        (dt.date(2026, 6, 14), "shown_as_date"),
    ],
)
def test_an_amount_says_what_is_wrong_with_it(value: Any, code: str) -> None:
    """Too large is another thing than too many places."""
    content = _book()
    (fault,) = filled_in(_typed(content, {_place(content, "预计结转", "F"): value})).faults

    assert fault.code == code


def test_words_keep_a_share_as_it_is_shown() -> None:
    """In a cell of words 0.85 shown as 85% is `85%`."""
    content = _book()
    place = _place(content, "改造老旧小区数量", "G")

    assert _changes(filled_in(_formatted(content, place, 0.85, "0%"))) == {
        "/indicators/K1/expected_result": "85%"
    }


def _with_map(content: bytes, change: Any) -> bytes:
    """Change the hidden list, as somebody does who means ill."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book["_dualwatch"])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_workbook_of_an_earlier_release_is_to_be_got_anew() -> None:
    """It does not say by which words its rows are known: a moved one would not be noticed."""
    old = _with_map(_book(), lambda sheet: sheet.__setitem__("A1", "dualwatch fill-in 1"))
    gone = _with_map(_book(), lambda sheet: sheet.__setitem__("D1", "annex1-gone-1"))

    for content in (old, gone):
        with pytest.raises(UnreadableWorkbookError, match="get the workbook anew"):
            filled_in(content)


def _listed(*rows: Sequence[str]) -> bytes:
    """Make a workbook whose hidden list says this; its one cell is ticked."""
    target = io.BytesIO()
    with Workbook(target, {"in_memory": True}) as book:
        book.add_worksheet("s").write_string("H1", "√")
        sheet = book.add_worksheet("_dualwatch")
        for number, row in enumerate([(FORMAT, "c", "u", "annex1-city-1"), *rows]):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
    return target.getvalue()


HOSTILE = ("bogus", "-1", "1" * 5_000, "²", "labels", "locked", "[", "[[" * 15_000, "A", "\x00", "")
LISTED = ("s", "H1", PAPER, "/execution/areas", "0", "area", "funding", "")


@pytest.mark.parametrize("known", [LISTED, (*LISTED[:5], "labels", "H", '["√"]')])
def test_a_hostile_list_of_cells_is_refused_or_read(known: tuple[str, ...]) -> None:
    """Whatever the hidden list says, nothing else is raised than that it is no workbook of ours."""
    refused = 0
    for column in range(len(known)):
        for text in HOSTILE:
            row = [*known]
            row[column] = text
            try:
                filled_in(_listed(row))
            except UnreadableWorkbookError:
                refused += 1

    assert filled_in(_listed(known)).faults == ()
    assert refused
