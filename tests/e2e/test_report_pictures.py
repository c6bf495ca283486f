"""Reports as LibreOffice and poppler draw them: whole, on A4, nothing beyond a page's edge."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest

from services.reporting.domain.rows import MoneyRow
from services.reporting.outputs.report_docx import report_docx, summary_docx
from services.reporting.outputs.report_pdf import report_pdf, summary_pdf
from services.reporting.outputs.report_sheet import report_workbook, summary_workbook
from tests.support.pictures import pages
from tests.unit.reporting import filings
from tests.unit.reporting.test_reports import summary_of

pytestmark = pytest.mark.long

FOOTER = re.compile(r"—[0-9]+—监控活动.*?校验码[0-9a-f]{16}")
LONG = "因汛期提前、征地拆迁滞后以及施工图设计变更等多重因素影响," * 40


@pytest.mark.parametrize(
    ("make", "suffix"),
    [(report_docx, "docx"), (report_pdf, "pdf"), (report_workbook, "xlsx")],
)
def test_a_report_is_drawn_whole(make: Callable[[Any], bytes], suffix: str) -> None:
    """Every section, both appendices, a text of many lines; no page is blank."""
    drawn = pages(make(filings.report_of(sections={"problems": LONG})), suffix)
    text = "".join(word for page in drawn for word in page.words).replace(" ", "")
    # It stands within a sentence that goes on over the page.
    text = FOOTER.sub("", text)

    assert [] == [word for page in drawn for word in page.beyond]
    assert all(page.ink > 0.001 for page in drawn)
    assert {(round(page.width), round(page.height)) for page in drawn} <= {
        (595, 842),
        (842, 595),
    }
    for words in ("绩效监控工作组织开展情况", "签订合同并支付预付款", "市河湖管理中心"):
        assert words in text
    assert text.count("施工图设计变更") >= 40


@pytest.mark.parametrize(("make", "suffix"), [(report_docx, "docx"), (report_pdf, "pdf")])
def test_no_amount_of_a_large_department_is_broken(
    make: Callable[[Any], bytes], suffix: str
) -> None:
    """Twelve columns of money stand side by side on an upright page."""
    report = filings.report_of()
    large = dataclasses.replace(
        report, total=_times(report.total), accounts=tuple(map(_times, report.accounts))
    )
    words = {word for page in pages(make(large), suffix) for word in page.words}

    assert {"27,195.00", "12,366.68", "24,235.00", "45.47%", "53.45%"} <= words


def _times(row: MoneyRow) -> MoneyRow:
    """Give a row of amounts as a city's department has them."""
    amounts = {
        one.name: getattr(row, one.name) * 37
        for one in dataclasses.fields(row)
        if type(getattr(row, one.name)) is int and not one.name.endswith(("_bp", "declared"))
    }
    return dataclasses.replace(row, **amounts)


@pytest.mark.parametrize(
    ("make", "suffix"),
    [(summary_docx, "docx"), (summary_pdf, "pdf"), (summary_workbook, "xlsx")],
)
def test_a_summary_is_drawn_whole(make: Callable[[Any], bytes], suffix: str) -> None:
    """Departments, ranked risks, the assessment of departments."""
    drawn = pages(make(summary_of(filings.filings())), suffix)
    text = "".join(word for page in drawn for word in page.words)

    assert [] == [word for page in drawn for word in page.beyond]
    for words in ("市水务局", "市教育局", "风险排序", "监控工作考核"):
        assert words in text
