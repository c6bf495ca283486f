"""Reports as files: the same bytes twice, exact sums, no formulas, templates checked."""

import datetime as dt
import io
import json
import zipfile
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pytest
from docxtpl import DocxTemplate

from services.reporting.domain.city_summary import OUTLINE
from services.reporting.domain.completeness import Known, OffBalance
from services.reporting.domain.editions import freeze, freeze_report, freeze_summary, printed
from services.reporting.domain.editions import report_of as read_report
from services.reporting.domain.editions import summary_of as read_summary
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.outputs import charts
from services.reporting.outputs.blocks import Rate, Wan
from services.reporting.outputs.marks import mark_in
from services.reporting.outputs.rendering import FileFormat, rendered
from services.reporting.outputs.report_docx import (
    TemplateFaultError,
    paper_docx,
    report_docx,
    summary_docx,
    template_faults,
)
from services.reporting.outputs.report_paper import report_paper, summary_paper
from services.reporting.outputs.report_pdf import report_pdf, summary_pdf
from services.reporting.outputs.report_sheet import report_workbook, summary_workbook
from services.reporting.outputs.report_tables import money_bars
from services.reporting.outputs.report_template import default_template
from services.reporting.outputs.tabular import CsvList, SheetList
from services.reporting.outputs.verification import Verdict, checked
from tests.unit.reporting import filings
from tests.unit.reporting.test_reports import summary_of

MAKERS = (report_docx, report_pdf, report_workbook)


def _text_of(docx: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return archive.read("word/document.xml").decode()


def test_the_same_report_gives_the_same_bytes() -> None:
    """Word, PDF and Excel; each names the edition and the code it was made of."""
    report = filings.report_of()
    for make in MAKERS:
        content = make(report)
        mark = mark_in(content)

        assert content == make(report), make
        assert mark is not None
        assert (report.provenance.code, 1) == (mark.code, mark.edition)


def test_a_summary_gives_the_same_bytes() -> None:
    """The bureau's summary too."""
    summary = summary_of(filings.filings())

    for make in (summary_docx, summary_pdf, summary_workbook):
        assert make(summary) == make(summary), make


def test_a_summary_carries_its_code_and_is_known_again() -> None:
    """Frozen and read back it is the same file; another one is told from it."""
    frozen = freeze_summary(summary_of(filings.filings()))
    kept = read_summary(frozen.content)

    assert freeze_summary(kept) == frozen
    for wanted in FileFormat:
        made = rendered(kept, wanted).content
        mark = mark_in(made)
        assert mark is not None
        assert (mark.code, mark.template) == (frozen.code, "summary-city-1")
        assert checked(made, mark, kept).verdict is Verdict.GENUINE
        assert checked(made + b" ", mark, kept).verdict is Verdict.ALTERED
    assert printed(frozen.code) in summary_paper(kept, "docx", OUTLINE).footer


def test_tables_of_money_have_both_rates() -> None:
    """domain-rules 24: beside the original and beside the adjusted budget, in every table."""
    report = filings.report_of()
    book = openpyxl.load_workbook(io.BytesIO(report_workbook(report)))
    for name in ("按资金性质", "按功能分类", "按单位"):
        rows = list(book[name].iter_rows(min_row=2, values_only=True))
        assert rows[0][7:9] == ("执行率", "按年初计")
        assert rows[-1][8] == (report.total.rate_original_bp or 0) / 10_000


def test_a_report_has_its_sections_and_appendices() -> None:
    """Annex 2 as proposed: seven sections, the forms, the alerts with their measures."""
    text = _text_of(report_docx(filings.report_of()))

    for words in (
        "一、绩效监控工作组织开展情况",
        "七、其他需要说明的问题及建议",
        "附1 监控表汇总",
        "附2 预警及整改清单",
        "签订合同并支付预付款",
        "市水务局",
    ):
        assert words in text


def test_completeness_says_what_of_the_quarantine_was_looked_through() -> None:
    """Facts and the amount of payments among them; at least, where there are more (rule 24)."""
    heard = {"treasury": dt.date(2026, 6, 30)}
    waits = {"610100/P1": 3}, True, {"610100/P1": 12_000_005}, True
    text = _text_of(report_docx(filings.report_of(known=Known(heard, *waits))))
    whole = _text_of(report_docx(filings.report_of(known=Known(heard, {"610100/P1": 3}))))

    for words in ("隔离待核数据(条,至少)", "其中待核支付金额(万元,至少)", "最近收到数据的业务日"):
        assert words in text
    assert "12.00" in text
    assert "至少" not in whole


def test_completeness_prints_the_last_voucher_date_of_each_publisher() -> None:
    """Beside the day on which its data arrived, in report and summary (domain-rules 24)."""
    known = Known({"treasury": dt.date(2026, 6, 30)}, vouchers={"treasury": dt.date(2026, 6, 26)})
    for text in (
        _text_of(report_docx(filings.report_of(known=known))),
        _text_of(summary_docx(summary_of(filings.filings(), known))),
    ):
        assert "数据来源 treasury(最后凭证日期)" in text
        assert "2026-06-26" in text


OFF = OffBalance(2, 12_000_005, dt.date(2026, 7, 1))


def test_completeness_prints_batches_that_do_not_balance() -> None:
    """How many, by how much where that is told, and counted up to when (domain-rules 2, 24)."""
    known = Known({}, off_balance=OFF)
    for text in (
        _text_of(report_docx(filings.report_of(known=known))),
        _text_of(summary_docx(summary_of(filings.filings(), known))),
    ):
        for words in ("不平的调剂、分配批次(个)", "相差金额(万元)", "批次统计截至", "2026-07-01"):
            assert words in text
        assert "批次2个尚未平衡,相差12.00万元" in text
    some = replace(OFF, more=True, amount_part=True)
    part = _text_of(report_docx(filings.report_of(known=Known({}, off_balance=some))))
    assert "批次至少2个尚未平衡,相差至少12.00万元" in part
    assert "分配批次(个,至少)" in part
    untold = replace(OFF, amount=None, amount_part=True)
    bare = _text_of(report_docx(filings.report_of(known=Known({}, off_balance=untold))))
    assert "批次2个尚未平衡,相关项目" in bare
    assert "相差金额" not in bare


def test_a_report_that_was_frozen_before_batches_were_counted_is_made_as_it_was() -> None:
    """Its content says nothing of them, and neither does what is made of it: the same bytes."""
    report = filings.report_of(known=Known({"treasury": dt.date(2026, 6, 30)}))
    document = json.loads(freeze_report(report).content)
    del document["completeness"]["off_balance"]
    earlier = freeze(document)
    made = read_report(earlier.content)

    assert made.provenance.code == earlier.code
    assert "批次" not in _text_of(report_docx(made))
    again = replace(report, provenance=replace(report.provenance, code=earlier.code))
    assert report_docx(made) == report_docx(again)


@pytest.mark.parametrize(
    ("first", "period"),
    [
        (dt.date(2026, 4, 1), "2026年4-6月"),
        (dt.date(2026, 6, 1), "2026年6月"),
        (dt.date(2026, 3, 15), "2026年3月15日-2026年6月30日"),
    ],
)
def test_a_report_is_called_by_the_period_that_is_monitored(first: dt.date, period: str) -> None:
    """Title and text name the campaign's own period, its year once; sums are to the cut-off."""
    report = filings.report_of(campaign=replace(filings.CAMPAIGN, period_from=first))
    paper = report_paper(report, "docx")

    assert paper.title == f"市水务局{period}部门预算绩效运行监控报告"
    assert f"对{period}项目支出" in report.sections[0].text
    assert "截至2026年6月30日" in report.sections[1].text


def test_a_workbook_adds_up_as_excel_would() -> None:
    """Cells hold exact 万元: the sum of the rows is the total, to the fen."""
    report = filings.report_of()
    book = openpyxl.load_workbook(io.BytesIO(report_workbook(report)))
    rows = list(book["按资金性质"].iter_rows(min_row=3, values_only=True))
    spent = [Decimal(str(row[6])) for row in rows]

    assert spent[-1] == sum(spent[:-1]) == Decimal(report.total.spent) / 1_000_000


def test_words_never_become_markup_or_tags() -> None:
    """A name that looks like a tag, a formula or markup is printed as it is."""
    hostile = '=HYPERLINK("http://x")<w:p>{{ 7*7 }}{% x %}#set page()'
    report = _with_section(filings.report_of(), hostile)
    text = _text_of(report_docx(report))

    assert "{{ 7*7 }}" in text
    assert "&lt;w:p&gt;" in text
    assert report_pdf(report).startswith(b"%PDF")
    with zipfile.ZipFile(io.BytesIO(report_workbook(report))) as archive:
        assert not [n for n in archive.namelist() if b"<f>" in archive.read(n)]


def _with_section(report: DepartmentReport, text: str) -> DepartmentReport:
    first, *others = report.sections
    return replace(report, sections=(replace(first, text=text), *others))


def test_cells_of_a_csv_are_no_formulas() -> None:
    """OWASP: what begins like a formula gets an apostrophe; negative numbers stay numbers."""
    file = CsvList(("名称", "额"), bom=False)
    file.add(("=1+1", Wan(-1_500_000)))
    file.add(("@x", Rate(-50)))

    assert "名称,额\r\n'=1+1,-1.500000\r\n'@x,'-0.50%\r\n" == file.finish().decode()


def test_a_csv_list_says_last_what_it_rests_on() -> None:
    """One row of as many cells, no formula; without a note there is none."""
    file = CsvList(("名称", "额"), bom=False, note="=监控活动 x")
    file.add(("a", 1))

    assert "名称,额\r\na,1\r\n'=监控活动 x,\r\n" == file.finish().decode()


def test_a_list_as_workbook_is_the_same_bytes_twice() -> None:
    """Written row by row, with its provenance above."""

    def made() -> bytes:
        file = SheetList("结果", "数据位置 1", filings.ISSUED, ("a", "b"), (10, 10))
        file.add(("=x", Wan(1)))
        return file.finish()

    sheet = openpyxl.load_workbook(io.BytesIO(made())).active
    assert sheet is not None

    assert made() == made()
    assert [("=x", 0.000001)] == list(sheet.iter_rows(min_row=4, values_only=True))


def test_charts_are_the_same_bytes_twice() -> None:
    """Neither date nor chance is in a picture."""
    chart = money_bars("资金", filings.report_of().accounts)

    assert charts.png(chart) == charts.png(chart)
    assert charts.svg(chart) == charts.svg(chart)


def test_our_own_template_is_without_fault() -> None:
    """It is made from code and checked like anybody's."""
    assert [] == template_faults(default_template())


def test_a_template_of_ones_own_is_checked() -> None:
    """No .docx, an unknown tag, a tag that cannot be read, a missing part."""
    ours = default_template()

    assert template_faults(b"nothing")[0].startswith("it is no .docx")
    assert ["it does not print {{ footer }}", "there is no {{ foot }}"] == template_faults(
        _changed(ours, "word/footer1.xml", "{{ footer }}", "{{ foot }}")
    )
    broken = _changed(ours, "word/document.xml", "{{ title }}", "{% bad %}")
    assert "a tag cannot be read" in template_faults(broken)[0]


@pytest.mark.parametrize(
    ("part", "before", "after"),
    [
        ("word/document.xml", "<w:body>", "<w:body"),
        ("word/styles.xml", "</w:styles>", ""),
        ("_rels/.rels", "Relationships", "Others"),
        ("[Content_Types].xml", "Types", "Others"),
        ("word/document.xml", "{{ title }}", "{{ title / 2 }}"),
        ("word/document.xml", "{{ title }}", "{{ title }}{{ title[9999].x }}"),
    ],
)
def test_whatever_is_wrong_with_a_word_template_is_the_templates(
    part: str, before: str, after: str
) -> None:
    """Told where it is checked and where it is filled: it ended the process that makes archives."""
    broken = _changed(default_template(), part, before, after)

    assert template_faults(broken)
    with pytest.raises(TemplateFaultError):
        paper_docx(report_paper(filings.report_of(), "docx"), broken)


def test_a_fault_of_ours_is_not_called_the_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would look for it in a template that there is not."""

    def broken(*_: object, **__: object) -> None:
        raise TypeError

    monkeypatch.setattr(DocxTemplate, "render", broken)
    with pytest.raises(TypeError):
        report_docx(filings.report_of())


def _changed(template: bytes, part: str, before: str, after: str) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(template)) as source,
        zipfile.ZipFile(buffer, "w") as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                content = content.replace(before.encode(), after.encode())
            target.writestr(name, content)
    return buffer.getvalue()
