"""A form with everything declared, in both layouts, as workbook and PDF."""

import dataclasses
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from contracts.vocabulary import FormLayout
from services.reporting.domain.form import MonitoringForm
from services.reporting.outputs import form_pdf, form_view
from services.reporting.outputs.form_docx import form_docx
from services.reporting.outputs.form_sheet import form_workbook
from services.reporting.outputs.marks import Mark, mark_in
from services.reporting.outputs.plain import printable
from services.reporting.outputs.sheet_cells import sheets_of
from tests.support.forms import PAPER, filled, funding, indicators, long_text

FEN_PER_WAN = 1_000_000


def _rows(form: MonitoringForm, layout: FormLayout | None = None) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(form_workbook(form, layout))).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def _row(rows: list[tuple[Any, ...]], label: str) -> tuple[Any, ...]:
    return next(row for row in rows if str(row[0] or "").strip() == label)


def test_the_sum_of_the_accounts_is_the_total_in_every_money_column() -> None:
    """Excel's SUM over the cells agrees with the total, although two places are shown."""
    rows = _rows(filled())
    total = _row(rows, "年度资金总额")
    accounts = [_row(rows, name) for name in ("一般公共预算", "政府性基金预算", "其他资金")]
    for column in (3, 4, 5, 9, 12):
        cells = sum(Decimal(str(row[column])) for row in accounts)

        assert Decimal(str(total[column])) == cells
        assert cells * FEN_PER_WAN % 1 == 0


def test_the_city_prints_the_rate_on_the_adjusted_budget() -> None:
    """forms.md 2.1: 执行率 = 执行数 ÷ 调整后预算数."""
    rows = _rows(filled())
    heads = _row(rows, "项目资金(万元)")
    total = _row(rows, "年度资金总额")

    assert ["年初预算数", "调整后预算数", "1-6月执行数", "1-6月执行率"] == list(heads[3:7])
    assert round(48_913_0100 * 10_000 / 2_575_760_001) / 10_000 == total[6]


def test_the_national_layout_has_three_rows_that_add_up_and_says_what_its_rate_is_on() -> None:
    """财预〔2019〕136号: total, general public budget, other funds; rate on 年初预算数."""
    rows = _rows(filled(), FormLayout.NATIONAL)
    total, general, others = (
        _row(rows, label) for label in ("年度资金总额:", "其中:本年一般公共预算拨款", "其他资金")
    )

    assert "调整后预算数" not in [cell for row in rows for cell in row]
    for column in (3, 5, 11):
        parts = Decimal(str(general[column])) + Decimal(str(others[column]))
        assert Decimal(str(total[column])) == parts
    assert total[8] == round(489_130_100 * 10_000 / 2_495_760_000) / 10_000
    assert any("执行率按年初预算数计算" in str(row[0]) for row in rows)


def test_everything_that_was_declared_is_on_the_form() -> None:
    """domain-rules 20: the form is the unit's statement."""
    rows = _rows(filled())
    behind = next(row for row in rows if row[2] == "外墙保温工程完成时间")
    said = "\n".join(str(cell) for row in rows for cell in row if cell is not None)

    assert ["√", None, None, None, "√"] == [cell or None for cell in behind[6:11]]
    assert [None, "√", "○"] == [cell or None for cell in behind[12:15]]
    assert str(behind[11]).startswith("[履行政府采购程序] 施工图审查")
    for text in (
        "增派作业班组",
        "竣工验收单.pdf、现场照片.jpg",
        "填报: 45.76 万元",
        "二标段因管线迁改",
        "一般公共预算 1-6月执行数",
        "待数据管理岗答复",
        "措施: 加快支付已完工程款",
        "填报人: 张三",
        "填报日期: 2026-07-08",
        "(系统预测: 44)",
    ):
        assert text in said, text


def test_a_form_names_what_it_rests_on() -> None:
    """Cut, later cut of results, packs, campaign, edition, template, release, code."""
    said = form_view.view_of(filled()).provenance
    for text in (
        "1204-977-1310-1188",
        "1204-977-1310-1190",
        "city 4、reporting 1",
        "610100/2026-07",
        "版次: 2",
        "annex1-city-1/city",
        "系统版本: 0.1.0",
        "校验码: 8f3a 61c0 b27d 94e5",
    ):
        assert text in said, text
    made = filled().provenance
    draft = filled(provenance=dataclasses.replace(made, edition=0))
    assert "工作稿" in form_view.view_of(draft).provenance


@pytest.mark.parametrize("period", ["1-9月", "2026年2月1日-2026年5月15日"])
def test_any_period_prints_its_own_headings(period: str) -> None:
    """A second monitoring has 1-9月 in every heading."""
    cells = {str(cell) for row in _rows(filled(period=period)) for cell in row}

    assert {f"{period}执行数", f"{period}执行率", f"{period}完成情况"} <= cells


def test_a_text_that_fits_no_row_is_printed_in_full_below() -> None:
    """Excel has no row higher than 409 points; what is signed must be readable."""
    reason = long_text(4_000)
    rows = (dataclasses.replace(indicators()[1], reason=reason, reason_type=None),)
    cells = _rows(filled(indicators=rows))
    start = next(n for n, row in enumerate(cells) if str(row[0]).startswith("续页"))

    assert "(全文见续页 1)" in str(next(r for r in cells if r[2] == rows[0].level_3)[11])
    assert reason == "".join(str(row[1]) for row in cells[start + 1 :])


@pytest.mark.parametrize("layout", list(FormLayout))
def test_a_form_looks_as_it_did(layout: FormLayout) -> None:
    """Cell by cell; who changes a layout changes these files too, and reads them (golden)."""
    sheets = sheets_of(form_workbook(filled(), layout))
    (cells,) = sheets.values()
    lines = [f"{place}\t{cell.text!r}" for place, cell in cells.items()]
    golden = Path(__file__).parents[2] / "golden" / "forms" / f"{layout.value}.txt"

    assert golden.read_text("utf-8").splitlines() == lines


HOSTILE = '=HYPERLINK("http://x";"y")\x00\x1b[31m\u202e@SUM(1)\ud800#let x = $*_`\\'


def test_hostile_text_stays_text() -> None:
    """No formula, no control, no turned direction; a typst program is only printed."""
    rows = (dataclasses.replace(indicators()[1], reason=HOSTILE, measure="+1", level_3="-2"),)
    form = filled(project_name=HOSTILE, indicators=rows, goal=HOSTILE, remarks="@now")
    content = form_workbook(form)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        styles = archive.read("xl/styles.xml")
        said = archive.read("xl/sharedStrings.xml").decode()

    assert b"<f>" not in sheet
    assert b"quotePrefix" in styles
    assert not set("\x00\x1b\u202e") & set(said)
    assert "_x00" not in said
    assert form_pdf.form_pdf(form).startswith(b"%PDF")
    assert form_docx(form).startswith(b"PK")


def test_a_sign_that_no_font_has_is_drawn_as_a_box() -> None:
    """Whoever types one does not keep the form from being printed, marked, the same bytes twice."""
    form = filled(remarks="已核实\U0001f600 \ue000")
    content = form_pdf.form_pdf(form)
    mark = mark_in(content)

    assert content == form_pdf.form_pdf(form)
    assert mark is not None
    assert mark.paper == PAPER


def test_printable_drops_what_steers_and_cuts_visibly() -> None:
    """Newlines stay; a cell has no more than Excel takes."""
    assert printable("a\r\nb\u200b\u2066c\x7f") == "a\nbc"
    assert printable("x" * 40_000).endswith("……")
    assert len(printable("x" * 40_000)) == 32_000


@pytest.mark.parametrize("make", [form_workbook, form_pdf.form_pdf, form_docx])
def test_the_same_form_gives_the_same_bytes_and_its_mark(make: Any) -> None:
    """Whoever makes it again can compare."""
    content = make(filled(), FormLayout.NATIONAL)
    mark = mark_in(content)

    assert content == make(filled(), FormLayout.NATIONAL)
    assert isinstance(mark, Mark)
    assert (PAPER, 2, "8f3a61c0b27d94e5", "national", "annex1-city-1") == (
        mark.paper,
        mark.edition,
        mark.code,
        mark.layout,
        mark.template,
    )


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", b"%PDF-1.7 nothing", b"PK\x05\x06" + bytes(18)]
)
def test_what_has_no_mark_has_none(content: bytes) -> None:
    """Any bytes may be handed in to be checked."""
    assert mark_in(content) is None


def test_a_project_without_general_budget_is_all_of_other_funds() -> None:
    """The rows of the national form add up though one of them has no money."""
    total, general, *_ = funding()
    rows = form_view.national_rows(
        filled(funding=(total,)), {"total": "t", "general_public": "g", "others": "o"}
    )
    declared = [row.declared_spent for row in rows]

    assert declared == [total.declared_spent, 0, total.declared_spent]
    assert [row.foreseen_spent for row in rows] == [total.foreseen_spent, 0, total.foreseen_spent]
    unsaid = dataclasses.replace(total, declared_spent=None)
    rows = form_view.national_rows(
        filled(funding=(unsaid,)), {"total": "t", "general_public": "g", "others": "o"}
    )
    assert [row.declared_spent for row in rows] == [None, None, None]
    assert general.declared_spent


@pytest.mark.parametrize(("fen", "said"), [(-1, "0.00"), (-5_000, "-0.01"), (-4_999, "0.00")])
def test_an_amount_that_rounds_to_nothing_has_no_sign(fen: int, said: str) -> None:
    """On the form as in reports: there is one way to write 万元."""
    view = form_view.view_of(filled(carryover=fen))

    assert f"填报: {said} 万元" in dict(view.sections[0].rows)["预计结转"]
