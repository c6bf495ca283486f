"""A unit's forms as one workbook: down, filled, up; every cell read, faults by cell."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from random import Random  # noqa: TID251 - seeded
from typing import Any

import openpyxl
import pytest

from contracts.vocabulary import PaperKind
from services.reporting.domain.declaration import DraftField, declaration_of
from services.reporting.domain.paper import Paper
from services.reporting.outputs.fill_in import Blank, fill_in_workbook
from services.reporting.outputs.fill_in_reading import Filled, filled_in
from services.reporting.outputs.fill_in_values import Words
from services.reporting.outputs.form_template import template_of
from services.reporting.outputs.marks import mark_in
from services.reporting.outputs.sheet_cells import (
    MARKUP_MAX,
    UnreadableWorkbookError,
    sheets_of,
)
from tests.support.forms import PAPER, filled

TEMPLATE = template_of("annex1-city-1")
WORDS = Words(TEMPLATE.reason_types, TEMPLATE.possibilities)
SHEET = "001 老旧小区综合改造(二期)"
AT = dt.datetime(2026, 7, 8, tzinfo=dt.UTC)


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


def _book(paper: Paper | None = None) -> bytes:
    blank = Blank(paper or _paper(), filled())
    return fill_in_workbook("610100/2026-07", "101003", [blank], dt.date(2026, 7, 1))


def _typed(content: bytes, cells: Mapping[str, Any]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for place, value in cells.items():
        book[SHEET][place] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


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

    assert filled_in(content, WORDS).changes == ()
    assert filled_in(_typed(content, {}), WORDS) == filled_in(content, WORDS)
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
    found = filled_in(_typed(content, typed), WORDS)

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
    place = [p for p, text in sheets_of(content)[SHEET].items() if text == "√"]
    found = filled_in(_typed(content, {**typed, place[0]: None}), WORDS)

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
    found = filled_in(_typed(content, typed), WORDS)

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
    (fault,) = filled_in(target.getvalue(), WORDS).faults

    assert (fault.cell, fault.code) == (f"{SHEET}!A1", "sheet_missing")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    """Any bytes may come."""
    with pytest.raises(UnreadableWorkbookError):
        filled_in(content, WORDS)


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
            filled_in(bytes(damaged), WORDS)
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
        filled_in(target.getvalue(), WORDS)


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
