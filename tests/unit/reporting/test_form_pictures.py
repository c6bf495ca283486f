"""Forms as LibreOffice and poppler draw them: all is there, nothing reaches over the edge."""

import dataclasses
from collections.abc import Callable
from typing import Final

import pytest

from contracts.vocabulary import FormLayout
from services.reporting.domain.form import MonitoringForm
from services.reporting.outputs.form_docx import form_docx
from services.reporting.outputs.form_pdf import form_pdf
from services.reporting.outputs.form_sheet import form_workbook
from tests.support.forms import filled, indicators, long_text
from tests.support.pictures import pages

pytestmark = pytest.mark.long

A4_LYING: Final = (842, 595)
INK: Final = (0.01, 0.5)
"""A page is neither empty nor black."""
LONG: Final = 3_990

Make = Callable[[MonitoringForm, FormLayout | None], bytes]


def _long() -> MonitoringForm:
    ending = "到此为止。"
    reason = long_text(LONG) + ending
    rows = (dataclasses.replace(indicators()[1], reason=reason), *indicators())
    return filled(indicators=rows, goal=long_text(LONG) + ending)


@pytest.mark.parametrize("layout", list(FormLayout))
@pytest.mark.parametrize(("suffix", "make"), [("xlsx", form_workbook), ("docx", form_docx)])
def test_office_draws_a_form_whole(suffix: str, make: Make, layout: FormLayout) -> None:
    """On A4 lying, with every text and the code."""
    _drawn(make(filled(), layout), suffix, 2)


@pytest.mark.parametrize("layout", list(FormLayout))
def test_a_pdf_is_drawn_whole(layout: FormLayout) -> None:
    """The same of PDF."""
    _drawn(form_pdf(filled(), layout), "pdf", 2)


@pytest.mark.parametrize(
    ("suffix", "make"), [("xlsx", form_workbook), ("docx", form_docx), ("pdf", form_pdf)]
)
def test_the_longest_texts_are_drawn_to_their_ends(suffix: str, make: Make) -> None:
    """Nothing is clipped: the last words of goal and reason stand on some page."""
    found = _drawn(make(_long(), None), suffix, 30)

    assert found.count("到此为止。") == 2


def _drawn(content: bytes, suffix: str, pages_max: int) -> str:
    """Look at all pages; give their text without spaces."""
    found = pages(content, suffix)
    text = "".join(word for page in found for word in page.words)

    assert 1 <= len(found) <= pages_max
    for page in found:
        assert (round(page.width), round(page.height)) == A4_LYING
        assert page.beyond == ()
        assert INK[0] / 10 < page.ink < INK[1]
    for said in ("老旧小区综合改造(二期)", "8f3a61c0b27d94e5", "联系电话:029-87654321", "√"):
        assert said in text, said
    return text
