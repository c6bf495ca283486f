"""The form as a workbook: exact 万元, no formulas, the same bytes twice."""

import dataclasses
import io
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl

from services.reporting import domain
from services.reporting.outputs import form_sheet
from tests.spec.engines import folded
from tests.support import builders

ODD = "1234567.89"


def _form() -> domain.MonitoringForm:
    engine = folded(
        [
            builders.budget(line="L1", amount=ODD),
            builders.expenditure(line="L1", amount="29.01"),
        ]
    )
    return domain.assemble_form(
        builders.PROJECT,
        engine.assessment(),
        names=domain.Names({}),
        alerts=(),
        cut="7",
        release="0.1.0",
    )


def _cells(content: bytes) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def test_cells_hold_exact_wan_yuan() -> None:
    """domain-rules 20: six decimals in the cell, so that sums agree with the ledger's fen."""
    (total,) = [
        row for row in _cells(form_sheet.form_workbook(_form())) if row[0] == "年度资金总额"
    ]

    assert Decimal(str(total[4])) * 10_000 == Decimal(ODD)
    assert Decimal(str(total[5])) * 10_000 == Decimal("29.01")


def test_the_same_form_gives_the_same_bytes() -> None:
    """A report can be made again byte for byte."""
    assert form_sheet.form_workbook(_form()) == form_sheet.form_workbook(_form())


def test_text_never_becomes_a_formula() -> None:
    """A project named like a formula is shown, not computed (ASVS 1.2.10)."""
    form = dataclasses.replace(_form(), project_name='=HYPERLINK("http://x","y")')
    content = form_sheet.form_workbook(form)
    names = [row[2] for row in _cells(content) if row[0] == "项目名称"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")

    assert names == [form.project_name]
    assert b"<f>" not in sheet


def test_money_is_written_as_decimal_strings() -> None:
    """JSON carries yuan as strings: no reader ever rounds them."""
    document = form_sheet.form_document(_form())

    assert document["funding"][0]["adjusted_budget"] == ODD
    assert document["funding"][0]["spent"] == "29.01"


def test_a_long_goal_makes_its_row_higher() -> None:
    """Excel does not fit merged cells by itself: a clipped goal would be signed unread."""
    assert form_sheet.lines_of("目标" * 50, 100) == 2
    assert form_sheet.lines_of("a\nb", 100) == 2
    assert form_sheet.lines_of("", 100) == 1


def test_money_is_named_by_its_currency() -> None:
    """A jurisdiction of another currency does not print 元."""
    assert (form_sheet.money_unit("CNY"), form_sheet.money_unit("GBP")) == ("万元", "万 GBP")
